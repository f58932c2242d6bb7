"""Published coefficients, computed again from raw votes by an independent referee."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Final, cast

from annotator.catalog.queries import ProjectView
from annotator.flow.verify_alpha import Counts, Level, Parents, Referee, distances, referee
from annotator.flow.verify_cohen import check_raters
from annotator.flow.verify_plain import PLAIN, kappa_between
from annotator.flow.verify_plain import Said as Group
from annotator.flow.verify_report import Report
from annotator.quality.patterns import FINE, FIRST_PASS, JUROR, SETS, SUMS, VERDICT
from annotator.quality.queries.agreement import agreement
from annotator.quality.queries.counted import Patterns, Table, lens_of, patterns
from annotator.quality.queries.population import POPULATIONS, Scope, ballots
from annotator.quality.queries.stored import EmptyShelf

SEPARATOR: Final = "|"
Pair = tuple[object, object]
"""A figure as it is published, and as the referee has it."""
Said = Mapping[int, Counter[tuple[str, tuple[str, ...]]]]
"""For each unit, how many gave which answer."""
Labeled = Mapping[int, Counter[str]]
"""For each unit, how many gave which label."""


def check_coefficients(project: ProjectView, book: Report) -> None:
    """Compare the agreement of every population and level with the votes.

    That is all a document of agreement holds but its intervals, which are drawn at random; and what
    needs to know who said what, Cohen's kappa of each two raters.
    """
    judge = referee()
    for target in project.targets:
        for question in project.questions_for(target.key):
            lens = lens_of(project, question.key)
            if lens is not None:
                scope = Scope(project, target.key, question.key)
                _Question(scope, lens.levels, _remembering(judge)).check(book)
                for population in POPULATIONS:
                    here = Scope(project, target.key, question.key, VERDICT, population)
                    check_raters(here, lens.levels, book)


def _remembering(judge: Referee) -> Referee:
    """Return a referee that computes once what many levels share: most categories are rarely chosen."""

    @cache
    def once(
        alike: frozenset[tuple[tuple[int, ...], int]],
        level: Level,
        values: tuple[str, ...],
        parents: tuple[tuple[str, str], ...],
    ) -> float | None:
        counts = [counts for counts, n in sorted(alike) for _ in range(n)]
        return judge(counts, level, values, dict(parents))

    def remembered(
        counts: Counts, level: Level, values: Sequence[str], parents: Parents
    ) -> float | None:
        alike = frozenset(_alike(counts).items())
        return once(alike, level, tuple(values), tuple(sorted(parents.items())))

    return remembered


@dataclass
class _Question:
    """What is published of a question about a target: its counts are read once for all figures."""

    scope: Scope
    levels: Collection[str]
    judge: Referee
    counted: Mapping[Table, Patterns] = field(init=False)
    summed: Mapping[Table, Patterns] = field(init=False)
    said: Mapping[str, Said] = field(init=False)

    def check(self, book: Report) -> None:
        """Compare every population and level; what looks the same at two of them, once."""
        where = (self.scope.project, self.scope.target, self.scope.question)
        summed = [SUMS + level for level in self.levels if level in SETS]
        self.counted = patterns(*where, populations=POPULATIONS, levels=self.levels)
        self.summed = patterns(*where, populations=POPULATIONS, levels=summed)
        self.said = {
            population: _said(Scope(*where, VERDICT, population)) for population in POPULATIONS
        }
        for population in POPULATIONS:
            known: dict[object, Mapping[str, Pair]] = {}
            for level in self.levels if self.said[population] else ():
                here = Scope(*where, level, population)
                labeled = _Labels.of(here, self.said)
                look = (_look(here, {**self.counted, **self.summed}), labeled.look)
                if look not in known:
                    known[look] = dict(self._published(here, labeled))
                for name, (stored, computed) in known[look].items():
                    book.close("coefficient", f"{_name(here)}:{name}", stored, computed)

    def _published(self, here: Scope, labeled: _Labels) -> Iterator[tuple[str, Pair]]:
        """Yield what is published of a scope; sets are looked at by patterns and by sums."""
        yield from self._figures(here, labeled, self.counted)
        if here.level in SETS:
            for name, pair in self._figures(here, labeled, self.summed):
                yield f"{name} by sums", pair

    def _figures(
        self, here: Scope, labeled: _Labels, counted: Mapping[Table, Patterns]
    ) -> Iterator[tuple[str, Pair]]:
        """Yield what a scope's document says, beside what its votes say."""
        document = agreement(
            here.project,
            target=here.target,
            question=here.question,
            level=here.level,
            population=here.population,
            bootstrap=0,
            shelf=EmptyShelf(),
            counted=counted,
        ).document
        counts, values = labeled.counts, labeled.values
        yield "units", (document["units"], sum(sum(unit) > 1 for unit in counts))
        for level in _alphas(here):
            alpha = self.judge(counts, level, values, _parents(here))
            yield f"alpha_{level}", (document[f"alpha_{level}"], alpha)
        for name, compute in PLAIN.items():
            yield name, (document[name], compute(_alike(counts)))
        yield from _shares(document, counts, values)
        yield from self._categories(here, document, labeled)
        yield from self._kinds(here, document, labeled)

    def _categories(
        self, here: Scope, document: Mapping[str, object], labeled: _Labels
    ) -> Iterator[tuple[str, Pair]]:
        """Yield each value, or member of sets, against the rest."""
        published = cast("Mapping[str, Mapping[str, object]]", document["per_category"])
        of_sets = here.level in SETS
        members = [value.split(SEPARATOR) if of_sets else [value] for value in labeled.values]
        for name in sorted({*published, *(each for group in members for each in group)}):
            two = []
            for unit in labeled.counts:
                chosen = sum(n for n, mine in zip(unit, members, strict=True) if name in mine)
                two.append((sum(unit) - chosen, chosen))
            alpha = self.judge(two, "nominal", ("rest", "this"), {})
            stored = published[name]["alpha"] if name in published else None
            yield f"per_category.{name}.alpha", (stored, alpha)

    def _kinds(
        self, here: Scope, document: Mapping[str, object], labeled: _Labels
    ) -> Iterator[tuple[str, Pair]]:
        """Yield how people agree, how jurors do, and how the ones with the others."""
        published = cast("Mapping[str, object]", document["by_kind"])
        level: Level = "masi" if here.level in SETS else "nominal"
        names = sorted({name for both in labeled.kinds for said in both for name, _ in said})
        for which, kind in enumerate(("human", "juror")):
            counts = [
                [dict(both[which]).get(name, 0) for name in names]
                for both, n in labeled.kinds.items()
                for _ in range(n)
            ]
            yield f"by_kind.{kind}", (published[kind], self.judge(counts, level, names, {}))
        place = {name: number for number, name in enumerate(names)}
        apart = distances(names, level)
        kappa = kappa_between(labeled.kinds, lambda one, other: apart[place[one]][place[other]])
        yield "by_kind.human_juror", (published["human_juror"], kappa)


@dataclass(frozen=True)
class _Labels:
    """What the votes of a scope say.

    Attributes:
        counts: A row a unit: how many chose each value.
        values: The values, unknown ones last.
        kinds: On how many units people's first votes and jurors' say what.
    """

    counts: Counts
    values: Sequence[str]
    kinds: Mapping[tuple[Group, Group], int]

    @classmethod
    def of(cls, scope: Scope, said: Mapping[str, Said]) -> _Labels:
        """Return the labels of a scope; `said` is what every population answered."""
        labeled = _labeled(scope, said[scope.population])
        known = scope.values or ()
        met = {label for labels in labeled.values() for label in labels}
        values = (*known, *sorted(met - set(known)))
        counts = [[labels[value] for value in values] for labels in labeled.values()]
        people, jurors = (_labeled(scope, said[kind]) for kind in (FIRST_PASS, JUROR))
        nothing: Counter[str] = Counter()
        kinds = Counter(
            (_group(people.get(unit, nothing)), _group(jurors.get(unit, nothing)))
            for unit in people.keys() | jurors.keys()
        )
        return cls(counts, values, kinds)

    @property
    def look(self) -> object:
        """All that figures are made of here; equal where they are equal."""
        alike = frozenset(_alike(self.counts).items())
        return tuple(self.values), alike, frozenset(self.kinds.items())


def _name(scope: Scope) -> str:
    return f"{scope.target}:{scope.question}:{scope.level}:{scope.population}"


def _look(scope: Scope, counted: Mapping[Table, Patterns]) -> object:
    """Return all that a scope's figures are made of: its kind of labels, and what is counted."""
    kind = scope.level if scope.level in {VERDICT, *SETS} else ""
    read = [
        counted.get((each, level))
        for each in POPULATIONS
        for level in (scope.level, SUMS + scope.level)
    ]
    return kind, *(frozenset(each.items()) for each in read if each is not None)


def _alike(counts: Counts) -> Counter[tuple[int, ...]]:
    return Counter(map(tuple, counts))


def _alphas(scope: Scope) -> tuple[Level, ...]:
    """Return the distances that make sense for a scope's labels; none of them is between numbers."""
    if scope.level in SETS:
        sets: tuple[Level, ...] = ("nominal", "masi", "jaccard")
        return (*sets, "tree") if scope.level == FINE else sets
    return ("nominal", "ordinal") if scope.ordinal else ("nominal",)


def _parents(scope: Scope) -> dict[str, str]:
    return {each.id: each.parent for each in scope.project.taxonomy.categories if each.parent}


def _shares(
    document: Mapping[str, object], counts: Counts, values: Sequence[str]
) -> Iterator[tuple[str, Pair]]:
    """Yield how many labels there are, and the share of each."""
    chosen = [sum(column) for column in zip(*counts, strict=True)]
    yield "labels", (document["labels"], sum(chosen))
    published = cast("Mapping[str, float]", document["prevalence"])
    shares = {value: n / sum(chosen) for value, n in zip(values, chosen, strict=True) if n}
    for value in sorted({*published, *shares}):
        yield f"prevalence.{value}", (published.get(value), shares.get(value))


def _said(scope: Scope) -> Said:
    found: dict[int, Counter[tuple[str, tuple[str, ...]]]] = defaultdict(Counter)
    for ballot in ballots(scope):
        found[ballot.unit][ballot.value, tuple(ballot.categories)] += 1
    return found


def _labeled(scope: Scope, said: Said) -> Labeled:
    found: dict[int, Counter[str]] = {}
    for unit, answers in said.items():
        labels: Counter[str] = Counter()
        for (value, categories), n in answers.items():
            labels[scope.label(value, list(categories))] += n
        found[unit] = labels
    return found


def _group(labels: Counter[str]) -> Group:
    return tuple(sorted(labels.items()))
