"""An item's facts as they were when a decision was taken.

What was known then is read from the evidence: answers that were withdrawn or corrected since stand
there again, unless they were set aside, and the jury is the panel of that time. A transaction under way at the moment has a time
already and was not seen yet; so where the clock alone does not explain a decision, what happened in
the last seconds before it is left out, by turns.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from itertools import chain, combinations
from typing import Any, Final

from annotator.catalog.queries import ProjectView
from annotator.flow import fact_rows
from annotator.flow.fact_votes import Ballot, ballot
from annotator.flow.lines import Given, Key
from annotator.labeling.models import Assignment
from annotator.panel.models import Inquiry, Panel
from annotator.panel.models import Vote as JurorVote
from annotator.panel.services import IMPORTED
from annotator.quality.models import Decision, SetAsideAnswer
from jury.policy.base import Policy
from jury.policy.facts import ItemFacts, UnitFacts, Vote
from jury.verdict import Answer

UNDER_WAY: Final = timedelta(seconds=10)
"""How long a transaction may have been under way."""
_AT_MOST: Final = 8
"""So many things under way at once are left out by turns; of more, those nearest to the moment."""

Happening = tuple[str, int]
"""Something with a time: an answer that came or ended, a panel that was seated."""


@dataclass(frozen=True, slots=True)
class _Aside:
    """A set-aside, and from when until when it was in force."""

    pk: int
    since: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True)
class _Said:
    """A vote, and from when until when it stood."""

    pk: int
    vote: Vote
    since: datetime
    until: datetime | None = None
    by_lead: bool = False
    contested: bool = False
    juror_version: int | None = None
    """None for people, and for imported jurors: they sit on no panel."""
    asides: tuple[_Aside, ...] = ()

    def happenings(self) -> Iterator[tuple[Happening, datetime]]:
        """Yield when it came and when it ended, when it was set aside and was back."""
        yield (f"{self.vote.kind} came", self.pk), self.since
        if self.until is not None:
            yield (f"{self.vote.kind} ended", self.pk), self.until
        for aside in self.asides:
            yield ("set aside", aside.pk), aside.since
            if aside.until is not None:
                yield ("lifted", aside.pk), aside.until


@dataclass(frozen=True, slots=True)
class _Moment:
    """A moment, and what of the time before it was not seen yet."""

    at: datetime
    unseen: Collection[Happening]

    def stood(self, said: _Said) -> bool:
        """Return whether a vote stood."""
        happened = {what for what, at in said.happenings() if at <= self.at} - set(self.unseen)
        kind = said.vote.kind
        stood = (f"{kind} came", said.pk) in happened and (
            f"{kind} ended",
            said.pk,
        ) not in happened
        return stood and all(
            ("set aside", aside.pk) not in happened or ("lifted", aside.pk) in happened
            for aside in said.asides
        )


class Past:
    """The votes of some items through time; they are read once, when first asked for."""

    def __init__(self, project: ProjectView, item_ids: Sequence[int]) -> None:
        self._project = project
        self._item_ids = item_ids

    def known(self, facts: ItemFacts, decision: Decision, policy: Policy) -> Iterator[ItemFacts]:
        """Yield what may have been known when a decision was taken; by the clock first.

        Args:
            facts: The item's facts now.
            decision: The decision; what a roll-back restored was taken when it was taken first.
            policy: The policy it was taken by.
        """
        at = (decision.restores or decision).created_at
        said = [each for unit in facts.units for each in self._votes[unit.unit, unit.question]]
        times = chain(self._seated, *(each.happenings() for each in said))
        late = sorted((at - when, what) for what, when in times if at - UNDER_WAY < when <= at)
        turns = [what for _, what in late[:_AT_MOST]]
        for n in range(len(turns) + 1):
            for unseen in combinations(turns, n):
                moment = _Moment(at, frozenset(unseen))
                units = (self._unit(unit, moment, decision, policy) for unit in facts.units)
                yield replace(facts, units=tuple(units))

    def _unit(
        self, unit: UnitFacts, moment: _Moment, decision: Decision, policy: Policy
    ) -> UnitFacts:
        panel = self._panel(moment)
        stood = [said for said in self._votes[unit.unit, unit.question] if moment.stood(said)]
        lead = next((said for said in reversed(stood) if said.by_lead), None)
        people = self._project.target(unit.target).people
        then = replace(
            unit,
            votes=tuple(
                said.vote
                for said in stood
                if not said.by_lead and said.juror_version in {None, *panel}
            ),
            asked_of_people=people and policy.asks_people(unit.target, unit.question),
            seats_pending=0,
            adjudicated=lead.vote.answer if lead else None,
            adjudicated_contested=lead is not None and lead.contested,
        )
        if (unit.unit, unit.question) != (decision.unit_id, decision.question):
            return then
        # How far seats and jury were leaves no other trace than in the decision itself.
        names = ("seats_pending", "jurors_expected", "jurors_done", "jury_timed_out")
        noted: dict[str, Any] = {
            name: decision.evidence[name] for name in names if name in decision.evidence
        }
        return replace(then, **noted)

    def _panel(self, moment: _Moment) -> frozenset[int]:
        """Return the juror versions that sat on the panel."""
        seen = (what for what, at in self._seated if at <= moment.at and what not in moment.unseen)
        last = max((pk for _, pk in seen), default=None)
        return self._seats.get(last, frozenset()) if last is not None else frozenset()

    @cached_property
    def _seated(self) -> list[tuple[Happening, datetime]]:
        rows = Panel.objects.filter(project=self._project.id).order_by("pk")
        return [(("panel", pk), at) for pk, at in rows.values_list("pk", "created_at")]

    @cached_property
    def _seats(self) -> Mapping[int, frozenset[int]]:
        found: dict[int, set[int]] = defaultdict(set)
        rows = Panel.seats.through.objects.filter(panel__project=self._project.id)
        for panel, version in rows.values_list("panel_id", "jurorversion_id"):
            found[panel].add(version)
        return {panel: frozenset(versions) for panel, versions in found.items()}

    @cached_property
    def _votes(self) -> Mapping[Key, list[_Said]]:
        found: dict[Key, list[_Said]] = defaultdict(list)
        ballots = [ballot(row) for row in fact_rows.human_votes(items=self._item_ids)]
        ends = _ends({each.given.annotation: each.given for each in ballots}.values())
        of_seats, of_opinions = self._asides
        for each in ballots:
            said = _by_person(each, ends[each.given.annotation])
            if said is not None:
                asides = of_seats.get((each.given.seat, *each.given.key), ())
                found[each.given.key].append(replace(said, asides=tuple(asides)))
        for key, opinion, said in self._of_jurors():
            asides = of_opinions.get((opinion, key[1]), ())
            found[key].append(replace(said, asides=tuple(asides)))
        return found

    @cached_property
    def _asides(
        self,
    ) -> tuple[dict[tuple[int, int, str], list[_Aside]], dict[tuple[int, str], list[_Aside]]]:
        """Return what was set aside: by seat, unit and question, and by opinion and question."""
        of_seats: dict[tuple[int, int, str], list[_Aside]] = defaultdict(list)
        of_opinions: dict[tuple[int, str], list[_Aside]] = defaultdict(list)
        rows = SetAsideAnswer.objects.filter(item__in=self._item_ids)
        columns = ("set_aside_id", "set_aside__created_at", "set_aside__lifting__created_at")
        for *aside, seat, unit, question, opinion in rows.values_list(
            *columns, "seat_id", "unit_id", "question", "opinion_id"
        ):
            if opinion is None:
                of_seats[seat, unit, question].append(_Aside(*aside))
            else:
                of_opinions[opinion, question].append(_Aside(*aside))
        return of_seats, of_opinions

    def _of_jurors(self) -> Iterator[tuple[Key, int, _Said]]:
        rows = JurorVote.objects.filter(
            opinion__inquiry__item__in=self._item_ids,
            opinion__inquiry__purpose=Inquiry.Purpose.PANEL,
        ).order_by("pk")
        rows = rows.select_related("opinion__inquiry__juror_version__juror")
        for row in rows:
            version = row.opinion.inquiry.juror_version
            answer = Answer(row.value, tuple(row.categories), row.severity, row.other)
            yield (
                (row.unit_id, row.question),
                row.opinion_id,
                _Said(
                    row.pk,
                    Vote(version.juror.name, "juror", answer),
                    row.opinion.created_at,
                    juror_version=None if version.juror.dialect == IMPORTED else version.pk,
                ),
            )


def _by_person(each: Ballot, until: datetime | None) -> _Said | None:
    """Return a person's vote through time; None for one that never counted."""
    given = each.given
    by_lead = given.reason == Assignment.Reason.ADJUDICATION
    if not by_lead and not (given.blind and given.reason in Assignment.COUNTING):
        return None
    vote = Vote(str(each.person), "human", each.answer, given.round)
    return _Said(given.vote, vote, given.created_at, until, by_lead, each.contested)


def _ends(annotations: Iterable[Given]) -> Mapping[int, datetime | None]:
    """Return until when each annotation stood: it was withdrawn, or a later one took its place."""
    seats: dict[int, list[Given]] = defaultdict(list)
    for given in annotations:
        seats[given.seat].append(given)
    found: dict[int, datetime | None] = {}
    for revisions in seats.values():
        ordered = sorted(revisions, key=lambda each: each.revision)
        followers = [*(each.created_at for each in ordered[1:]), None]
        for given, follower in zip(ordered, followers, strict=True):
            ended = [at for at in (given.withdrawn_at, follower) if at is not None]
            # Of an imported chain the latest may come first: what is not it never stood.
            never = given.created_at if not given.latest and not ended else None
            found[given.annotation] = min(ended, default=never)
    return found
