"""What a replay works on: who said what of which unit, the truth, and what a jury said."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from jury.agreement.columns import Floats, Ints, columns
from jury.agreement.errors import VotesError
from jury.agreement.rows import Duplicates, VoteRow, clean
from jury.policy.panel.prior import Strata, strata_of
from jury.policy.panel.stop import Flags


class NoTruth(VotesError):
    """The votes hold no unit of one of the two classes, so that nothing can be compared."""


class BadJury(VotesError):
    """A jury that cannot be: no jurors in the votes, or numbers out of range."""


@dataclass(frozen=True, slots=True)
class SimulatedJury:
    """Jurors who know the truth with some accuracy.

    Attributes:
        accuracy: Of each juror, against the majority of the whole panel.
        shared: Share of the units on which one draw decides for all: there they err together.
        elsewhere: Of each juror about each further topic. The units are then divided among the topics
            at random, and a juror who says positive names the topic.
    """

    accuracy: tuple[float, ...]
    shared: float = 0.0
    elsewhere: tuple[tuple[float, ...], ...] = ()

    def __post_init__(self) -> None:
        topics = (self.accuracy, *self.elsewhere)
        numbers = (self.shared, *(each for topic in topics for each in topic))
        if not self.accuracy or not all(0 <= each <= 1 for each in numbers):
            message = "a simulated jury has at least one juror, its accuracy and share from 0 to 1"
            raise BadJury(message)
        if len({len(topic) for topic in topics}) > 1:
            message = "a simulated jury has as many jurors about each topic"
            raise BadJury(message)


Jury = SimulatedJury | Literal["votes"] | None


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """The units with a truth; votes of a unit stand in its row, from the left.

    Attributes:
        votes: Whether a person said positive, padded on the right.
        size: Votes by people of each unit.
        truth: What more than half of them said.
        said: Positive opinions of jurors, 0 without any.
        given: Opinions of jurors.
        pattern: The number of the unit's jury vote pattern.
        patterns: How many there are; the same in every part of a case.
        strata: How the patterns lie in strata; None where there is one.
        topic: What each unit is about, 0 throughout where nothing is known. It is reported by, the
            policy sees the patterns alone.
    """

    votes: Flags
    size: Ints
    truth: Flags
    said: Ints
    given: Ints
    pattern: Ints
    patterns: int
    strata: Strata | None
    topic: Ints

    @classmethod
    def of(
        cls, votes: Flags, size: Ints, said: Ints, given: Ints, topic: Ints | None = None
    ) -> Case:
        """Return units with the majority of their people as the truth.

        A unit's stratum is its topic where a juror said positive, so named it.
        """
        truth = votes.sum(1) * 2 > size
        about = np.zeros(len(size), np.int64) if topic is None else topic
        stratum = np.where(said > 0, about + 1, 0) if topic is not None else about
        found, pattern = np.unique(
            np.stack([said, given, stratum], axis=1), axis=0, return_inverse=True
        )
        strata = strata_of([(s, g, str(where)) for s, g, where in found.tolist()])
        return cls(votes, size, truth, said, given, pattern.reshape(-1), len(found), strata, about)

    @property
    def units(self) -> int:
        """How many there are."""
        return len(self.size)

    @property
    def positive(self) -> Ints:
        """Positive votes of each unit's people."""
        return np.asarray(self.votes.sum(1))

    @property
    def jury_answer(self) -> Floats:
        """The jury's majority: 1, 0, or a half on a draw."""
        return np.asarray(0.5 + 0.5 * np.sign(2 * self.said - self.given))

    def part(self, chosen: Flags) -> Case:
        """Return some of the units."""
        return Case(
            self.votes[chosen],
            self.size[chosen],
            self.truth[chosen],
            self.said[chosen],
            self.given[chosen],
            self.pattern[chosen],
            self.patterns,
            self.strata,
            self.topic[chosen],
        )

    def judged_by(self, jury: SimulatedJury, rng: np.random.Generator) -> Case:
        """Return the same units with opinions of a simulated jury."""
        by_topic = np.array((jury.accuracy, *jury.elsewhere))
        own = rng.random((self.units, by_topic.shape[1]))
        one = rng.random((self.units, 1))
        together = rng.random((self.units, 1)) < jury.shared
        topic = rng.integers(0, len(by_topic), self.units) if jury.elsewhere else None
        accuracy = by_topic[0] if topic is None else by_topic[topic]
        right = np.where(together, one, own) < accuracy
        said = (right == self.truth[:, None]).sum(1)
        given = np.full(self.units, by_topic.shape[1])
        return Case.of(self.votes, self.size, said, given, topic)

    def revealed(self, most: int, rng: np.random.Generator) -> Ints:
        """Return positive votes among the first t = 0 … most, in a random order of the raters.

        Shaped (units, most + 1); past a unit's last vote the count stays.
        """
        width = self.votes.shape[1]
        absent = np.arange(width) >= self.size[:, None]
        place = np.where(absent, 2.0, rng.random(absent.shape)).argsort(1)[:, :most]
        first = np.take_along_axis(self.votes & ~absent, place, axis=1)
        found = np.zeros((self.units, most + 1), np.int64)
        found[:, 1 : first.shape[1] + 1] = first.cumsum(1)
        found[:, first.shape[1] + 1 :] = found[:, first.shape[1]][:, None]
        return found


def read_case(
    rows: Sequence[VoteRow],
    *,
    positive: Collection[str],
    missing: Collection[str] = (),
    duplicates: Duplicates = "refuse",
) -> Case:
    """Return the units of a votes file whose people are not evenly divided.

    Args:
        rows: The votes of people and jurors.
        positive: The labels that count as positive; all others are negative.
        missing: Labels that mean "no answer".
        duplicates: What becomes of a second vote of a rater on an item.

    Raises:
        VotesError: Naming the line of a vote that cannot stand.
        NoTruth: A positive label that nobody gave, or no unit of one of the classes.
    """
    votes = clean(rows, missing=missing, duplicates=duplicates)
    unheard = sorted(set(positive) - {vote.label for vote in votes})
    if unheard:
        known = ", ".join(sorted({vote.label for vote in votes})[:20]) or "none"
        message = f"nobody gave the label {unheard[0]!r}; the labels are: {known}"
        raise NoTruth(message)
    people = [v for v in votes if v.kind == "human"]
    table = columns((v.item, v.rater, "1" if v.label in positive else "0") for v in people)
    size = np.bincount(table.unit, minlength=len(table.units))
    order = np.lexsort((table.rater, table.unit))
    unit = table.unit[order]
    place = np.arange(len(unit)) - np.repeat(np.cumsum(size) - size, size)
    said_positive = np.array(table.values, dtype=object)[table.value[order]] == "1"
    matrix = np.zeros((len(size), max(size, default=0)), np.bool_)
    matrix[unit, place] = said_positive
    total = matrix.sum(1)
    said, given = _opinions(votes, table.units, positive)
    case = Case.of(matrix, size, said, given).part(total * 2 != size)
    if len(set(case.truth.tolist())) < 2:
        message = "no truth to compare with: the majority says the same of every unit"
        raise NoTruth(message)
    return case


def _opinions(
    votes: Sequence[VoteRow], units: Sequence[str], positive: Collection[str]
) -> tuple[Ints, Ints]:
    position = {name: number for number, name in enumerate(units)}
    said, given = np.zeros(len(units), np.int64), np.zeros(len(units), np.int64)
    for vote in votes:
        if vote.kind == "juror" and vote.item in position:
            given[position[vote.item]] += 1
            said[position[vote.item]] += vote.label in positive
    return said, given
