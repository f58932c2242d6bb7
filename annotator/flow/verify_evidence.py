"""Opinions against raw replies, events against what they tell of, releases against their files."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from random import Random
from typing import Final

from annotator.audit.models import Event
from annotator.catalog.queries import ProjectView
from annotator.core.digests import sha256_json
from annotator.flow.briefs import build_brief
from annotator.flow.verify_report import Report
from annotator.intake.texts import ItemView, items_with_texts
from annotator.labeling.models import Annotation, Assignment
from annotator.panel.models import Call, Inquiry, Juror, Opinion
from annotator.panel.models import Vote as JurorVote
from annotator.release.canonical import sha256_file
from annotator.release.queries import ReleaseView, releases
from annotator.release.services import MANIFEST
from jury.dialects.registry import DIALECTS
from jury.opinion import JurorSpec
from jury.providers.openai import RAW_KEPT, read_body
from jury.verdict import Answer

_ENDED: Final = (Inquiry.State.GIVEN, Inquiry.State.ABSTAINED)
SUBMITTED: Final = "annotation.submitted"
WITHDRAWN: Final = "annotation.withdrawn"
FROZEN: Final = "release.frozen"
Said = dict[str, object]
"""For each target, the answers by question, or the reason of an abstention."""


def check_opinions(project: ProjectView, item_ids: Sequence[int], book: Report) -> None:
    """Read stored replies of current juror versions again and compare the opinions."""
    inquiries = Inquiry.objects.filter(
        item__in=item_ids, state__in=_ENDED, juror_version__current=True
    ).select_related("juror_version__juror")
    replies = _replies([row.pk for row in inquiries])
    stored = _said([row.pk for row in inquiries])
    items = items_with_texts(item_ids)
    for row in inquiries:
        raw = replies.get(row.pk)
        computed = raw and _read_again(project, row.juror_version.juror, items[row.item_id], raw)
        if computed:
            book.saw("opinions", len(computed))
            book.compare("opinion", row.public_id, stored.get(row.pk, {}), computed)


def _replies(inquiry_ids: Sequence[int]) -> Mapping[int, list[str]]:
    """Return the bodies each inquiry was answered with, in order; none that was cut."""
    found: dict[int, list[str]] = defaultdict(list)
    rows = Call.objects.filter(inquiry__in=inquiry_ids, status=200).order_by("pk")
    for inquiry, raw in rows.values_list("inquiry_id", "raw_reply"):
        found[inquiry].append(raw)
    return {
        inquiry: raw
        for inquiry, raw in found.items()
        if all(0 < len(each.encode()) < RAW_KEPT for each in raw)
    }


def _read_again(
    project: ProjectView, juror: Juror, item: ItemView, raw: Sequence[str]
) -> Said | None:
    """Return what the last reply says; None for a dialect of several requests, or an unknown one."""
    dialect = DIALECTS.get(juror.dialect)
    if dialect is None:
        return None
    brief = build_brief(project, item, "")
    spec = JurorSpec(name=juror.name, base_url="", model=juror.model, dialect=juror.dialect)
    rng = Random(0)  # noqa: S311 - it names tags of a request that is never sent
    requests = dialect.requests(brief, spec, rng)
    if len(requests) != 1:
        return None
    request = replace(requests[0], round=len(raw) - 1)
    reading = dialect.read(request, read_body(raw[-1].encode()), brief, rng)
    if reading.retry is not None:
        return None
    given: Said = {
        opinion.target: {key: _answer(answer) for key, answer in opinion.answers.items()}
        for opinion in reading.opinions
    }
    return given | {each.target: each.reason for each in reading.abstentions}


def _said(inquiry_ids: Sequence[int]) -> Mapping[int, Said]:
    answers: dict[int, dict[str, object]] = defaultdict(dict)
    for vote in JurorVote.objects.filter(opinion__inquiry__in=inquiry_ids):
        answer = Answer(vote.value, tuple(vote.categories), vote.severity, vote.other)
        answers[vote.opinion_id][vote.question] = _answer(answer)
    found: dict[int, Said] = defaultdict(dict)
    for row in Opinion.objects.filter(inquiry__in=inquiry_ids).select_related("unit"):
        given = row.state == Opinion.State.GIVEN
        found[row.inquiry_id][row.unit.target] = answers[row.pk] if given else row.reason
    return found


def _answer(answer: Answer) -> dict[str, object]:
    return answer.to_document()


def check_events(project: ProjectView, book: Report) -> None:
    """Compare annotations and releases with the events that tell of them.

    Imported answers have one event together. The caller holds a snapshot: an answer and its event
    are stored together.
    """
    annotations = Annotation.objects.filter(assignment__project=project.id).exclude(
        assignment__reason=Assignment.Reason.IMPORTED
    )
    submitted, withdrawn = _told(project, SUBMITTED), _told(project, WITHDRAWN)
    rows = annotations.values_list("pk", "public_id", "body_digest", "withdrawn_at")
    for pk, public_id, digest, withdrawn_at in rows.iterator():
        subject, name = f"annotation:{pk}", f"annotation:{public_id}"
        book.saw("events")
        book.compare("event", name, digest, submitted.get(subject))
        if withdrawn_at is not None or subject in withdrawn:
            book.saw("events")
            book.compare("event", f"{name} withdrawn", bool(withdrawn_at), subject in withdrawn)
    frozen = _told(project, FROZEN)
    for release in releases(project.id):
        book.saw("events")
        name, told = f"release:{release.number}", frozen.get(f"release:{release.id}")
        book.compare("event", name, release.sha256, told)


def _told(project: ProjectView, verb: str) -> Mapping[str, str | None]:
    """Return the digest that each event of a kind tells, by its subject."""
    rows = Event.objects.filter(project=project.id, verb=verb).values_list("subject", "data")
    return {subject: data.get("digest") or data.get("sha256") for subject, data in rows.iterator()}


def check_releases(project: ProjectView, book: Report) -> None:
    """Compare each release's files with their digests, and its digest with their list."""
    for release in releases(project.id):
        book.saw("releases")
        _check_release(release, book)


def _check_release(release: ReleaseView, book: Report) -> None:
    name = f"{release.project}/{release.number}"
    book.compare("release", name, release.sha256, sha256_json(list(release.files)))
    for entry in release.files:
        path = release.folder / str(entry["name"])
        computed = sha256_file(path) if path.is_file() else None
        book.compare("release_file", f"{name}/{entry['name']}", entry["sha256"], computed)
    place = release.folder / MANIFEST
    manifest = json.loads(place.read_text(encoding="utf-8")) if place.is_file() else None
    book.compare("manifest", name, sha256_json(release.manifest), sha256_json(manifest))
