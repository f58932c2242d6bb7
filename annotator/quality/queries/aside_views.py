"""A project's set-asides as pages, API, commands and the card of a release show them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from annotator.accounts.models import Person
from annotator.catalog.queries import ProjectView, members
from annotator.labeling.models import Annotation
from annotator.panel.models import JurorVersion
from annotator.quality.models import SetAside
from annotator.quality.queries.population import HUMAN, JUROR, guest_name


@dataclass(frozen=True, slots=True)
class AsideView:
    """A set-aside.

    Attributes:
        kind: `human` or `juror`, as votes have it.
        rater: A pseudonym, or a juror's name; what releases show.
        version: The juror's version, None for a person.
        name: Who it is; for managers.
        batch: The number of the import it is about, None for all.
        by, lifted_by: Who made and who lifted it, empty for the system.
        lifted_at: None while it is in force.
    """

    public_id: str
    kind: str
    rater: str
    version: int | None
    name: str
    given_from: datetime | None
    given_until: datetime | None
    batch: int | None
    category: str
    code: str
    reason: str
    answers: int
    units: int
    items: int
    by: str
    created_at: datetime
    lifted_by: str
    lifted_at: datetime | None

    @property
    def in_force(self) -> bool:
        """Whether its answers are out."""
        return self.lifted_at is None


@dataclass(frozen=True, slots=True)
class RaterView:
    """Somebody whose answers can be set aside; `version` is a juror's, None for a person."""

    kind: str
    rater: str
    version: int | None
    name: str


def set_asides(project: ProjectView) -> tuple[AsideView, ...]:
    """Return a project's set-asides, the newest first, lifted ones too."""
    rows = list(
        SetAside.objects.filter(project=project.id)
        .select_related("person", "juror_version__juror", "batch", "lifting")
        .order_by("-pk")
    )
    pseudonyms = {row.person_id: row.pseudonym for row in members(project.id)}
    makers = {row.created_by for row in rows} | {_lifted(row)[0] for row in rows}
    names = _names(makers)
    found = []
    for row in rows:
        lifted_by, lifted_at = _lifted(row)
        rater = _rater(project, row, pseudonyms)
        found.append(
            AsideView(
                public_id=row.public_id,
                kind=rater.kind,
                rater=rater.rater,
                version=rater.version,
                name=rater.name,
                given_from=row.given_from,
                given_until=row.given_until,
                batch=row.batch.number if row.batch else None,
                category=row.category,
                code=row.code,
                reason=row.reason,
                answers=row.answers,
                units=row.units,
                items=row.items,
                by=names.get(row.created_by or 0, ""),
                created_at=row.created_at,
                lifted_by=names.get(lifted_by or 0, ""),
                lifted_at=lifted_at,
            )
        )
    return tuple(found)


def _lifted(row: SetAside) -> tuple[int | None, datetime | None]:
    lifting = getattr(row, "lifting", None)
    return (lifting.created_by, lifting.created_at) if lifting else (None, None)


def _names(ids: set[int | None]) -> dict[int, str]:
    known = [pk for pk in ids if pk is not None]
    return {person.pk: person.name for person in Person.objects.filter(pk__in=known)}


def _rater(project: ProjectView, row: SetAside, pseudonyms: dict[int, str]) -> RaterView:
    version = row.juror_version
    if version is not None:
        return RaterView(JUROR, version.juror.name, version.number, version.juror.name)
    person = row.person
    if person is None:
        return RaterView(HUMAN, "", None, "")
    pseudonym = pseudonyms.get(person.pk) or guest_name(project, person.username)
    return RaterView(HUMAN, pseudonym, None, person.name)


def raters(project: ProjectView) -> tuple[RaterView, ...]:
    """Return whose answers can be set aside: whoever labeled anything, and every juror version."""
    people = [
        RaterView(HUMAN, row.pseudonym, None, row.name)
        for row in members(project.id)
        if Annotation.objects.filter(person=row.person_id, assignment__project=project.id).exists()
    ]
    versions = JurorVersion.objects.filter(juror__project=project.id).select_related("juror")
    jurors = [
        RaterView(JUROR, row.juror.name, row.number, row.juror.name)
        for row in versions.order_by("juror__name", "-number")
    ]
    return (*people, *jurors)
