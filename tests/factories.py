"""Projects, items, votes and opinions for tests, made by the product's own services."""

from __future__ import annotations

import json
from collections.abc import Mapping
from itertools import count

from annotator.accounts import services as accounts
from annotator.accounts.models import Person
from annotator.catalog import services as catalog
from annotator.catalog.models import GuidelineSet, Membership
from annotator.catalog.queries import ProjectView, project_by_slug
from annotator.core.digests import sha256_json
from annotator.flow.intake import shape_of
from annotator.flow.projects import apply
from annotator.flow.steps import advance, open_items
from annotator.intake import services as intake
from annotator.intake.models import Batch, Item, Unit
from annotator.intake.near_duplicates import NearDuplicates
from annotator.intake.readers import Row
from annotator.intake.rows import NewItem, read_item
from annotator.labeling import services as labeling
from annotator.labeling.models import Assignment
from annotator.labeling.services import NewAnnotation
from annotator.panel import queue
from annotator.panel.models import Inquiry
from jury.opinion import Abstention, CallRecord, Opinion, Outcome, Usage
from jury.verdict import Answer

Verdict = str | Answer | Mapping[str, str | Answer]
"""A safety value, an answer to safety, or answers by question."""

JUROR: Mapping[str, object] = {
    "name": "j1",
    "base_url": "http://127.0.0.1:9000/v1",
    "model": "m1",
    "price_in": 0.0,
    "price_out": 0.0,
}
_KEYS = count(1)


def make_project(
    slug: str = "p1",
    *,
    people: int = 3,
    jurors: tuple[str, ...] = (),
    policy: Mapping[str, object] | None = None,
    **fields: object,
) -> ProjectView:
    """Apply a small project with annotators `<slug>-a1` …; `fields` go into [project]."""
    document: dict[str, object] = {
        "contract": 1,
        "project": {
            "slug": slug,
            "name": slug.title(),
            "taxonomy": "aegis2@2.0",
            "targets": ["prompt", "response"],
            "questions": ["safety"],
            **fields,
        },
    }
    if policy:
        document["policy"] = dict(policy)
    if jurors:
        document["juror"] = [{**JUROR, "name": name} for name in jurors]
    apply(document)
    project = project_by_slug(slug)
    for number in range(1, people + 1):
        add_member(project, f"{slug}-a{number}")
    return project


def add_member(project: ProjectView, username: str, role: str = "annotator") -> int:
    """Return a person's id, created and made a member where they were not."""
    person = Person.objects.filter(username=username).first()
    person_id = person.pk if person else accounts.create_person(username=username)
    catalog.set_member(project_id=project.id, person_id=person_id, username=username, role=role)
    return person_id


def make_items(project: ProjectView, *rows: Mapping[str, object]) -> list[int]:
    """Import rows as one batch, as a file of them would be; return the items' ids."""
    batch_id, _ = intake.open_batch(
        project_id=project.id, filename="rows.jsonl", sha256=sha256_json(list(rows))
    )
    shape = shape_of(project, {})
    read = [read_item(Row(line, dict(row)), shape) for line, row in enumerate(rows, start=1)]
    new = [row for row in read if isinstance(row, NewItem)]
    assert len(new) == len(read), read
    stored = intake.store_items(batch_id=batch_id, rows=new, near=NearDuplicates())
    open_items(project, stored.item_ids)
    return stored.item_ids


def make_item(
    project: ProjectView,
    external_id: str = "i1",
    *,
    prompt: str | None = None,
    response: str | None = "Gladly: stir for five minutes.",
    **fields: object,
) -> int:
    """Import one item; its prompt is its own unless one is given. Returns its id."""
    row: dict[str, object] = {
        "id": external_id,
        "prompt": f"How do I cook porridge number {external_id}?" if prompt is None else prompt,
        **fields,
    }
    if response is not None:
        row["response"] = response
    return make_items(project, row)[0]


def add_votes(
    project: ProjectView,
    item_id: int,
    votes: Mapping[str, Mapping[str, Verdict]],
    *,
    seconds: float | None = 20.0,
    guideline: str = "",
    move_on: bool = True,
) -> None:
    """Let people vote on an item's open seats: {username: {target: verdict}}; then advance.

    The person becomes an annotator where needed. Raises StopIteration without an open seat.
    """
    units = _units(item_id)
    for username, verdicts in votes.items():
        seat = Assignment.objects.filter(
            item=item_id, state=Assignment.State.OPEN, kind=Assignment.Kind.LABEL
        ).order_by("number")[:1]
        _submit(
            next(iter(seat)),
            _member(project, username) or add_member(project, username),
            NewAnnotation(
                key=f"k{next(_KEYS)}",
                body_digest=sha256_json([username, item_id]),
                answers=_answers(units, verdicts),
                seconds=seconds,
                taxonomy_version=project.taxonomy_ref,
                guideline_version=guideline or project.guideline_version,
            ),
        )
    if move_on:
        advance(project, [item_id])


def adjudicate(
    project: ProjectView,
    item_id: int,
    verdicts: Mapping[str, Verdict],
    *,
    username: str = "lead",
    contested: bool = False,
) -> None:
    """Let a lead decide an item's disputed units."""
    seat = Assignment.objects.get(
        item=item_id, state=Assignment.State.OPEN, kind=Assignment.Kind.ADJUDICATE
    )
    _submit(
        seat,
        add_member(project, username, "adjudicator"),
        NewAnnotation(
            key=f"k{next(_KEYS)}",
            body_digest=sha256_json(["lead", item_id]),
            answers=_answers(_units(item_id), verdicts),
            taxonomy_version=project.taxonomy_ref,
            guideline_version=project.guideline_version,
            contested=contested,
        ),
    )
    advance(project, [item_id])


def settle_all(project: ProjectView, item_ids: list[int], value: Verdict = "safe") -> None:
    """Let three people say the same about every unit of the items."""
    for item_id in item_ids:
        verdicts = dict.fromkeys(_units(item_id), value)
        add_votes(
            project,
            item_id,
            {f"{project.slug}-a{n}": verdicts for n in range(1, project.overlap + 1)},
        )


def add_opinions(
    project: ProjectView,
    item_id: int,
    opinions: Mapping[str, Mapping[str, Verdict | None]],
    *,
    purpose: str = "panel",
) -> None:
    """Let jurors of the panel answer: {juror: {target: verdict, or None: it refused}}."""
    queue.open_inquiries(project.id, [item_id], purpose=purpose)
    for name, verdicts in opinions.items():
        row = Inquiry.objects.get(
            item=item_id,
            purpose=purpose,
            juror_version__juror__name=name,
            juror_version__current=True,
        )
        Inquiry.objects.filter(pk=row.pk).update(state=Inquiry.State.LEASED, owner="test")
        queue.flush(owner="test", outcomes=[_outcome(row, name, verdicts)])
    advance(project, [item_id])
    Item.objects.filter(pk=item_id).update(due_at=None)


def publish_guideline(project: ProjectView, version: str) -> None:
    """Put an empty guideline of another version into force."""
    GuidelineSet.objects.filter(project=project.id, current=True).update(current=False)
    last = GuidelineSet.objects.filter(project=project.id).latest("published_at")
    last.pk, last.version, last.current = None, version, True
    last.save(force_insert=True)


def batches(project: ProjectView) -> list[int]:
    """Return the numbers of a project's imports."""
    return list(Batch.objects.filter(project=project.id).values_list("number", flat=True))


def _outcome(row: Inquiry, name: str, verdicts: Mapping[str, Verdict | None]) -> Outcome:
    given = {t: _by_question(v) for t, v in verdicts.items() if v is not None}
    said = {
        target: {
            "safety": answers["safety"].value,
            "categories": list(answers["safety"].categories),
            "rationale": "Because.",
        }
        for target, answers in given.items()
    }
    body = {"choices": [{"message": {"content": json.dumps(said)}, "finish_reason": "stop"}]}
    call = CallRecord(
        request_key=f"{row.public_id}.1",
        attempt=1,
        status=200,
        error="",
        raw_reply=json.dumps(body),
        usage=Usage(10, 5, 0.01),
        seconds=0.5,
        started=0.0,
    )
    return Outcome(
        task=row.pk,
        juror=name,
        state="given" if given else "abstained",
        opinions=tuple(Opinion(target, answers, "Because.") for target, answers in given.items()),
        abstentions=tuple(Abstention(t, "refused") for t, v in verdicts.items() if v is None),
        calls=(call,) if given and len(given) == len(verdicts) else (),
        attempts=1,
    )


def _submit(seat: Assignment, person_id: int, new: NewAnnotation) -> None:
    seat.lease, seat.holders = "test", [person_id]
    seat.save(update_fields=["lease", "holders"])
    labeling.finish_seat(row=seat, person_id=person_id, lease="test")
    labeling.add_annotation(row=seat, person_id=person_id, new=new)


def _answers(
    units: Mapping[str, int], verdicts: Mapping[str, Verdict]
) -> dict[tuple[int, str], Answer]:
    return {
        (units[target], question): answer
        for target, verdict in verdicts.items()
        for question, answer in _by_question(verdict).items()
    }


def _by_question(verdict: Verdict) -> dict[str, Answer]:
    given = verdict if isinstance(verdict, Mapping) else {"safety": verdict}
    return {
        question: _answer(value) if isinstance(value, str) else value
        for question, value in given.items()
    }


def _answer(value: str) -> Answer:
    """Return a plain answer; `unsafe` comes with a category, as the question demands."""
    return Answer(value, ("violence",) if value == "unsafe" else ())


def _units(item_id: int) -> dict[str, int]:
    return dict(Unit.objects.filter(item=item_id).values_list("target", "pk"))


def _member(project: ProjectView, username: str) -> int | None:
    members = Membership.objects.filter(project=project.id, person__username=username)
    return members.values_list("person_id", flat=True).first()
