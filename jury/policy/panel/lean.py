"""How a unit's votes lean: people's, and the jury's vote pattern with what it was about."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from jury.policy.facts import UnitFacts
from jury.policy.panel.fit import Pattern
from jury.policy.tally import members
from jury.verdict import Answer, Caution


@dataclass(frozen=True, slots=True)
class Lean:
    """What a unit's votes say of one yes-or-no.

    Attributes:
        unsafe: Votes of people for unsafe, needs caution collapsed.
        safe: Votes of people for safe.
        pattern: How the jury voted; its stratum is the category most named by those who say unsafe.
    """

    unsafe: int
    safe: int
    pattern: Pattern


def lean_of(unit: UnitFacts, caution: Caution) -> Lean | None:
    """Return how the votes lean; None where the question has no safe and unsafe.

    What a fit learns from and what the panel judges by is this one reading.
    """
    schema = unit.schema
    unsafe, safe = schema.key_of_shape("unsafe"), schema.key_of_shape("safe")
    if unsafe is None or safe is None:
        return None
    people = [schema.collapse(answer.value, caution) for answer in unit.answers("human")]
    opinions = unit.answers("juror")
    jurors = [schema.collapse(answer.value, caution) for answer in opinions]
    said = jurors.count(unsafe)
    about = _most_named(members(opinions, schema, caution, unsafe)) if said else ""
    pattern = Pattern(said, said + jurors.count(safe), about)
    return Lean(people.count(unsafe), people.count(safe), pattern)


def _most_named(answers: Sequence[Answer]) -> str:
    """Return the category most named, empty if there is none.

    Of equals the first by its id: a stratum must not depend on the order of opinions.
    """
    named = Counter(category for answer in answers for category in answer.categories)
    return min(named, key=lambda category: (-named[category], category), default="")
