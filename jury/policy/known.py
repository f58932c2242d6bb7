"""What a policy's options are, for whoever has to ask for them: forms and commands.

The loaders of :mod:`jury.policy.registry` stay the judges; a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal

from jury.policy.base import Policy, PolicyError
from jury.policy.options import CURTAIL, OF_THE_DRAW, usual_floor
from jury.policy.panel.options import NAME as PANEL
from jury.policy.panel.stop import MOST_VOTES
from jury.policy.parts import ByPart
from jury.policy.registry import curtailing_names, load_policy
from jury.taxonomy import Taxonomy

Kind = Literal["whole", "number", "choice", "floors", "flag"]
YES: Final = "true"
NO: Final = "false"
_MOST: Final = 99


@dataclass(frozen=True, slots=True)
class Option:
    """One option that a person may set.

    Attributes:
        name: As project files write it.
        kind: A whole number, a number, one of some words, votes by category, or yes or no.
        low: The least value of a number.
        high: The greatest value of a number.
        choices: The words.
        usual: What holds where a policy's options do not name it, as it is written.
        beside: Another option, a yes or no, without which this one does not exist.
    """

    name: str
    kind: Kind
    low: float = 0.0
    high: float = 0.0
    choices: tuple[str, ...] = ()
    usual: str = ""
    beside: str = ""

    def read(self, text: str) -> object:
        """Return a written value as what the loader takes.

        Raises:
            PolicyError: It is no value of this option.
        """
        text = text.strip()
        if self.kind == "choice":
            return self._chosen(text)
        if self.kind == "flag":
            # What is not ticked is not sent, or sent as nothing.
            return self._chosen(text or NO) == YES
        if self.kind == "floors":
            return self._floors(text)
        try:
            value: float = int(text) if self.kind == "whole" else float(text)
        except ValueError:
            value = float("nan")
        if not self.low <= value <= self.high:
            what = "a whole number" if self.kind == "whole" else "a number"
            message = (
                f"Option “{self.name}” must be {what} from {self.low:g} to {self.high:g}, "
                f"not {text!r}."
            )
            raise PolicyError(message)
        return value

    def _floors(self, text: str) -> dict[str, int]:
        """Return what is written as “threat 3, fraud 2”."""
        found: dict[str, int] = {}
        for part in filter(None, (each.strip() for each in text.split(","))):
            category, _, votes = part.rpartition(" ")
            if not category or not (votes.isascii() and votes.isdigit()) or len(votes) > 2:
                message = (
                    f"Option “{self.name}” must be categories, each with a number of people and "
                    f"separated by commas, not {text!r}."
                )
                raise PolicyError(message)
            found[category.strip()] = int(votes)
        return found

    def _chosen(self, text: str) -> str:
        if text not in self.choices:
            known = ", ".join(self.choices)
            message = f"Option “{self.name}” must be one of {known}, not {text!r}."
            raise PolicyError(message)
        return text


_SHARED: Final = (
    Option("max_votes", "whole", 1, _MOST),
    Option("min_share", "number", 0.5, 1),
    Option("caution", "choice", choices=("permissive", "defensive")),
    Option("human_floor", "whole", 1, _MOST),
    Option("category_floor", "floors"),
    Option("categories", "choice", choices=("majority", "verdict_only")),
)
_PANEL: Final = (
    Option("cost", "number", 0, 1),
    Option("confidence", "number", 0.5, 1),
    Option("horizon", "whole", 1, MOST_VOTES),
    Option("random_share", "number", 0, 1),
    Option("random_votes", "whole", 1, _MOST),
    Option("seed", "whole", 0, 2**63 - 1),
)
_CURTAIL: Final = (
    Option(CURTAIL, "flag", choices=(NO, YES), usual=NO),
    *(
        replace(option, usual=str(OF_THE_DRAW[option.name]), beside=CURTAIL)
        for option in _PANEL
        if option.name in OF_THE_DRAW
    ),
)


def known_options(name: str) -> tuple[Option, ...]:
    """Return the options of a policy that a person may set; a fit is data and not among them."""
    if name == PANEL:
        return (*_PANEL, *_SHARED)
    return (*_SHARED, *_CURTAIL) if name in curtailing_names() else _SHARED


def existing(name: str, values: Mapping[str, object]) -> dict[str, object]:
    """Return values of a policy's options without those that do not exist beside the others."""
    beside = {option.name: option.beside for option in known_options(name)}
    return {
        key: value for key, value in values.items() if not beside[key] or values.get(beside[key])
    }


def start_from(
    in_force: Mapping[str, object], wanted: Mapping[str, object], *, overlap: int
) -> dict[str, object]:
    """Return those of the options in force that stay where others are wanted.

    Where curtailment is switched, its draw goes, and a floor that stood at its default moves to
    the other default.
    """
    before = bool(in_force.get(CURTAIL))
    if bool(wanted.get(CURTAIL, before)) == before:
        return dict(in_force)
    gone = {CURTAIL, *OF_THE_DRAW}
    if in_force.get("human_floor") == usual_floor(overlap, curtail=before):
        gone.add("human_floor")
    return {key: value for key, value in in_force.items() if key not in gone}


def defaults(name: str, *, taxonomy: Taxonomy, overlap: int) -> Mapping[str, object]:
    """Return every option of a policy with its default value.

    Raises:
        PolicyError: There is no such policy.
    """
    return load_policy(name, {}, taxonomy=taxonomy, overlap=overlap).options


def base_of(policy: Policy) -> Policy:
    """Return what decides where no part does."""
    return policy.base if isinstance(policy, ByPart) else policy
