"""Proposed fits and re-decisions as the what-if page shows them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from django.utils.translation import gettext as _

from annotator.catalog.queries import ProjectView
from annotator.flow.facts import policy_of
from annotator.flow.jobs import JobView
from annotator.quality.queries.runs import FitPattern, FitView, RunView
from jury.policy.panel.fit import Fit, Pattern
from jury.policy.panel.policy import Panel
from jury.policy.parts import every_part

JOBS = frozenset({"redecide", "roll_back"})


@dataclass(frozen=True, slots=True)
class PatternRow:
    """A jury vote: units that show it, what people said of them, and what the fit expects."""

    words: str
    units: int
    seen: float | None
    expected: float


@dataclass(frozen=True, slots=True)
class FitRow:
    """A proposed fit; `by_category` where a jury vote tells more with what it was about."""

    fit: FitView
    place: str
    patterns: tuple[PatternRow, ...]
    by_category: bool
    gain: float
    in_force: bool
    bins: tuple[Mapping[str, Any], ...]
    reliability: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class RunRow:
    """A re-decision, and what can be done with it."""

    run: RunView
    state: str
    tag: str
    job: JobView | None
    can_resume: bool
    can_roll_back: bool

    @property
    def counts(self) -> Mapping[str, int]:
        """What it did."""
        return self.run.counts


def fit_rows(
    project: ProjectView, proposed: Iterable[FitView], known: Iterable[FitView]
) -> tuple[FitRow, ...]:
    """Return the proposed fits, and of those known the accepted ones that decide now."""
    digests = {
        part.rule.fit.digest for part in every_part(policy_of(project)) if isinstance(part, Panel)
    }
    deciding = [fit for fit in known if fit.answer and fit.digest in digests]
    return (
        *(_fit(project, fit, in_force=False) for fit in proposed),
        *(_fit(project, fit, in_force=True) for fit in deciding),
    )


def _fit(project: ProjectView, fit: FitView, *, in_force: bool) -> FitRow:
    found = cast("Mapping[str, Any] | None", fit.reliability)
    priors = Fit.from_document(fit.document)
    return FitRow(
        fit=fit,
        place=f"{project.target(fit.target).title}, {fit.question}",
        patterns=tuple(
            PatternRow(
                _jury_vote(project, pattern),
                pattern["units"],
                _share(pattern["unsafe"], pattern["unsafe"] + pattern["safe"]),
                priors.prior(_pattern(pattern)).mean,
            )
            for pattern in fit.patterns
        ),
        by_category=any(pattern.get("stratum") for pattern in fit.patterns),
        gain=fit.held_out["patterns"] - fit.held_out["overall"],
        in_force=in_force,
        bins=tuple(found["bins"]) if found else (),
        reliability=found,
    )


def _pattern(seen: FitPattern) -> Pattern:
    return Pattern(seen["said"], seen["given"], seen.get("stratum", ""))


def _jury_vote(project: ProjectView, pattern: FitPattern) -> str:
    """Return a jury vote pattern in words, with the category it was about, where one was named."""
    if not pattern["given"]:
        return _("no jury")
    words = _("%(said)s of %(given)s unsafe") % pattern
    about = pattern.get("stratum")
    if not about:
        return words
    category = project.taxonomy.get(about)
    return f"{words}, {category.name if category else about}"


def _share(part: int, n: int) -> float | None:
    return part / n if n else None


def run_row(project: ProjectView, run: RunView | None, jobs: Iterable[JobView]) -> RunRow | None:
    """Return the latest re-decision with its job, while one runs; None if there was none."""
    if run is None:
        return None
    job = next((each for each in jobs if each.kind in JOBS and each.running), None)
    words = {
        "running": (_("Deciding again"), "accent") if job else (_("Stopped"), "caution"),
        "done": (_("Done"), "safe"),
        "rolling_back": (_("Rolling back"), "accent") if job else (_("Stopped"), "caution"),
        "rolled_back": (_("Rolled back"), ""),
    }
    state, tag = words[run.state]
    in_force = run.after_id == project.policy.id
    return RunRow(
        run=run,
        state=state,
        tag=tag,
        job=job,
        can_resume=run.unfinished and job is None,
        can_roll_back=in_force and job is None and run.state in {"running", "done"},
    )
