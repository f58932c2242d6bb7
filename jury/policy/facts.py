"""What a policy is told: plain values, no clock, no database."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Literal

from jury.verdict import Answer, QuestionSchema

Kind = Literal["human", "juror"]


@dataclass(frozen=True, slots=True)
class Vote:
    """One answer that counts, by a person or by a juror."""

    rater: str
    kind: Kind
    answer: Answer
    round: int = 0


@dataclass(frozen=True, slots=True)
class UnitFacts:
    """What is known of one question on one unit.

    Attributes:
        unit: The unit's id.
        target: What of the item is judged.
        question: The key of the question.
        schema: The question itself.
        votes: Only the votes that count.
        asked_of_people: False where the policy derives this unit from another.
        jurors_expected: Jurors whose opinion on this unit the panel asks for.
        jurors_done: Of these, how many gave one, abstained or failed.
        jury_timed_out: Whether the policy should no longer wait for the rest.
        seats_pending: Open or leased seats that ask this unit.
        adjudicated: A lead's answer, if there is one.
        adjudicated_contested: Whether the lead called the unit contested.
    """

    unit: int
    target: str
    question: str
    schema: QuestionSchema
    votes: tuple[Vote, ...] = ()
    asked_of_people: bool = True
    jurors_expected: int = 0
    jurors_done: int = 0
    jury_timed_out: bool = False
    seats_pending: int = 0
    adjudicated: Answer | None = None
    adjudicated_contested: bool = False
    # A decision asks for them a dozen times.
    _answers: dict[Kind, tuple[Answer, ...]] = field(
        init=False, repr=False, compare=False, default_factory=dict
    )

    def answers(self, kind: Kind) -> tuple[Answer, ...]:
        """Return the answers of people or of jurors, in a stable order of their own."""
        found = self._answers.get(kind)
        if found is None:
            chosen = [vote.answer for vote in self.votes if vote.kind == kind]
            found = tuple(sorted(chosen, key=lambda a: (self.schema.rank(a.value), a.categories)))
            self._answers[kind] = found
        return found

    def counts(self, kind: Kind) -> dict[str, int]:
        """Return how many chose each value, in the question's order, values nobody chose too."""
        counted = Counter(answer.value for answer in self.answers(kind))
        known = {key: counted.pop(key, 0) for key in self.schema.value_keys}
        return known | dict(sorted(counted.items()))

    @property
    def jury_complete(self) -> bool:
        """Whether nothing more is to be expected of the jury."""
        return self.jury_timed_out or self.jurors_done >= self.jurors_expected


@dataclass(frozen=True, slots=True)
class ItemFacts:
    """All units of one item; derived units need their neighbours."""

    item: int
    has_response: bool
    units: tuple[UnitFacts, ...]
    refusal_augmented: bool = False
