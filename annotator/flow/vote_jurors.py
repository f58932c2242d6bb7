"""Stored votes of jurors: jurors nobody can ask, inquiries that ended, opinions, votes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db.models import Max

from annotator.catalog.queries import ProjectView
from annotator.core import dbtime
from annotator.core.digests import sha256_json
from annotator.flow.vote_rows import Placed, StoredVote, Taken
from annotator.intake.readers import RowError
from annotator.intake.state_counts import note
from annotator.panel.models import Inquiry, Juror, JurorVersion, Opinion, Vote
from annotator.panel.services import IMPORTED
from annotator.panel.tallies import move, place
from jury.verdict import Answer

AT_ONCE = 1000

Version = tuple[str, str, str]
"""A rater, its model and its version, as the file names them."""


@dataclass(slots=True)
class _Said:
    """An opinion and its answers; `row` is None for what is stored."""

    state: str
    answers: dict[str, Answer]


@dataclass(slots=True)
class JurorVotes:
    """Writes jurors' votes, a chunk at a time; versions are remembered between chunks."""

    project: ProjectView
    versions: dict[Version, int | None] = field(default_factory=dict)

    def take(self, rows: Sequence[Placed], taken: Taken) -> None:
        """Store the rows in the caller's transaction."""
        usable = []
        for row in rows:
            if self._version(row.vote) is None:
                message = "A juror of this name is configured: import under another name."
                taken.add(RowError(row.vote.line, "rater", "juror_configured", message))
            else:
                usable.append(row)
        inquiries = self._inquiries(usable)
        said = _said(list(inquiries.values()))
        new = []
        for row in usable:
            inquiry = inquiries[row.item_id, self._version(row.vote) or 0]
            outcome = _compare(said.get((inquiry.pk, row.unit_id)), row)
            if outcome is True:
                said[inquiry.pk, row.unit_id] = _Said(_state(row.vote), dict(row.vote.answers))
                new.append((inquiry, row))
            taken.add(outcome)
        _write(new)

    def _version(self, vote: StoredVote) -> int | None:
        """Return the id of a rater's version; None if the project configures such a juror."""
        key = (vote.rater, vote.model, vote.juror_version)
        if key not in self.versions:
            self.versions[key] = self._find_version(vote)
        return self.versions[key]

    def _find_version(self, vote: StoredVote) -> int | None:
        juror, _ = Juror.objects.get_or_create(
            project_id=self.project.id,
            name=vote.rater,
            defaults={
                "base_url": "",
                "model": vote.model or vote.rater,
                "dialect": IMPORTED,
                "active": False,
            },
        )
        if juror.dialect != IMPORTED:
            return None
        components = {"imported": True, "model": vote.model, "version": vote.juror_version}
        digest = sha256_json(components)
        known = JurorVersion.objects.filter(juror=juror)
        stored = known.filter(digest=digest).first()
        if stored is None:
            stored = JurorVersion.objects.create(
                juror=juror,
                number=(known.aggregate(last=Max("number"))["last"] or 0) + 1,
                digest=digest,
                components=components,
                current=not vote.superseded and not known.filter(current=True).exists(),
            )
        return stored.pk

    def _inquiries(self, rows: Sequence[Placed]) -> dict[tuple[int, int], Inquiry]:
        """Return the inquiry of each (item, version), made where there is none."""
        wanted = {(row.item_id, self._version(row.vote) or 0) for row in rows}
        stored = Inquiry.objects.filter(
            item__in={item for item, _ in wanted},
            juror_version__in={version for _, version in wanted},
            purpose=Inquiry.Purpose.PANEL,
        )
        found = {(row.item_id, row.juror_version_id): row for row in stored}
        now = dbtime.now()
        new = Inquiry.objects.bulk_create(
            [
                Inquiry(
                    project_id=self.project.id,
                    item_id=item,
                    juror_version_id=version,
                    state=Inquiry.State.ABSTAINED,
                    ended_at=now,
                )
                for item, version in sorted(wanted - set(found))
            ],
            batch_size=AT_ONCE,
        )
        made = Counter(place(row.juror_version_id, row.state) for row in new)
        note(self.project.id, made)
        return found | {(row.item_id, row.juror_version_id): row for row in new}


def _said(inquiries: Sequence[Inquiry]) -> dict[tuple[int, int], _Said]:
    """Return what is stored by (inquiry, unit)."""
    opinions = Opinion.objects.filter(inquiry__in=[inquiry.pk for inquiry in inquiries])
    by_id = {row.pk: ((row.inquiry_id, row.unit_id), _Said(row.state, {})) for row in opinions}
    for vote in Vote.objects.filter(opinion__in=list(by_id)):
        answer = Answer(vote.value, tuple(vote.categories), vote.severity, vote.other)
        by_id[vote.opinion_id][1].answers[vote.question] = answer
    return dict(by_id.values())


def _state(vote: StoredVote) -> str:
    """A juror that skipped has abstained."""
    return Opinion.State.GIVEN if vote.state == "given" else Opinion.State.ABSTAINED


def _compare(said: _Said | None, row: Placed) -> RowError | bool:
    if said is None:
        return True
    if said.state == _state(row.vote) and said.answers == dict(row.vote.answers):
        return False
    return row.second("The juror has another opinion on this unit.")


def _write(new: Sequence[tuple[Inquiry, Placed]]) -> None:
    opinions = Opinion.objects.bulk_create(
        [
            Opinion(
                inquiry=inquiry,
                unit_id=row.unit_id,
                state=_state(row.vote),
                reason=row.vote.reason,
                evidence_at=row.vote.at,
            )
            for inquiry, row in new
        ],
        batch_size=AT_ONCE,
    )
    Vote.objects.bulk_create(
        [
            Vote(
                opinion=opinion,
                unit_id=row.unit_id,
                question=question,
                value=answer.value,
                categories=list(answer.categories),
                severity=answer.severity,
                other=answer.other,
                irregular=question in row.vote.irregular,
            )
            for opinion, (_, row) in zip(opinions, new, strict=True)
            for question, answer in row.vote.answers.items()
        ],
        batch_size=AT_ONCE,
    )
    given = {inquiry.pk: inquiry.project_id for inquiry, row in new if row.vote.state == "given"}
    for project_id in sorted(set(given.values())):
        mine = [pk for pk, project in given.items() if project == project_id]
        rows = Inquiry.objects.filter(pk__in=mine).exclude(state=Inquiry.State.GIVEN)
        move(rows, project_id, state=Inquiry.State.GIVEN)
