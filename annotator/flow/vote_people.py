"""Stored votes of people: raters without credentials, seats that are done, annotations, votes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.contrib.auth.hashers import make_password
from django.db.models import Max

from annotator.accounts.models import Person
from annotator.catalog.models import Membership
from annotator.catalog.queries import ProjectView
from annotator.catalog.services import pseudonym
from annotator.core import dbtime
from annotator.core.digests import sha256_json
from annotator.flow.vote_rows import Fate, Placed, StoredVote, Taken
from annotator.intake.readers import RowError
from annotator.labeling.models import Annotation, Assignment, Vote
from annotator.labeling.services import note_seats
from jury.verdict import Answer

AT_ONCE = 1000

Key = tuple[int, str]
"""A unit's id and a question's key."""


@dataclass(slots=True)
class _Revision:
    """An annotation and what it says; `added` is what is not stored yet."""

    row: Annotation
    stored: bool
    answers: dict[Key, Answer] = field(default_factory=dict)
    added: dict[Key, tuple[Answer, bool]] = field(default_factory=dict)

    def compare(self, answers: Mapping[Key, Answer]) -> bool | None:
        """Return True if all is said here already, False if none of it, None if otherwise."""
        said = [key for key in answers if key in self.answers]
        if not said:
            return False
        return True if all(self.answers.get(k) == a for k, a in answers.items()) else None


@dataclass(slots=True)
class _Chain:
    """A rater's seat on an item with its revisions."""

    seat: Assignment
    stored: bool
    revisions: list[_Revision] = field(default_factory=list)
    widened: bool = False

    def widen(self, target: str, questions: Iterable[str]) -> bool:
        """Have the seat list what was asked; return whether anything was new."""
        asked = list(self.seat.asks.get(target, []))
        new = [question for question in questions if question not in asked]
        if target in self.seat.asks and not new:
            return False
        self.seat.asks = {**self.seat.asks, target: [*asked, *new]}
        self.widened = True
        return True


@dataclass(slots=True)
class PeopleVotes:
    """Writes people's votes, a chunk at a time; raters are remembered between chunks."""

    project: ProjectView
    raters: dict[str, int] = field(default_factory=dict)

    def take(self, rows: Sequence[Placed], taken: Taken) -> None:
        """Store the rows in the caller's transaction."""
        self._know({row.vote.rater for row in rows})
        chains = self._chains(rows)
        for row in rows:
            key = (row.item_id, self.raters[row.vote.rater])
            chain = chains.get(key) or self._new_chain(row, key)
            outcome = _skip(chain, row) if row.vote.state != "given" else self._give(chain, row)
            if not isinstance(outcome, RowError):
                chains[key] = chain
            taken.add(outcome)
        _write(list(chains.values()))

    def _know(self, names: set[str]) -> None:
        """See that every rater is a person of the project, without credentials."""
        slug = self.project.slug
        wanted = {f"{slug}/{name}": name for name in sorted(names - set(self.raters))}
        rows = Person.objects.filter(username__in=list(wanted))
        known = dict(rows.values_list("username", "pk"))
        new = Person.objects.bulk_create(
            [
                Person(
                    username=username,
                    display_name=name,
                    imported_for=slug,
                    password=make_password(None),
                )
                for username, name in wanted.items()
                if username not in known
            ]
        )
        for person in new:
            Membership.objects.create(
                project_id=self.project.id,
                person=person,
                role=Membership.Role.ANNOTATOR,
                pseudonym=pseudonym(self.project.id, person.username),
            )
        known |= {person.username: person.pk for person in new}
        self.raters.update({name: known[username] for username, name in wanted.items()})

    def _chains(self, rows: Sequence[Placed]) -> dict[tuple[int, int], _Chain]:
        """Return what is stored of these raters on these items."""
        seats = Assignment.objects.filter(
            item__in={row.item_id for row in rows},
            person__in={self.raters[row.vote.rater] for row in rows},
            reason=Assignment.Reason.IMPORTED,
        )
        by_seat = {seat.pk: _Chain(seat, stored=True) for seat in seats}
        annotations = Annotation.objects.filter(assignment__in=list(by_seat)).order_by("revision")
        revisions = {row.pk: _Revision(row, stored=True) for row in annotations}
        for revision in revisions.values():
            by_seat[revision.row.assignment_id].revisions.append(revision)
        for vote in Vote.objects.filter(annotation__in=list(revisions)):
            answer = Answer(vote.value, tuple(vote.categories), vote.severity, vote.other)
            revisions[vote.annotation_id].answers[vote.unit_id, vote.question] = answer
        return {(c.seat.item_id, c.seat.person_id or 0): c for c in by_seat.values()}

    def _new_chain(self, row: Placed, key: tuple[int, int]) -> _Chain:
        given = row.vote.state == "given"
        seat = Assignment(
            project_id=self.project.id,
            item_id=key[0],
            person_id=key[1],
            reason=Assignment.Reason.IMPORTED,
            state=Assignment.State.DONE if given else Assignment.State.SKIPPED,
            skip_reason="" if given else row.vote.reason or row.vote.state,
            round=row.vote.round,
            number=0,
            ring=0,
        )
        return _Chain(seat, stored=False)

    def _give(self, chain: _Chain, row: Placed) -> Fate:
        """Add a row's answers; return whether they are new."""
        if chain.seat.state != Assignment.State.DONE:
            return row.second("The rater skipped this item in another row.")
        answers = {(row.unit_id, key): answer for key, answer in row.vote.answers.items()}
        kin = [r for r in chain.revisions if r.row.latest != row.vote.superseded]
        if any(revision.compare(answers) for revision in kin):
            return False
        open_to = [r for r in kin if r.compare(answers) is False and r.row.phase == row.vote.phase]
        if not open_to and kin and not row.vote.superseded:
            return row.second("The rater has another vote on this; mark the older superseded.")
        revision = open_to[0] if open_to else self._new_revision(chain, row.vote)
        for key, answer in answers.items():
            revision.answers[key] = answer
            revision.added[key] = (answer, key[1] in row.vote.irregular)
        if revision.row.seconds is None:
            revision.row.seconds = row.vote.seconds
        chain.widen(row.vote.target, row.vote.answers)
        return True

    def _new_revision(self, chain: _Chain, vote: StoredVote) -> _Revision:
        number = max((r.row.revision for r in chain.revisions), default=0) + 1
        seat = chain.seat
        key = ["import", self.project.slug, seat.item_id, vote.rater, number]
        annotation = Annotation(
            item_id=seat.item_id,
            person_id=self.raters[vote.rater],
            revision=number,
            latest=not vote.superseded,
            phase=Annotation.Phase(vote.phase),
            idempotency_key=sha256_json(key),
            body_digest=sha256_json([*key, vote.phase, vote.superseded]),
            seconds=vote.seconds,
            taxonomy_version=self.project.taxonomy_ref,
            evidence_at=vote.at,
        )
        revision = _Revision(annotation, stored=False)
        chain.revisions.append(revision)
        return revision


def _skip(chain: _Chain, row: Placed) -> Fate:
    if chain.seat.state != Assignment.State.SKIPPED:
        return row.second("The rater answered on this item in another row.")
    return chain.widen(row.vote.target, ())


def _write(chains: Sequence[_Chain]) -> None:
    new = [chain.seat for chain in chains if not chain.stored]
    _number(new)
    Assignment.objects.bulk_create(new, batch_size=AT_ONCE)
    done = Counter(seat.project_id for seat in new if seat.state == Assignment.State.DONE)
    for project_id, n in done.items():
        note_seats(project_id, done=n)
    wider = [chain.seat for chain in chains if chain.widened and chain.stored]
    Assignment.objects.bulk_update(wider, ["asks"], batch_size=AT_ONCE)
    changed = []
    for chain in chains:
        for revision in chain.revisions:
            if revision.added:
                revision.row.assignment = chain.seat
                changed.append(revision)
    Annotation.objects.bulk_create(
        [revision.row for revision in changed if not revision.stored], batch_size=AT_ONCE
    )
    Vote.objects.bulk_create(
        [
            Vote(
                annotation=revision.row,
                unit_id=unit,
                question=question,
                value=answer.value,
                categories=list(answer.categories),
                severity=answer.severity,
                other=answer.other,
                irregular=irregular,
            )
            for revision in changed
            for (unit, question), (answer, irregular) in revision.added.items()
        ],
        batch_size=AT_ONCE,
    )


def _number(seats: Sequence[Assignment]) -> None:
    """Number new seats after those an item has."""
    items = {seat.item_id for seat in seats}
    last = dict(
        Assignment.objects.filter(item__in=items)
        .values_list("item_id")
        .annotate(last=Max("number"))
        .order_by()
    )
    now = dbtime.now()
    for seat in seats:
        last[seat.item_id] = seat.number = last.get(seat.item_id, 0) + 1
        seat.ended_at = now
