"""Who agrees with whom, computed again from raw votes: for `verify`."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from itertools import combinations

from annotator.flow.verify_plain import cohen, mean
from annotator.flow.verify_report import Report
from annotator.quality.patterns import VERDICT
from annotator.quality.queries.population import RaterNames, Scope, ballots
from annotator.quality.queries.raters import rater_figures
from jury.agreement.kappa import TOO_MANY

Answer = tuple[str, tuple[str, ...]]
Together = Mapping[tuple[str, str], Counter[tuple[Answer, Answer]]]
"""For each two raters, how often they gave which two answers to one unit."""


def check_raters(scope: Scope, levels: Collection[str], book: Report) -> None:
    """Compare Cohen's kappa of each two raters, and its mean at every level, with the votes."""
    together = _together(scope)
    if not together:
        return
    figures = rater_figures(scope, levels)
    where = f"{scope.target}:{scope.question}"
    for pair in figures.matrix:
        kappa = cohen(_at(scope, VERDICT, together[pair.first, pair.second]))
        name = f"{where}:{VERDICT}:{scope.population}:cohen_kappa.{pair.first}~{pair.second}"
        book.close("coefficient", name, pair.kappa.value, kappa)
    for level, here in figures.levels.items():
        if here.cohen.reason == TOO_MANY:
            continue
        computed, pairs = mean([cohen(_at(scope, level, each)) for each in together.values()])
        name = f"{where}:{level}:{scope.population}:cohen_kappa"
        book.close("coefficient", f"{name}.mean", here.cohen.value, computed)
        book.close("coefficient", f"{name}.pairs", here.pairs, pairs)


def _together(scope: Scope) -> Together:
    units: dict[int, list[tuple[tuple[str, int], Answer]]] = defaultdict(list)
    for ballot in ballots(scope):
        said = (ballot.value, tuple(ballot.categories))
        units[ballot.unit].append(((ballot.kind, ballot.rater), said))
    found: dict[tuple[str, str], Counter[tuple[Answer, Answer]]] = defaultdict(Counter)
    if not units:
        return found
    names = RaterNames(scope)
    for given in units.values():
        named = sorted((names.of(*rater), said) for rater, said in given)
        for (one, mine), (other, theirs) in combinations(named, 2):
            if one != other:
                found[one, other][mine, theirs] += 1
    return found


def _at(
    scope: Scope, level: str, answers: Counter[tuple[Answer, Answer]]
) -> Counter[tuple[str, str]]:
    """Return how often two raters gave which two labels of a level."""
    here = Scope(scope.project, scope.target, scope.question, level, scope.population)
    found: Counter[tuple[str, str]] = Counter()
    for ((one, mine), (other, theirs)), times in answers.items():
        found[here.label(one, list(mine)), here.label(other, list(theirs))] += times
    return found
