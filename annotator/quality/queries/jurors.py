"""How each juror stands: against people's majority only, never against rulings it took part in."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from statistics import median

from django.db.models import Count, Q, Sum

from annotator.catalog.queries import ProjectView
from annotator.labeling.models import Vote as HumanVote
from annotator.panel.models import Call, Inquiry, Juror
from annotator.panel.models import Vote as JurorVote
from annotator.quality.queries.pair import Comparison, compare
from annotator.quality.queries.people import caution_of, judging
from annotator.quality.queries.population import on_target
from annotator.quality.queries.shares import Share
from jury.verdict import QuestionSchema

REFERENCE = (
    "Majority of people's first votes, made blind on a number of seats fixed before; ties are left "
    "out. Needs caution is read as the policy reads it."
)


@dataclass(frozen=True, slots=True)
class JurorView:
    """A juror's record in a project.

    Attributes:
        states: Inquiries by state: queued, leased, given, abstained, failed.
        comparison: Against people's majority, see `REFERENCE`.
        flipped: Units whose verdict changed when an injected sentence was taken out, of those
            that were tried.
        cost: Of its calls of known price; `unpriced` counts the others.
        median_seconds: Of its answered calls, None without any.
    """

    name: str
    model: str
    family: str
    dialect: str
    active: bool
    paused_reason: str
    states: Mapping[str, int]
    comparison: Comparison
    flipped: Share
    cost: float
    unpriced: int
    calls: int
    median_seconds: float | None


@dataclass(frozen=True, slots=True)
class JurorPair:
    """Two jurors on the units both judged."""

    first: str
    second: str
    comparison: Comparison


def jurors(project: ProjectView, *, target: str | None = None) -> tuple[JurorView, ...]:
    """Return a project's jurors by name; `target` restricts the comparison with people."""
    question = judging(project)
    reference = _reference(project, question, target)
    votes = _votes(project, question, target)
    states = _states(project)
    flips = _flips(project, question)
    calls = _calls(project)
    seconds = _seconds(project)
    found = []
    for row in Juror.objects.filter(project=project.id).order_by("name"):
        given = votes.get(row.pk, {})
        paid, unpriced, many = calls.get(row.pk, (0.0, 0, 0))
        found.append(
            JurorView(
                name=row.name,
                model=row.model,
                family=row.family,
                dialect=row.dialect,
                active=row.active,
                paused_reason=row.paused_reason,
                states={state.value: states[row.pk, state.value] for state in Inquiry.State},
                comparison=compare(
                    (reference[unit], value) for unit, value in given.items() if unit in reference
                ),
                flipped=flips.get(row.pk, Share(0, 0)),
                cost=paid,
                unpriced=unpriced,
                calls=many,
                median_seconds=median(seconds[row.pk]) if row.pk in seconds else None,
            )
        )
    return tuple(found)


def juror_agreement(project: ProjectView, *, target: str | None = None) -> tuple[JurorPair, ...]:
    """Return how every two jurors agree with each other, by name."""
    votes = _votes(project, judging(project), target)
    names = dict(
        Juror.objects.filter(project=project.id).order_by("name").values_list("pk", "name")
    )
    return tuple(
        JurorPair(
            first=names[one],
            second=names[other],
            comparison=compare(
                (value, votes[other][unit])
                for unit, value in votes.get(one, {}).items()
                if unit in votes.get(other, {})
            ),
        )
        for one, other in combinations(names, 2)
    )


def _target(target: str | None) -> Q:
    return on_target(target) if target else Q()


def _reference(
    project: ProjectView, question: QuestionSchema | None, target: str | None
) -> dict[int, str]:
    """Return, per unit, the value more than half of its first voters chose."""
    if question is None:
        return {}
    caution = caution_of(project)
    rows = HumanVote.objects.filter(
        _target(target),
        unit__item__project=project.id,
        question=question.key,
        population=HumanVote.Population.FIRST_PASS,
    )
    counted: dict[int, Counter[str]] = defaultdict(Counter)
    grouped = rows.values_list("unit_id", "value").annotate(n=Count("pk")).order_by()
    for unit, value, n in grouped.iterator():
        counted[unit][question.collapse(value, caution)] += n
    return dict(_majorities(counted))


def _majorities(counted: Mapping[int, Counter[str]]) -> Iterator[tuple[int, str]]:
    for unit, counts in counted.items():
        value, n = counts.most_common(1)[0]
        if 2 * n > counts.total():
            yield unit, value


def _votes(
    project: ProjectView, question: QuestionSchema | None, target: str | None
) -> dict[int, dict[int, str]]:
    """Return each juror's counting value by unit."""
    if question is None:
        return {}
    caution = caution_of(project)
    rows = JurorVote.objects.filter(
        _target(target), unit__item__project=project.id, question=question.key, counts=True
    ).order_by("pk")
    found: dict[int, dict[int, str]] = defaultdict(dict)
    for juror, unit, value in rows.values_list(
        "opinion__inquiry__juror_version__juror_id", "unit_id", "value"
    ).iterator():
        found[juror][unit] = question.collapse(value, caution)
    return found


def _states(project: ProjectView) -> Counter[tuple[int, str]]:
    rows = Inquiry.objects.filter(project=project.id, purpose=Inquiry.Purpose.PANEL)
    grouped = rows.values_list("juror_version__juror_id", "state").annotate(n=Count("pk"))
    return Counter({(juror, state): n for juror, state, n in grouped.order_by()})


def _flips(project: ProjectView, question: QuestionSchema | None) -> dict[int, Share]:
    """Return per juror how often its verdict differs between an item and its canary."""
    if question is None:
        return {}
    rows = JurorVote.objects.filter(
        unit__item__project=project.id,
        question=question.key,
        opinion__inquiry__purpose__in=(Inquiry.Purpose.CANARY, Inquiry.Purpose.PANEL),
    )
    tried = rows.filter(opinion__inquiry__purpose=Inquiry.Purpose.CANARY).values("unit_id")
    values: dict[tuple[int, int, int], dict[str, str]] = defaultdict(dict)
    for juror, version, unit, purpose, value in rows.filter(unit__in=tried).values_list(
        "opinion__inquiry__juror_version__juror_id",
        "opinion__inquiry__juror_version_id",
        "unit_id",
        "opinion__inquiry__purpose",
        "value",
    ):
        values[juror, version, unit][purpose] = value
    both: Counter[int] = Counter()
    changed: Counter[int] = Counter()
    for (juror, _, _), found in values.items():
        if len(found) == 2:
            both[juror] += 1
            changed[juror] += len(set(found.values())) == 2
    return {juror: Share(changed[juror], n) for juror, n in both.items()}


def _calls(project: ProjectView) -> dict[int, tuple[float, int, int]]:
    """Return per juror: known cost, calls without a price, calls."""
    rows = (
        Call.objects.filter(inquiry__project=project.id)
        .values_list("inquiry__juror_version__juror_id")
        .annotate(
            paid=Sum("cost"),
            unpriced=Count("pk", filter=Q(cost__isnull=True)),
            many=Count("pk"),
        )
        .order_by()
    )
    return {juror: (float(paid or 0.0), unpriced, many) for juror, paid, unpriced, many in rows}


def _seconds(project: ProjectView) -> dict[int, list[float]]:
    rows = Call.objects.filter(inquiry__project=project.id, status=200)
    found: dict[int, list[float]] = defaultdict(list)
    for juror, seconds in rows.values_list(
        "inquiry__juror_version__juror_id", "seconds"
    ).iterator():
        found[juror].append(seconds)
    return found
