"""What each person's annotations look like beside the others': always with n and interval."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median

from annotator.catalog.queries import ProjectView, members
from annotator.labeling.models import Annotation, Assignment
from annotator.labeling.models import Vote as HumanVote
from annotator.quality.models import Ruling
from annotator.quality.queries.shares import Share
from jury.verdict import Caution, QuestionSchema


@dataclass(frozen=True, slots=True)
class PersonView:
    """A person's work in a project.

    Attributes:
        median_seconds: Of the annotations whose time was measured (`n_timed`).
        team_median_seconds: Of all such annotations of the project, theirs too.
        unsafe: How often they chose unsafe.
        others_unsafe: How often the others did, on the same units.
        agreement: How often they chose what a person's ruling then said, after collapsing needs
            caution as the policy does.
    """

    person_id: int
    name: str
    pseudonym: str
    role: str
    active: bool
    simulated: bool
    annotations: int
    n_timed: int
    median_seconds: float | None
    team_median_seconds: float | None
    unsafe: Share
    others_unsafe: Share
    agreement: Share


@dataclass(slots=True)
class _Sums:
    unsafe: int = 0
    votes: int = 0
    others_unsafe: int = 0
    others: int = 0
    agreed: int = 0
    ruled: int = 0


def people(project: ProjectView) -> tuple[PersonView, ...]:
    """Return everybody who annotated, or may, sorted by name."""
    seconds: dict[int, list[float]] = defaultdict(list)
    annotations: Counter[int] = Counter()
    rows = Annotation.objects.filter(
        assignment__project=project.id,
        assignment__reason__in=Assignment.COUNTING,
        latest=True,
        withdrawn_at__isnull=True,
    )
    for person, spent in rows.values_list("person_id", "seconds").iterator():
        annotations[person] += 1
        if spent is not None:
            seconds[person].append(spent)
    everything = [spent for each in seconds.values() for spent in each]
    sums = _sums(project)
    return tuple(
        PersonView(
            person_id=row.person_id,
            name=row.name,
            pseudonym=row.pseudonym,
            role=row.role,
            active=row.active,
            simulated=row.simulated,
            annotations=annotations[row.person_id],
            n_timed=len(seconds[row.person_id]),
            median_seconds=_median(seconds[row.person_id]),
            team_median_seconds=_median(everything),
            unsafe=Share(mine.unsafe, mine.votes),
            others_unsafe=Share(mine.others_unsafe, mine.others),
            agreement=Share(mine.agreed, mine.ruled),
        )
        for row in members(project.id)
        for mine in (sums.get(row.person_id, _Sums()),)
    )


def _median(values: list[float]) -> float | None:
    return median(values) if values else None


def judging(project: ProjectView) -> QuestionSchema | None:
    """Return the first question whose values tell safe from unsafe, None if none does."""
    return next((q for q in project.questions if q.key_of_shape("unsafe")), None)


def caution_of(project: ProjectView) -> Caution:
    """Return how the project's policy reads needs caution."""
    return "defensive" if project.policy.options.get("caution") == "defensive" else "permissive"


def _sums(project: ProjectView) -> Mapping[int, _Sums]:
    question = judging(project)
    if question is None:
        return {}
    unsafe = question.key_of_shape("unsafe")
    votes = HumanVote.objects.filter(
        unit__item__project=project.id, question=question.key, counts=True
    ).values_list("unit_id", "annotation__person_id", "value")
    all_on: Counter[int] = Counter()
    unsafe_on: Counter[int] = Counter()
    for unit, _, value in votes.iterator():
        all_on[unit] += 1
        if value == unsafe:
            unsafe_on[unit] += 1
    rulings = _rulings(project, question)
    caution = caution_of(project)
    found: dict[int, _Sums] = defaultdict(_Sums)
    for unit, person, value in votes.iterator():
        mine = found[person]
        own = int(value == unsafe)
        mine.votes += 1
        mine.unsafe += own
        mine.others += all_on[unit] - 1
        mine.others_unsafe += unsafe_on[unit] - own
        ruling = rulings.get(unit)
        if ruling is not None:
            mine.ruled += 1
            mine.agreed += question.collapse(value, caution) == ruling
    return found


def _rulings(project: ProjectView, question: QuestionSchema) -> dict[int, str]:
    rows = Ruling.objects.filter(
        unit__item__project=project.id,
        question=question.key,
        current=True,
        source__in=Ruling.HUMAN_SOURCES,
    )
    caution = caution_of(project)
    return {
        unit: question.collapse(value, caution)
        for unit, value in rows.values_list("unit_id", "value")
    }
