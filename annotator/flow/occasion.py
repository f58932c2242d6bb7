"""Why an advance decides again what is settled already, and which of it."""

from __future__ import annotations

from dataclasses import dataclass

from annotator.flow.lines import Key


@dataclass(frozen=True, slots=True)
class Occasion:
    """What an advance decides again; without anything: nothing that is settled.

    Attributes:
        withdrawn: Units' questions whose answers were taken back. They are decided again whoever
            settled them, and with them what is derived from them.
        run: The re-decision run in whose name it is; it marks what it writes, and leaves alone what
            a lead settled.
        changed: The units' questions whose votes went or came back, to which a run keeps; None: it
            decides all of them again.
    """

    withdrawn: frozenset[Key] = frozenset()
    run: int | None = None
    changed: frozenset[Key] | None = None

    def touched(self, key: Key) -> bool:
        """Whether votes went from a unit's question, or came back to it."""
        return self.changed is not None and key in self.changed

    def reopens(self, key: Key, *, derived: bool, by_lead: bool) -> bool:
        """Whether a unit's question that is settled is decided again.

        Args:
            key: Its unit and question.
            derived: Whether people are not asked it: it follows from what they are asked of the
                same question.
            by_lead: Whether a lead settled it.
        """
        if derived:
            withdrawn = any(question == key[1] for _, question in self.withdrawn)
        else:
            withdrawn = key in self.withdrawn
        within = self.run is not None and (self.changed is None or key in self.changed)
        return withdrawn or (within and not by_lead)


AS_VOTED = Occasion()
"""Votes came in, as they do: nothing that is settled is decided again."""
