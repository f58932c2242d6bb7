"""Published coefficients, computed again from raw votes by an independent referee."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from importlib.util import find_spec
from typing import Final, Literal

from annotator.catalog.queries import ProjectView
from annotator.flow.verify_report import Report
from annotator.quality.queries.agreement import agreement
from annotator.quality.queries.categories import categories_forest
from annotator.quality.queries.population import NO, YES, Scope, ballots
from annotator.release.standing import asked_of_people

TOLERANCE: Final = 1e-9
Level = Literal["nominal", "ordinal"]
Counts = Sequence[Sequence[int]]
Referee = Callable[[Counts, Level], float | None]


def check_coefficients(project: ProjectView, book: Report) -> None:
    """Compare nominal and ordinal alpha of each headline, and each category's alpha."""
    judge = referee()
    for target, question in asked_of_people(project):
        scope = Scope(project, target, question)
        found = agreement(project, target=target, question=question, bootstrap=0)
        counts = _counts(scope, scope.values or ())
        levels: tuple[Level, ...] = ("nominal", "ordinal") if scope.ordinal else ("nominal",)
        for level in levels:
            stored = found.document[f"alpha_{level}"]
            name = f"{target}:{question}:alpha_{level}"
            _compare(name, stored, judge(counts, level), book)
    for target in {target: None for target, _ in asked_of_people(project)}:
        _check_categories(project, target, judge, book)


def _check_categories(project: ProjectView, target: str, judge: Referee, book: Report) -> None:
    asking = next((q.key for q in project.questions_for(target) if q.categories), None)
    if asking is None:
        return
    for category in categories_forest(project, target):
        scope = Scope(project, target, asking, category.category)
        computed = judge(_counts(scope, (NO, YES)), "nominal")
        _compare(f"{target}:{category.category}:alpha", category.alpha, computed, book)


def _compare(name: str, stored: object, computed: float | None, book: Report) -> None:
    book.saw("coefficients")
    close = (
        isinstance(stored, float) and computed is not None and abs(stored - computed) <= TOLERANCE
    )
    if not close:
        book.compare("coefficient", name, stored, computed)


def _counts(scope: Scope, values: Sequence[str]) -> list[list[int]]:
    """Return one row a unit: how many voters chose each value, unknown values last."""
    found: Mapping[int, Counter[str]] = defaultdict(Counter)
    for ballot in ballots(scope):
        found[ballot.unit][scope.label(ballot.value, ballot.categories)] += 1
    extra = sorted({label for unit in found.values() for label in unit} - set(values))
    return [[unit[value] for value in (*values, *extra)] for unit in found.values()]


def referee() -> Referee:
    """Return the `krippendorff` package's alpha where it is installed, else the textbook's."""
    return by_package if find_spec("krippendorff") else by_textbook


def by_package(counts: Counts, level: Level) -> float | None:
    """Return alpha as the `krippendorff` package computes it, None where it is undefined."""
    import krippendorff  # noqa: PLC0415 - not needed to run Concord
    import numpy as np  # noqa: PLC0415 - only beside it

    pairable = [unit for unit in counts if sum(unit) >= 2]
    if sum(any(unit[value] for unit in pairable) for value in range(_width(pairable))) < 2:
        return None
    domain = list(range(_width(pairable)))
    return float(
        krippendorff.alpha(
            value_counts=np.array(pairable), value_domain=domain, level_of_measurement=level
        )
    )


def by_textbook(counts: Counts, level: Level) -> float | None:
    """Return alpha from the matrix of coincidences, pair by pair (Krippendorff 2011)."""
    pairable = [unit for unit in counts if sum(unit) >= 2]
    width = _width(pairable)
    together = [[0.0] * width for _ in range(width)]
    for unit in pairable:
        for one in range(width):
            for other in range(width):
                pairs = unit[one] * (unit[other] - (one == other))
                together[one][other] += pairs / (sum(unit) - 1)
    totals = [sum(row) for row in together]
    n = sum(totals)
    if sum(total > 0 for total in totals) < 2:
        return None
    observed = expected = 0.0
    for one in range(width):
        for other in range(one + 1, width):
            between = sum(totals[one : other + 1]) - (totals[one] + totals[other]) / 2
            distance = 1.0 if level == "nominal" else between**2
            observed += together[one][other] * distance
            expected += totals[one] * totals[other] * distance
    return 1 - (n - 1) * observed / expected


def _width(counts: Counts) -> int:
    return len(counts[0]) if counts else 0
