"""Agreement on a question about a target: the figures that the statistics command prints too.

They come from counts of patterns, so that their cost is that of the patterns, not of the votes.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, cast

from annotator.catalog.queries import ProjectView
from annotator.core import dbtime
from annotator.quality.patterns import FIRST_PASS, HUMAN_JUROR, JUROR, SEPARATOR, SETS, SUMS
from annotator.quality.queries.counted import Patterns, Table, patterns
from annotator.quality.queries.figures import of_raters
from annotator.quality.queries.headline import headline_name, parents_of
from annotator.quality.queries.intervals import NOBODY, SetIntervals, drawn_beside, of_intervals
from annotator.quality.queries.population import POPULATIONS, WORDS, Population, Scope
from annotator.quality.queries.raters import LevelFigures, RaterFigures
from annotator.quality.queries.stored import Dated, EmptyShelf, Shelf
from annotator.quality.queries.tables import beside, table_at
from annotator.quality.queries.votes import command
from jury.agreement.kinds import kinds_of
from jury.agreement.report import NO_DRAWS, Raters, table_report
from jury.agreement.statistic import Coefficient

BOOTSTRAP: Final = 1000
NOT_YET: Final = "not computed yet: it needs a pass over all votes, made beside the requests"
NOT_DRAWN: Final = "not drawn yet: the patterns of sets are resampled beside the requests"


@dataclass(frozen=True, slots=True)
class AgreementView:
    """A scope's agreement.

    Attributes:
        document: The object of the statistics commands: every coefficient, None with a reason.
            Its `by_kind` alone is over people's first votes and jurors, whatever the population.
        headline: Which coefficient is the scope's headline: ordinal alpha where the values have
            an order, MASI alpha for sets, else nominal alpha.
        words: The population, in a sentence.
        command: Prints the same figures from the scope's votes file.
        as_of: When the votes were counted: now.
        intervals_as_of: When the intervals were drawn: now, but of large tables of sets; None while
            those never were.
        figures: What needs to know who said what.
        figures_as_of: When that was computed, None while it never was.
    """

    target: str
    question: str
    level: str
    population: Population
    document: Mapping[str, object] = field(repr=False)
    headline: str
    words: str
    command: str
    as_of: datetime
    intervals_as_of: datetime | None
    figures: RaterFigures | None = field(repr=False)
    figures_as_of: datetime | None

    @property
    def value(self) -> float | None:
        """The headline coefficient, None where undefined."""
        return cast("float | None", self.document[self.headline])

    @property
    def reason(self) -> str:
        """Why the headline is undefined; empty otherwise."""
        reasons = cast("Mapping[str, str]", self.document["reason"])
        return reasons.get(self.headline, "")

    @property
    def interval(self) -> tuple[float, float] | None:
        """The headline's 95 % bootstrap interval."""
        found = cast("Mapping[str, list[float] | None]", self.document["ci95"]).get(self.headline)
        return (found[0], found[1]) if found else None

    @property
    def intervals_apart(self) -> bool:
        """Whether the intervals are of another moment than the values, or not there yet."""
        return self.intervals_as_of != self.as_of

    @property
    def n_units(self) -> int:
        """Units with two labels or more."""
        return cast("int", self.document["units"])

    @property
    def n_votes(self) -> int:
        """Labels of the scope."""
        return cast("int", self.document["labels"])

    @property
    def raters(self) -> int | None:
        """How many people or jurors gave them; None while nobody counted."""
        return cast("int | None", self.document["raters"])

    @property
    def percent_agreement(self) -> float | None:
        """Mean over units of the share of agreeing pairs."""
        return cast("float | None", self.document["percent_agreement"])

    @property
    def ac1(self) -> float | None:
        """Gwet's AC1."""
        return cast("float | None", self.document["ac1"])

    @property
    def prevalence(self) -> Mapping[str, float]:
        """Share of each value among the labels."""
        return cast("Mapping[str, float]", self.document["prevalence"])

    @property
    def at_level(self) -> LevelFigures | None:
        """What needs to know who said what, at this level."""
        return self.figures.levels.get(self.level) if self.figures else None


def agreement(  # noqa: PLR0913 - a scope, each part of it by name
    project: ProjectView,
    *,
    target: str,
    question: str = "safety",
    level: str = "verdict",
    population: Population = "first_pass",
    bootstrap: int = BOOTSTRAP,
    seed: int = 0,
    shelf: Shelf | EmptyShelf | None = None,
    counted: Mapping[Table, Patterns] | None = None,
) -> AgreementView:
    """Return the agreement on a question about a target.

    Args:
        project: The project.
        target: A target of the project; `turn` takes all turns together.
        question: A question of the project.
        level: `verdict`, `core`, `fine`, `fine_only`, a category's id (chosen or not), or `core:` and the id of
            a category that has finer ones (it or one of them).
        population: `first_pass` is the headline, the only one our own policy does not bias.
        bootstrap: Replicates of the interval.
        seed: Of the replicates.
        shelf: The project's stored figures, where they are at hand.
        counted: What :func:`everybody` read of this level just now.

    Raises:
        Invalid: The scope names something the project does not have.
    """
    scope = Scope(project, target, question, level, population)
    scope.check()
    as_of = dbtime.now()
    at_hand = shelf or Shelf.of(project)
    if counted is None:
        whose = {population, FIRST_PASS, JUROR, HUMAN_JUROR}
        counted = _read(scope, whose, by_sums=at_hand.by_sums)
    figures = at_hand.get(of_raters(scope, (level,)))
    sets = SEPARATOR if scope.level in SETS else None
    table = table_at(counted, population, level)
    live = not drawn_beside(scope, at_hand) or not table.totals  # of nothing, none is drawn
    document: Mapping[str, object] = table_report(
        table,
        _raters(figures, level) if table.totals else NOBODY,
        kinds_of(
            table_at(counted, FIRST_PASS, level),
            table_at(counted, JUROR, level),
            beside(counted, level),
            sets=sets,
        ),
        order=scope.values if scope.ordinal else None,
        sets=sets,
        parents=parents_of(scope),
        bootstrap=bootstrap if live else 0,
        seed=seed,
    )
    intervals_as_of: datetime | None = as_of
    if not live and bootstrap:
        drawn = at_hand.get(of_intervals(scope))
        document, intervals_as_of = _with_intervals(document, drawn.value), drawn.as_of
    return AgreementView(
        target=target,
        question=question,
        level=level,
        population=population,
        document=document,
        headline=headline_name(scope),
        words=WORDS[population],
        command=command(scope, bootstrap=bootstrap, seed=seed),
        as_of=as_of,
        intervals_as_of=intervals_as_of,
        figures=figures.value,
        figures_as_of=figures.as_of,
    )


def _read(scope: Scope, populations: Collection[str], *, by_sums: bool) -> Mapping[Table, Patterns]:
    """Return the counts of a level: of sets, where that is wanted, their sums, which are far fewer."""
    level = SUMS + scope.level if by_sums and scope.level in SETS else scope.level
    return patterns(
        scope.project, scope.target, scope.question, populations=populations, levels=(level,)
    )


def everybody(shelf: Shelf, *, target: str, question: str, level: str) -> Mapping[Table, Patterns]:
    """Return the counts of every population: one reading for all that a page shows of a level.

    Raises Invalid for a scope the project does not have.
    """
    scope = Scope(shelf.project, target, question, level)
    scope.check()
    return _read(scope, POPULATIONS, by_sums=shelf.by_sums)


def _with_intervals(
    document: Mapping[str, object], drawn: SetIntervals | None
) -> Mapping[str, object]:
    """Return a document with the intervals that were drawn beside the requests, if they were."""
    bounds = drawn.ci95 if drawn else {}
    known = cast("Mapping[str, object]", document["ci95"])
    reasons = dict(cast("Mapping[str, str]", document["reason"]))
    for name, text in reasons.items():
        if name.startswith("ci95.") and text == NO_DRAWS:
            reasons[name] = "" if bounds.get(name.removeprefix("ci95.")) else NOT_DRAWN
    return {
        **document,
        "ci95": {name: list(pair) if (pair := bounds.get(name)) else None for name in known},
        "reason": {name: text for name, text in reasons.items() if text},
    }


def _raters(figures: Dated[RaterFigures], level: str) -> Raters:
    found = figures.value
    if found is None or level not in found.levels:
        return Raters(None, Coefficient(None, NOT_YET, 0, 0), 0)
    here = found.levels[level]
    return Raters(found.raters, here.cohen, here.pairs)
