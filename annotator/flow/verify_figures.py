"""Published coefficients, computed again from raw votes by an independent referee."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from importlib.util import find_spec
from typing import Any, Final, Literal

from annotator.catalog.queries import ProjectView
from annotator.flow.verify_plain import PLAIN
from annotator.flow.verify_report import Report
from annotator.quality.patterns import VERDICT
from annotator.quality.queries.agreement import agreement
from annotator.quality.queries.counted import Patterns, Table, lens_of, patterns
from annotator.quality.queries.population import POPULATIONS, SETS, Scope, ballots
from annotator.quality.queries.stored import EmptyShelf

TOLERANCE: Final = 1e-9
Level = Literal["nominal", "ordinal", "masi", "jaccard"]
Counts = Sequence[Sequence[int]]
Referee = Callable[[Counts, Level, Sequence[str]], float | None]
Pair = tuple[object, float | None]
"""A coefficient as it is published, and as the referee has it."""
Said = Mapping[int, Counter[tuple[str, tuple[str, ...]]]]
"""For each unit, how many gave which answer."""


def check_coefficients(project: ProjectView, book: Report) -> None:
    """Compare alphas, percent agreement, AC1 and Fleiss of every population and level with the votes."""
    judge = referee()
    for target in project.targets:
        for question in project.questions_for(target.key):
            lens = lens_of(project, question.key)
            if lens is not None:
                _check_question(project, target.key, question.key, lens.levels, judge, book)


def _check_question(
    project: ProjectView,
    target: str,
    question: str,
    levels: Sequence[str],
    judge: Referee,
    book: Report,
) -> None:
    """Compare what is published of a question: its counts are read once for all that show them.

    Most categories are chosen by nobody: what looks the same at two of them is computed once.
    """
    counted = patterns(project, target, question, populations=POPULATIONS, levels=levels)
    for population in POPULATIONS:
        said = _said(Scope(project, target, question, VERDICT, population))
        known: dict[object, Mapping[str, Pair]] = {}
        for level in levels if said else ():
            here = Scope(project, target, question, level, population)
            counts, values = _counts(here, said)
            alike = _alike(counts)
            look = (_look(here, counted), tuple(values), frozenset(alike.items()))
            if look not in known:
                document = agreement(
                    project,
                    target=target,
                    question=question,
                    level=level,
                    population=population,
                    bootstrap=0,
                    shelf=EmptyShelf(),
                    counted=counted,
                ).document
                alphas = {
                    f"alpha_{kind}": (document[f"alpha_{kind}"], judge(counts, kind, values))
                    for kind in _alphas(here)
                }
                plain = {name: (document[name], compute(alike)) for name, compute in PLAIN.items()}
                known[look] = alphas | plain
            for name, (stored, computed) in known[look].items():
                _compare(f"{target}:{question}:{level}:{population}:{name}", stored, computed, book)


def _look(scope: Scope, counted: Mapping[Table, Patterns]) -> object:
    """Return all that a scope's figures are made of: its kind of labels, and what is counted."""
    kind = scope.level if scope.level in {VERDICT, *SETS} else ""
    return kind, *(frozenset(counted[each, scope.level].items()) for each in POPULATIONS)


def _alike(counts: Counts) -> Counter[tuple[int, ...]]:
    return Counter(map(tuple, counts))


def _alphas(scope: Scope) -> tuple[Level, ...]:
    if scope.level in SETS:
        return ("nominal", "masi", "jaccard")
    return ("nominal", "ordinal") if scope.ordinal else ("nominal",)


def _compare(name: str, stored: object, computed: float | None, book: Report) -> None:
    book.saw("coefficients")
    close = (
        isinstance(stored, float) and computed is not None and abs(stored - computed) <= TOLERANCE
    )
    if not close:
        book.compare("coefficient", name, stored, computed)


def _said(scope: Scope) -> Said:
    found: dict[int, Counter[tuple[str, tuple[str, ...]]]] = defaultdict(Counter)
    for ballot in ballots(scope):
        found[ballot.unit][ballot.value, tuple(ballot.categories)] += 1
    return found


def _counts(scope: Scope, said: Said) -> tuple[list[list[int]], list[str]]:
    """Return one row a unit: how many chose each value, unknown values last; and the values."""
    labeled = []
    for unit in said.values():
        labels: Counter[str] = Counter()
        for (value, categories), n in unit.items():
            labels[scope.label(value, list(categories))] += n
        labeled.append(labels)
    known = scope.values or ()
    values = [*known, *sorted({label for labels in labeled for label in labels} - set(known))]
    return [[labels[value] for value in values] for labels in labeled], values


def referee() -> Referee:
    """Return the `krippendorff` package's alpha where it is installed, else the textbook's."""
    return by_package if find_spec("krippendorff") else by_textbook


def by_package(counts: Counts, level: Level, values: Sequence[str] = ()) -> float | None:
    """Return alpha as the `krippendorff` package computes it, None where it is undefined.

    `values` name the columns; only distances between sets look at them.
    """
    import krippendorff  # noqa: PLC0415 - not needed to run Concord
    import numpy as np  # noqa: PLC0415 - only beside it

    pairable = [unit for unit in counts if sum(unit) >= 2]
    if sum(any(unit[value] for unit in pairable) for value in range(_width(pairable))) < 2:
        return None
    measure: Any = level
    if level in {"masi", "jaccard"}:
        between = np.array(_distances(values, level))

        def measure(v1: Any, v2: Any, i1: Any, i2: Any, **_: Any) -> Any:  # noqa: ANN401 - arrays
            return between[i1, i2]

    return float(
        krippendorff.alpha(
            value_counts=np.array(pairable),
            value_domain=list(range(_width(pairable))),
            level_of_measurement=measure,
        )
    )


def by_textbook(counts: Counts, level: Level, values: Sequence[str] = ()) -> float | None:
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
    sets = _distances(values, level) if level in {"masi", "jaccard"} else []
    observed = expected = 0.0
    for one in range(width):
        for other in range(one + 1, width):
            between = sum(totals[one : other + 1]) - (totals[one] + totals[other]) / 2
            ranks = between**2 if level == "ordinal" else 1.0
            distance = sets[one][other] if sets else ranks
            observed += together[one][other] * distance
            expected += totals[one] * totals[other] * distance
    return 1 - (n - 1) * observed / expected


def _distances(values: Sequence[str], level: Level) -> list[list[float]]:
    """Return the distances between sets, by the definitions (Passonneau 2006)."""
    sets = [frozenset(value.split("|")) for value in values]
    return [[_distance(one, other, level) for other in sets] for one in sets]


def _distance(one: frozenset[str], other: frozenset[str], level: Level) -> float:
    jaccard = len(one & other) / len(one | other)
    if level == "jaccard":
        return 1 - jaccard
    if one == other:
        return 0.0
    if one <= other or other <= one:
        return 1 - jaccard * 2 / 3
    return 1 - jaccard / 3 if one & other else 1.0


def _width(counts: Counts) -> int:
    return len(counts[0]) if counts else 0
