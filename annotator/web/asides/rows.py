"""Set-asides and their previews as the page shows them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from django.utils import formats
from django.utils.translation import gettext as _

from annotator.catalog.queries import ProjectView
from annotator.flow.aside_wish import Choice
from annotator.flow.jobs import JobView
from annotator.quality.queries.aside_views import AsideView, RaterView
from annotator.quality.queries.runs import RunView

PERSON = "person"
JUROR = "juror"
JOB = "set_aside"


@dataclass(frozen=True, slots=True)
class Option:
    """One line of a list to choose from."""

    value: str
    label: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class AsideRow:
    """A set-aside in a table: `which` are its filters in words, none for all answers."""

    view: AsideView
    who: str
    code: str
    which: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RunRow:
    """The unfinished run, with its job while one works it off."""

    run: RunView
    job: JobView | None


def code_words() -> Mapping[str, str]:
    """Return the reasons by their codes."""
    return {
        "unreliable": _("Answers are unreliable"),
        "misunderstood": _("The guideline was misunderstood"),
        "not_blind": _("Had seen other answers"),
        "technical": _("A technical fault"),
        "requested": _("They asked for it"),
        "other": _("Another reason"),
    }


def who_of(kind: str, rater: str, version: int | None, name: str) -> str:
    """Return a rater in words."""
    if kind == JUROR:
        return _("%(name)s, version %(n)s") % {"name": rater, "n": version}
    return f"{name} ({rater})" if name else rater


def value_of(rater: RaterView) -> str:
    """Return a rater as the form names it."""
    if rater.kind == JUROR:
        return f"{JUROR}:{rater.rater}:{rater.version}"
    return f"{PERSON}:{rater.rater}"


def choice_from(fields: Mapping[str, str]) -> Choice:
    """Return what the form says, coerced; it names person and juror in one field."""
    kind, _sep, rest = fields.get("rater", "").strip().partition(":")
    name, _sep, version = rest.rpartition(":") if kind == JUROR else (rest, "", "")
    return Choice(
        person=name if kind == PERSON else "",
        juror=(name or version) if kind == JUROR else "",
        version=version if kind == JUROR and name else "",
        given_from=fields.get("from", "").strip(),
        given_until=fields.get("until", "").strip(),
        batch=fields.get("import", "").strip(),
        category=fields.get("category", "").strip(),
    )


def options(raters: Iterable[RaterView], kind: str, chosen: str) -> tuple[Option, ...]:
    """Return the raters of a kind to choose from."""
    return tuple(
        Option(
            value_of(each),
            who_of(kind, each.rater, each.version, each.name),
            value_of(each) == chosen,
        )
        for each in raters
        if (each.kind == JUROR) == (kind == JUROR)
    )


def rows(project: ProjectView, views: Iterable[AsideView]) -> tuple[AsideRow, ...]:
    """Return set-asides as rows."""
    words = code_words()
    return tuple(
        AsideRow(
            view=view,
            who=who_of(view.kind, view.rater, view.version, view.name),
            code=words[view.code],
            which=tuple(_which(project, view)),
        )
        for view in views
    )


def _which(project: ProjectView, view: AsideView) -> Iterator[str]:
    if view.given_from:
        yield _("from %(at)s") % {"at": formats.date_format(view.given_from, "j M Y H:i")}
    if view.given_until:
        yield _("before %(at)s") % {"at": formats.date_format(view.given_until, "j M Y H:i")}
    if view.batch is not None:
        yield _("import %(n)s") % {"n": view.batch}
    if view.category:
        category = project.taxonomy.get(view.category)
        yield _("naming %(name)s") % {"name": category.name if category else view.category}


def run_row(run: RunView | None, jobs: Iterable[JobView]) -> RunRow | None:
    """Return the unfinished run of a set-aside; None if there is none."""
    if run is None or run.set_aside is None:
        return None
    return RunRow(run, next((job for job in jobs if job.kind == JOB and job.running), None))
