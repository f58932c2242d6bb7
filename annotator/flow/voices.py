"""Who said what about an item: people's annotations and jurors' opinions, for `flow.review`."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from annotator.catalog.queries import ProjectView, members
from annotator.flow.revealed import Key, Voice
from annotator.intake.models import Item
from annotator.labeling.models import Annotation
from annotator.labeling.models import Vote as HumanVote
from annotator.panel.models import Inquiry, Opinion
from annotator.panel.models import Vote as JurorVote
from annotator.quality.queries.asides import set_aside_on_seat, set_aside_opinion
from jury.verdict import Answer

Given = tuple[Key, Answer, bool]
"""An answer to a question about a target, and whether it is set aside."""


def people_on(project: ProjectView, row: Item, targets: Mapping[int, str]) -> tuple[Voice, ...]:
    """Return everybody whose annotation of the item stands, in the order they gave them.

    Of one that counts, without the answers that are set aside.
    """
    names = {member.person_id: member.name for member in members(project.id)}
    given: dict[int, list[Given]] = {}
    counting = set()
    votes = HumanVote.objects.filter(annotation__item=row.pk).order_by("pk")
    for vote in votes.annotate(aside=set_aside_on_seat()):
        key = (targets[vote.unit_id], vote.question)
        given.setdefault(vote.annotation_id, []).append((key, _answer(vote), vote.aside))
        if vote.counts:
            counting.add(vote.annotation_id)
    answers = {pk: _heard(each) for pk, each in given.items()}
    rows = (
        Annotation.objects.filter(item=row.pk, latest=True, withdrawn_at__isnull=True)
        .select_related("assignment")
        .order_by("pk")
    )
    return tuple(
        Voice(
            key=str(annotation.person_id),
            name=names.get(annotation.person_id, "?"),
            kind="human",
            answers=answers.get(annotation.pk, {}),
            notes=(("", annotation.comment),) if annotation.comment else (),
            counts=annotation.pk in counting,
            reason=annotation.assignment.reason,
            at=annotation.evidence_at or annotation.created_at,
            flagged=annotation.flagged,
        )
        for annotation in rows
    )


def jurors_on(row: Item, targets: Mapping[int, str]) -> tuple[Voice, ...]:
    """Return every juror whose inquiry about the item has ended, by name."""
    rows = (
        Inquiry.objects.filter(item=row.pk, purpose=Inquiry.Purpose.PANEL, state__in=Inquiry.ENDED)
        .select_related("juror_version__juror")
        .order_by("juror_version__juror__name", "pk")
    )
    inquiries = list(rows)
    opinions = _opinions([inquiry.pk for inquiry in inquiries])
    given = _juror_answers([inquiry.pk for inquiry in inquiries], targets)
    return tuple(
        _juror_voice(inquiry, opinions.get(inquiry.pk, []), given.get(inquiry.pk, []), targets)
        for inquiry in inquiries
    )


def _juror_voice(
    inquiry: Inquiry,
    opinions: Sequence[Opinion],
    answers: Sequence[Given],
    targets: Mapping[int, str],
) -> Voice:
    version = inquiry.juror_version
    failed = inquiry.state == Inquiry.State.FAILED
    silent = {targets[o.unit_id]: o.reason for o in opinions if o.state == Opinion.State.ABSTAINED}
    given = [o for o in opinions if o.rationale and o.state == Opinion.State.GIVEN]
    return Voice(
        key=str(version.pk),
        name=version.juror.name,
        kind="juror",
        answers=_heard(answers),
        notes=tuple((targets[o.unit_id], o.rationale) for o in given),
        counts=version.current and not (answers and all(aside for *_, aside in answers)),
        at=inquiry.ended_at,
        abstained={"": inquiry.reason or "failed"} if failed else silent,
    )


def _opinions(inquiry_ids: Collection[int]) -> dict[int, list[Opinion]]:
    found: dict[int, list[Opinion]] = {}
    for opinion in Opinion.objects.filter(inquiry__in=inquiry_ids).order_by("pk"):
        found.setdefault(opinion.inquiry_id, []).append(opinion)
    return found


def _juror_answers(
    inquiry_ids: Collection[int], targets: Mapping[int, str]
) -> dict[int, list[Given]]:
    found: dict[int, list[Given]] = {}
    votes = JurorVote.objects.filter(opinion__inquiry__in=inquiry_ids).select_related("opinion")
    for vote in votes.order_by("pk").annotate(aside=set_aside_opinion()):
        key = (targets[vote.unit_id], vote.question)
        found.setdefault(vote.opinion.inquiry_id, []).append((key, _answer(vote), vote.aside))
    return found


def _heard(given: Sequence[Given]) -> dict[Key, Answer]:
    """Return the answers that are not set aside; all of them where every one is."""
    heard = {key: answer for key, answer, aside in given if not aside}
    return heard or {key: answer for key, answer, _ in given}


def _answer(row: HumanVote | JurorVote) -> Answer:
    return Answer(row.value, tuple(row.categories), row.severity, row.other)
