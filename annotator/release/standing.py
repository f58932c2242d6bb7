"""Where a project stands before a release: what the gates and the card look at."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Count, Q

from annotator.catalog.queries import ProjectView
from annotator.core.digests import canonical
from annotator.intake.models import Unit
from annotator.labeling.models import Assignment
from annotator.quality.models import Ruling
from annotator.quality.queries.agreement import agreement
from annotator.quality.queries.aside_views import set_asides
from annotator.release.card import Agreement, SetAside
from annotator.release.gates import Alpha, Gate, Standing, evaluate
from jury.policy.registry import load_policy

_ANSWERED_FOR = (*Assignment.COUNTING, Assignment.Reason.ADJUDICATION)


def asked_of_people(project: ProjectView) -> tuple[tuple[str, str], ...]:
    """Return the (target, question) pairs people are asked, in the project's order."""
    policy = load_policy(
        project.policy.name,
        project.policy.options,
        taxonomy=project.taxonomy,
        overlap=project.overlap,
    )
    return tuple(
        (target.key, question.key)
        for target in project.targets
        if target.people
        for question in project.questions_for(target.key)
        if policy.asks_people(target.key, question.key)
    )


def headlines(project: ProjectView) -> tuple[Agreement, ...]:
    """Return the headline agreement wherever people are asked."""
    return tuple(_headlines(project))


def _headlines(project: ProjectView) -> Iterator[Agreement]:
    for target, question in asked_of_people(project):
        found = agreement(project, target=target, question=question)
        yield Agreement(
            target=target,
            question=question,
            coefficient=found.headline,
            value=found.value,
            interval=found.interval,
            reason=found.reason,
            n_units=found.n_units,
            n_votes=found.n_votes,
            percent_agreement=found.percent_agreement,
            population=found.words,
        )


def set_aside_now(project: ProjectView) -> tuple[SetAside, ...]:
    """Return what is set aside, without names or moments of its making, in a fixed order."""
    found = [
        SetAside(
            rater=view.rater,
            kind=view.kind,
            version=view.version,
            given_from=view.given_from.isoformat() if view.given_from else None,
            given_until=view.given_until.isoformat() if view.given_until else None,
            batch=view.batch,
            category=view.category,
            answers=view.answers,
            code=view.code,
        )
        for view in set_asides(project)
        if view.in_force
    ]
    return tuple(
        sorted(found, key=lambda each: (each.kind, each.rater, canonical(each.document())))
    )


def gates(
    project: ProjectView, agreements: tuple[Agreement, ...] | None = None
) -> tuple[Gate, ...]:
    """Return a project's gates as they would be judged now."""
    found = headlines(project) if agreements is None else agreements
    alphas = [Alpha(a.target, a.question, a.value, a.reason, a.n_units) for a in found]
    return evaluate(_standing(project, alphas))


def _standing(project: ProjectView, alphas: list[Alpha]) -> Standing:
    needed = {
        key: len(project.questions_for(key))
        for key in _unit_targets(project)
        if _base(project, key)
    }
    people = set(asked_of_people(project))
    settled = judged = asked = 0
    for target, rulings, human in _rulings(project):
        if rulings < needed.get(target, 0) or not needed.get(target):
            continue
        settled += 1
        base = target.partition(":")[0]
        if all((base, question.key) in people for question in project.questions_for(target)):
            asked += 1
            judged += human == rulings
    return Standing(
        units=_units(project, needed),
        settled=settled,
        people_asked=asked,
        human_judged=judged,
        open_seats=Assignment.objects.filter(
            # Not `in`: each state has an index of its own.
            Q(state=Assignment.State.OPEN) | Q(state=Assignment.State.LEASED),
            project=project.id,
            reason__in=_ANSWERED_FOR,
        ).count(),
        alphas=alphas,
    )


def _base(project: ProjectView, target: str) -> bool:
    return target.partition(":")[0] in {known.key for known in project.targets}


def _unit_targets(project: ProjectView) -> list[str]:
    rows = Unit.objects.filter(item__project=project.id).order_by()
    return list(rows.values_list("target", flat=True).distinct())


def _units(project: ProjectView, needed: dict[str, int]) -> int:
    asked = [target for target, questions in needed.items() if questions]
    return Unit.objects.filter(item__project=project.id, target__in=asked).count()


def _rulings(project: ProjectView) -> Iterator[tuple[str, int, int]]:
    """Yield (target, rulings, those by people) of each unit with a ruling."""
    rows = Ruling.objects.filter(
        unit__item__project=project.id,
        current=True,
        question__in=[question.key for question in project.questions],
    )
    counted = rows.values("unit_id", "unit__target").annotate(
        n=Count("pk"), human=Count("pk", filter=Q(source__in=Ruling.HUMAN_SOURCES))
    )
    for row in counted.order_by():
        yield row["unit__target"], row["n"], row["human"]
