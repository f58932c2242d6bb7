"""Agreement without distances, from the definitions and in plain arithmetic: for `verify`.

Written apart from :mod:`jury.agreement`, so that a mistake there is not made here too.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Final

Units = Mapping[tuple[int, ...], int]
"""How many units show which counts of labels by value."""


def percent_agreement(units: Units) -> float | None:
    """Return the mean over units of the share of agreeing pairs; None without a pair."""
    found = _agreement(units)
    return None if found is None else float(found)


def ac1(units: Units) -> float | None:
    """Return Gwet's AC1 (2008); None where fewer than two values occur."""
    agreed = _agreement(units)
    pairable = {counts: n for counts, n in units.items() if sum(counts) > 1}
    if agreed is None:
        return None
    many = sum(pairable.values())
    sums: dict[int, Fraction] = defaultdict(Fraction)
    for counts, n in pairable.items():
        labels = sum(counts)
        for value, each in enumerate(counts):
            if each:
                sums[value] += Fraction(n * each, labels)
    occurring = [each / many for each in sums.values()]
    if len(occurring) < 2:
        return None
    chance = sum(share * (1 - share) for share in occurring) / (len(occurring) - 1)
    return float((agreed - chance) / (1 - chance))


def fleiss_kappa(units: Units) -> float | None:
    """Return Fleiss' kappa (1971) over units of the commonest number of labels, the larger of equals."""
    sizes: Counter[int] = Counter()
    for counts, n in units.items():
        if sum(counts) > 1:
            sizes[sum(counts)] += n
    if not sizes:
        return None
    size = max(sizes, key=lambda each: (sizes[each], each))
    chosen = {counts: n for counts, n in units.items() if sum(counts) == size}
    labels = size * sizes[size]
    chosen_by_value = [sum(n * each for n, each in column) for column in _columns(chosen)]
    shares = [Fraction(each, labels) for each in chosen_by_value if each]
    if len(shares) < 2:
        return None
    chance = sum(share**2 for share in shares)
    agreed = _agreement(chosen) or Fraction(0)
    return float((agreed - chance) / (1 - chance))


Said = tuple[tuple[str, int], ...]
"""How many of some raters gave a unit each value."""


def kappa_between(
    units: Mapping[tuple[Said, Said], int], unlike: Callable[[str, str], float]
) -> float | None:
    """Return Schouten's kappa (1982) between two groups of raters; None where it is undefined.

    Args:
        units: On how many units the one and the other group said what.
        unlike: How far two values are apart, 0 to 1.
    """
    both = {said: n for said, n in units.items() if all(said)}
    many = sum(both.values())
    alike = 0.0
    margins: tuple[dict[str, float], dict[str, float]] = (defaultdict(float), defaultdict(float))
    for groups, units_alike in both.items():
        for margin, said in zip(margins, groups, strict=True):
            labels = sum(n for _, n in said)
            for value, n in said:
                margin[value] += units_alike * n / labels / many
        alike += units_alike * _alike(*groups, unlike) / many
    if len({*margins[0], *margins[1]}) < 2:
        return None
    chance = sum(
        p * q * (1 - unlike(one, other))
        for one, p in margins[0].items()
        for other, q in margins[1].items()
    )
    return (alike - chance) / (1 - chance)


def _alike(first: Said, second: Said, unlike: Callable[[str, str], float]) -> float:
    """Return the mean likeness of all pairs across two groups."""
    pairs = sum(n for _, n in first) * sum(n for _, n in second)
    return sum(n * m * (1 - unlike(one, other)) for one, n in first for other, m in second) / pairs


def cohen(together: Mapping[tuple[str, str], int]) -> float | None:
    """Return Cohen's kappa (1960) of how often two raters gave which two values; None if undefined."""
    n = sum(together.values())
    margins: tuple[Counter[str], Counter[str]] = (Counter(), Counter())
    for pair, times in together.items():
        for margin, value in zip(margins, pair, strict=True):
            margin[value] += times
    if len({*margins[0], *margins[1]}) < 2:
        return None
    same = Fraction(sum(times for (one, other), times in together.items() if one == other), n)
    chance = Fraction(sum(times * margins[1][value] for value, times in margins[0].items()), n * n)
    return float((same - chance) / (1 - chance))


def mean(kappas: Sequence[float | None]) -> tuple[float | None, int]:
    """Return the mean of the kappas that are defined, and how many are."""
    defined = [each for each in kappas if each is not None]
    return (sum(defined) / len(defined) if defined else None), len(defined)


PLAIN: Final[Mapping[str, Callable[[Units], float | None]]] = {
    "percent_agreement": percent_agreement,
    "ac1": ac1,
    "fleiss_kappa": fleiss_kappa,
}


def _agreement(units: Units) -> Fraction | None:
    pairs = Fraction(0)
    many = 0
    for counts, n in units.items():
        labels = sum(counts)
        if labels > 1:
            agreeing = sum(each * (each - 1) for each in counts)
            pairs += n * Fraction(agreeing, labels * (labels - 1))
            many += n
    return pairs / many if many else None


def _columns(units: Units) -> list[list[tuple[int, int]]]:
    """Return for each value the (units, labels) of the patterns."""
    width = len(next(iter(units), ()))
    return [[(n, counts[value]) for counts, n in units.items()] for value in range(width)]
