"""What was said of one unit, as a short text; and what that text is at every level of agreement.

A unit's pattern is the multiset of its votes without their raters: who votes next changes one
text into another. It is kept whole where it changes (one row per unit and question) and taken
apart into levels when it is folded, so that a submit writes next to nothing.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple

from jury.agreement.levels import Level, parents_of
from jury.agreement.levels import label as library_label
from jury.taxonomy import Taxonomy

COUNTING: Final = 2
"""Raised whenever the same votes count otherwise, or something more is counted: sums of sets, last."""
SEPARATOR: Final = "|"
YES: Final = "yes"
NO: Final = "no"

FIRST_PASS: Final = "first_pass"  # noqa: S105 - a population, no password
ALL: Final = "all"
JUROR: Final = "juror"
HUMAN_JUROR: Final = "human_juror"

VERDICT: Final = "verdict"
CORE: Final = "core"
FINE: Final = "fine"
FINE_ONLY: Final = "fine_only"
"""The fine-grained categories on their own: all others left out."""
_SHARED: Final[Mapping[str, Level]] = {
    VERDICT: "verdict",
    CORE: "core",
    FINE: "fine",
    FINE_ONLY: "fine_only",
}
ROLLED: Final = "core:"
"""Before a category's id: the category or one of its finer ones."""
CONFUSED: Final = "confused"
"""Not a level of labels: how many pairs of votes take one category for the other …"""
CONFUSED_UNITS: Final = "confused_units"
"""… and on how many units."""
SETS: Final = (CORE, FINE, FINE_ONLY)
"""The levels of which labels are sets."""
SUMS: Final = "sums:"
"""Before a level of sets: not labels, but how alike they are (`jury.agreement.coincidences`)."""

PERSON: Final = "human:"
JURY: Final = "juror:"
"""What labels begin with where people and jurors are counted side by side."""

_TEXTS: Final = 50_000


class Token(NamedTuple):
    """One vote: the population it enters, whether it decides, and what it says."""

    population: str
    counts: bool
    value: str
    categories: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PatternChange:
    """A unit's votes on a question as they were counted, and as they are now; texts as below."""

    unit: int
    target: str
    question: str
    before: str
    now: str


class Mark(NamedTuple):
    """One unit's place in one table: a pattern of labels, or a pair of categories."""

    population: str
    level: str
    pattern: str


def written(tokens: Iterable[Token]) -> str:
    """Return a unit's votes as text; equal multisets give equal texts, none the empty one."""
    counted = sorted(Counter(tokens).items())
    if not counted:
        return ""
    rows = [
        [token.population, int(token.counts), token.value, SEPARATOR.join(token.categories), n]
        for token, n in counted
    ]
    return json.dumps(rows, separators=(",", ":"), ensure_ascii=False)


def read(text: str) -> list[tuple[Token, int]]:
    """Return the votes of a text, each with how many gave it."""
    return [
        (Token(population, bool(counts), value, _members(categories)), n)
        for population, counts, value, categories, n in (json.loads(text) if text else ())
    ]


def _members(categories: str) -> tuple[str, ...]:
    return tuple(categories.split(SEPARATOR)) if categories else ()


def pattern_of(labels: Iterable[tuple[str, int]]) -> str:
    """Return how often each label was given, as text."""
    counted: dict[str, int] = {}
    for label, n in labels:
        counted[label] = counted.get(label, 0) + n
    return as_text(tuple(sorted(counted.items())))


@lru_cache(maxsize=_TEXTS)
def as_text(parts: tuple[object, ...]) -> str:
    """Return what stands for a pattern, or for a sum, in the counts."""
    return json.dumps(parts, separators=(",", ":"), ensure_ascii=False)


def levels(taxonomy: Taxonomy) -> tuple[str, ...]:
    """Return every level at which a question with categories is looked at."""
    parents = {category.parent for category in taxonomy.categories if category.parent}
    rolled = (f"{ROLLED}{each}" for each in taxonomy.ids if each in parents)
    finer = any(category.level == "fine" for category in taxonomy.categories)
    sets = SETS if finer else (CORE, FINE)
    return (VERDICT, *sets, *taxonomy.ids, *rolled)


def label(taxonomy: Taxonomy, level: str, value: str, categories: Sequence[str]) -> str:
    """Return an answer's label at a level; a set is joined by `|`, the empty one is `none`."""
    shared = _SHARED.get(level)
    if shared is not None:
        return library_label(shared, value, categories, taxonomy)
    if level.startswith(ROLLED):
        chosen = level.removeprefix(ROLLED) in taxonomy.roll_up(categories, "core")
        return YES if chosen else NO
    return YES if level in categories else NO


def parents_at(taxonomy: Taxonomy, level: str) -> dict[str, str]:
    """Return the parents of the categories, at the level whose sets are of all of them."""
    return parents_of(taxonomy) if level == FINE else {}
