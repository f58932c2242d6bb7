"""Votes as facts: what counts now, what is stored about that, and how a unit's pattern changes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from annotator.flow import fact_rows
from annotator.flow.lines import Given, Key, populations
from annotator.labeling.models import Annotation, Assignment
from annotator.panel.models import Inquiry
from annotator.panel.services import IMPORTED
from annotator.quality.patterns import JUROR, PatternChange, Token, written
from jury.policy.base import Policy
from jury.policy.facts import Vote
from jury.verdict import Answer

Mark = tuple[bool, str]
"""Whether a person's vote counts, and its population."""


@dataclass(slots=True)
class VoteFlags:
    """Votes whose stored marks are not what the evidence says."""

    people: dict[int, Mark] = field(default_factory=dict)
    people_stored: dict[int, Mark] = field(default_factory=dict)
    jury_on: list[int] = field(default_factory=list)
    jury_off: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Without:
    """Answers that are read as if they were set aside: what a preview looks at.

    Those of seats by (seat, unit, question), those of jurors by (opinion, question).
    """

    seats: frozenset[tuple[int, int, str]] = frozenset()
    opinions: frozenset[tuple[int, str]] = frozenset()


NOTHING: Final = Without()


@dataclass(slots=True)
class Ballots:
    """All votes of some items, read once."""

    without: Without = NOTHING
    votes: dict[Key, list[Vote]] = field(default_factory=lambda: defaultdict(list))
    adjudicated: dict[Key, tuple[Answer, bool]] = field(default_factory=dict)
    flags: VoteFlags = field(default_factory=VoteFlags)
    _before: dict[Key, list[Token]] = field(default_factory=lambda: defaultdict(list))
    _now: dict[Key, list[Token]] = field(default_factory=lambda: defaultdict(list))
    _touched: set[Key] = field(default_factory=set)

    def read_people(
        self, item_ids: Sequence[int], policy: Policy, targets: Mapping[int, str]
    ) -> None:
        """Read people's votes; `targets` are those of the items' units."""
        hidden = self.without.seats
        rows = [ballot(row, hidden) for row in fact_rows.human_votes(items=item_ids)]
        names = populations([row.given for row in rows], policy, targets)
        for row in rows:
            given = row.given
            mark = (given.counts, names[given.vote])
            if mark != row.stored:
                self.flags.people[given.vote] = mark
                self.flags.people_stored[given.vote] = row.stored
            self._note(given.key, row.stored, mark, row.answer)
            if given.counts:
                vote = Vote(str(row.person), "human", row.answer, given.round)
                self.votes[given.key].append(vote)
            elif given.stands and given.reason == Assignment.Reason.ADJUDICATION:
                self.adjudicated[given.key] = (row.answer, row.contested)

    def read_jurors(self, item_ids: Sequence[int]) -> None:
        """Read jurors' votes: those of the current versions of jurors not retired count.

        Imported jurors sit on no panel and count as long as they are there. What is set aside does
        not count.
        """
        for row in fact_rows.juror_votes(items=item_ids):
            pk, unit, question, stored, value, categories, severity, other, *given = row
            purpose, current, name, active, dialect, opinion, aside = given
            seated = current and (active or dialect == IMPORTED)
            hidden = aside or (opinion, question) in self.without.opinions
            counts = purpose == Inquiry.Purpose.PANEL and seated and not hidden
            answer = Answer(value, tuple(categories), severity, other)
            if counts != stored:
                (self.flags.jury_on if counts else self.flags.jury_off).append(pk)
            self._note((unit, question), (stored, JUROR), (counts, JUROR), answer)
            if counts:
                self.votes[unit, question].append(Vote(name, "juror", answer))

    def _note(self, key: Key, stored: Mark, now: Mark, answer: Answer) -> None:
        """Add a vote to its unit's patterns, as it was counted before and as it is now."""
        for tokens, (counts, population) in ((self._before, stored), (self._now, now)):
            if counts or (population and population != JUROR):
                tokens[key].append(Token(population, counts, answer.value, answer.categories))
        if stored != now:
            self._touched.add(key)

    def changes(self, targets: Mapping[int, str]) -> Iterator[PatternChange]:
        """Yield the units' questions whose pattern is another than the one that was counted.

        `targets` are those of the units; a turn is counted with all turns.
        """
        for unit, question in sorted(self._touched):
            before = written(self._before[unit, question])
            now = written(self._now[unit, question])
            if before != now:
                target = targets[unit].partition(":")[0]
                yield PatternChange(unit, target, question, before, now)


@dataclass(frozen=True, slots=True)
class Ballot:
    """A person's vote: how it was given, by whom, what it says, and what is stored about it."""

    given: Given
    person: int
    answer: Answer
    contested: bool
    stored: Mark


def ballot(row: fact_rows.Row, hidden: Collection[tuple[int, int, str]] = ()) -> Ballot:
    """Return a person's vote as it was read; `hidden` answers are read as if set aside."""
    pk, unit, question, stored, value, categories, severity, other, *more = row
    person, latest, withdrawn_at, phase, contested, state, reason, round_, *rest = more
    population, item, annotation, revision, created_at, seat, aside = rest
    return Ballot(
        given=Given(
            vote=pk,
            key=(unit, question),
            item=item,
            annotation=annotation,
            revision=revision,
            latest=latest,
            created_at=created_at,
            withdrawn_at=withdrawn_at,
            blind=phase == Annotation.Phase.BLIND,
            seat=seat,
            done=state == Assignment.State.DONE,
            reason=reason,
            round=round_,
            aside=aside or (seat, unit, question) in hidden,
        ),
        person=person,
        answer=Answer(value, tuple(categories), severity, other),
        contested=contested,
        stored=(stored, population),
    )
