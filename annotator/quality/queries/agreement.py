"""Agreement on a question about a target: the figures that the statistics command prints too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, cast

from annotator.catalog.queries import ProjectView
from annotator.core import dbtime
from annotator.quality.queries.population import (
    HUMAN,
    JUROR,
    KINDS,
    SEPARATOR,
    SETS,
    WORDS,
    Population,
    Scope,
)
from annotator.quality.queries.votes import command, vote_rows
from jury.agreement.report import by_kind, report
from jury.agreement.rows import VoteRow

BOOTSTRAP: Final = 1000


@dataclass(frozen=True, slots=True)
class AgreementView:
    """A scope's agreement.

    Attributes:
        document: The object of the statistics commands: every coefficient, None with a reason.
            Its `by_kind` alone is over people and jurors, whatever the population.
        headline: Which coefficient is the scope's headline: ordinal alpha where the values have
            an order, MASI alpha for sets, else nominal alpha.
        words: The population, in a sentence.
        command: Prints the same figures from the scope's votes file.
        as_of: When the votes were read.
    """

    target: str
    question: str
    level: str
    population: str
    document: Mapping[str, object] = field(repr=False)
    headline: str
    words: str
    command: str
    as_of: datetime

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
    def n_units(self) -> int:
        """Units with two labels or more."""
        return cast("int", self.document["units"])

    @property
    def n_votes(self) -> int:
        """Labels of the scope."""
        return cast("int", self.document["labels"])

    @property
    def raters(self) -> int:
        """How many people or jurors gave them."""
        return cast("int", self.document["raters"])

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


def agreement(  # noqa: PLR0913 - a scope, each part of it by name
    project: ProjectView,
    *,
    target: str,
    question: str = "safety",
    level: str = "verdict",
    population: Population = "first_pass",
    bootstrap: int = BOOTSTRAP,
    seed: int = 0,
) -> AgreementView:
    """Return the agreement on a question about a target.

    Args:
        project: The project.
        target: A target of the project; `turn` takes all turns together.
        question: A question of the project.
        level: `verdict`, `core`, `fine`, or a category's id (chosen or not).
        population: `first_pass` is the headline, the only one our own policy does not bias.
        bootstrap: Replicates of the interval.
        seed: Of the replicates.

    Raises:
        Invalid: The scope names something the project does not have.
    """
    scope = Scope(project, target, question, level, population)
    everybody = [VoteRow(*row) for row in vote_rows(scope, (HUMAN, JUROR))]
    votes = [vote for vote in everybody if vote.kind in KINDS[population]]
    sets = scope.level in SETS
    document = report(
        votes,
        order=scope.values if scope.ordinal else None,
        sets=SEPARATOR if sets else None,
        bootstrap=bootstrap,
        seed=seed,
    )
    return AgreementView(
        target=target,
        question=question,
        level=level,
        population=population,
        document=_with_kinds(document, everybody, SEPARATOR if sets else None),
        headline=_headline(scope),
        words=WORDS[population],
        command=command(scope, bootstrap=bootstrap, seed=seed),
        as_of=dbtime.now(),
    )


def _with_kinds(
    document: Mapping[str, object], everybody: Sequence[VoteRow], sets: str | None
) -> Mapping[str, object]:
    """Return the document with `by_kind` over people and jurors, whatever the population."""
    values, why = by_kind(everybody, sets=sets)
    reasons = cast("Mapping[str, str]", document["reason"])
    kept = {name: text for name, text in reasons.items() if not name.startswith("by_kind.")}
    return {**document, "by_kind": values, "reason": kept | why}


def _headline(scope: Scope) -> str:
    if scope.level in SETS:
        return "alpha_masi"
    return "alpha_ordinal" if scope.ordinal else "alpha_nominal"
