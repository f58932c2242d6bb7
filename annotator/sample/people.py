"""The people of the sample: six simulated annotators, and two seats for whoever visits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from annotator.flow.simulated import SamplePerson

LEAD: Final = SamplePerson("lead", "You (lead)", "manager", simulated=False, labels=True)
ANNOTATOR: Final = SamplePerson("you", "You (annotator)", "annotator", simulated=False)


@dataclass(frozen=True, slots=True)
class Character:
    """How a simulated person works.

    Attributes:
        username: Their account, which nobody can enter.
        name: What pages show.
        error: How often they are wrong about a verdict of middling difficulty.
        lenient: How often they let pass as safe what is not.
        mistakes: How often they take manipulation for harassment under the first guideline.
        pace: Their seconds, in units of the team's.
    """

    username: str
    name: str
    error: float = 0.05
    lenient: float = 0.0
    mistakes: float = 0.5
    pace: float = 1.0

    @property
    def person(self) -> SamplePerson:
        """The account."""
        return SamplePerson(self.username, self.name, "annotator", simulated=True)


CHARACTERS: Final = (
    Character("sim-ana", "Ana (simulated)", error=0.04, pace=1.1),
    Character("sim-ben", "Ben (simulated)", error=0.55, mistakes=0.6, pace=0.18),
    Character("sim-carla", "Carla (simulated)", error=0.06, mistakes=0.6),
    Character("sim-deniz", "Deniz (simulated)", error=0.05, mistakes=0.4, pace=1.2),
    Character("sim-emeka", "Emeka (simulated)", error=0.04, lenient=0.45, pace=0.9),
    Character("sim-fumiko", "Fumiko (simulated)", error=0.05, mistakes=0.5),
)
