"""Writes of who sits on the jury: jurors, their versions, panels."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Max

from annotator.audit import services as audit
from annotator.catalog.models import Project
from annotator.core.digests import sha256_json
from annotator.panel import queue
from annotator.panel.models import Juror, JurorVersion, Panel
from jury.dialects import get

TEMPERATURE = 0
IMPORTED = "imported"


@dataclass(frozen=True, slots=True)
class JurorSettings:
    """A juror as a project file describes it; prices None mean unknown."""

    name: str
    base_url: str
    model: str
    family: str = ""
    dialect: str = "judge"
    api_key: str = ""
    in_flight: int = 64
    rpm: int = 0
    tpm: int = 0
    price_in: float | None = None
    price_out: float | None = None
    timeout_seconds: float = 60.0
    attempts: int = 5

    def fields(self) -> dict[str, object]:
        """Return the settings by the name of their column."""
        return {
            entry.name: getattr(self, entry.name)
            for entry in dataclasses.fields(self)
            if entry.name != "name"
        }


@dataclass(frozen=True, slots=True)
class JurorChange:
    """One value of a juror that is new."""

    juror: str
    what: str
    before: object
    after: object


@transaction.atomic
def configure_jurors(
    *,
    project_id: int,
    jurors: Sequence[JurorSettings],
    taxonomy_digest: str,
    guideline_digest: str,
    actor: int | None = None,
) -> tuple[JurorChange, ...]:
    """Make a project's jurors those given; return what changed, nothing when nothing did.

    A juror that is not given any more is retired: its opinions stay. What shapes opinions gives
    a new juror version, another set of versions a new panel. Imported jurors are left alone.
    """
    Project.objects.select_for_update(no_key=True).get(pk=project_id)
    changes: list[JurorChange] = []
    versions: list[JurorVersion] = []
    for settings in jurors:
        juror = _juror(project_id, settings, changes)
        components = _components(settings, taxonomy_digest, guideline_digest)
        versions.append(_version(juror, components, changes))
    _retire(project_id, {settings.name for settings in jurors}, changes)
    _panel(project_id, versions, changes)
    if changes:
        queue.end_superseded()
        queue.queue_again(project_id)
        audit.record(
            verb="jury.configured",
            subject=f"project:{project_id}",
            actor=actor,
            project=project_id,
            data={"versions": [version.digest for version in versions]},
        )
    return tuple(changes)


def _juror(project_id: int, settings: JurorSettings, changes: list[JurorChange]) -> Juror:
    juror = Juror.objects.filter(project=project_id, name=settings.name).first()
    fields = settings.fields()
    if juror is None:
        changes.append(JurorChange(settings.name, "juror", None, settings.model))
        return Juror.objects.create(project_id=project_id, name=settings.name, **fields)
    fields["active"] = True
    new = {name: value for name, value in fields.items() if getattr(juror, name) != value}
    for name, value in new.items():
        changes.append(JurorChange(settings.name, name, getattr(juror, name), value))
        setattr(juror, name, value)
    if new:
        juror.save(update_fields=list(new))
    return juror


def _components(
    settings: JurorSettings, taxonomy_digest: str, guideline_digest: str
) -> dict[str, object]:
    """Return all that shapes a juror's opinions: what its version's digest is taken of."""
    dialect = get(settings.dialect)
    return {
        "endpoint": settings.base_url,
        "model": settings.model,
        "parameters": {"temperature": TEMPERATURE},
        "dialect": dialect.name,
        "prompt": dialect.version,
        "parser": dialect.version,
        "taxonomy": taxonomy_digest,
        "guideline": guideline_digest,
    }


def _version(
    juror: Juror, components: Mapping[str, object], changes: list[JurorChange]
) -> JurorVersion:
    digest = sha256_json(components)
    current = JurorVersion.objects.filter(juror=juror, current=True).first()
    if current is not None and current.digest == digest:
        return current
    JurorVersion.objects.filter(juror=juror, current=True).update(current=False)
    known = JurorVersion.objects.filter(juror=juror, digest=digest).first()
    if known is None:
        last = JurorVersion.objects.filter(juror=juror).aggregate(last=Max("number"))["last"] or 0
        known = JurorVersion.objects.create(
            juror=juror, number=last + 1, digest=digest, components=dict(components)
        )
    else:
        # Back to settings it had before: those opinions are of this very version.
        known.current = True
        known.save(update_fields=["current"])
    before = current.number if current else None
    changes.append(JurorChange(juror.name, "version", before, known.number))
    return known


def _retire(project_id: int, kept: set[str], changes: list[JurorChange]) -> None:
    gone = (
        Juror.objects.filter(project=project_id, active=True)
        .exclude(name__in=kept)
        .exclude(dialect=IMPORTED)
    )
    for juror in gone.order_by("name"):
        juror.active = False
        juror.save(update_fields=["active"])
        changes.append(JurorChange(juror.name, "active", before=True, after=False))


def _panel(project_id: int, versions: Sequence[JurorVersion], changes: list[JurorChange]) -> None:
    current = Panel.objects.filter(project=project_id, current=True).first()
    seated = set(current.seats.values_list("pk", flat=True)) if current else set()
    wanted = {version.pk for version in versions}
    if seated == wanted:
        return
    Panel.objects.filter(project=project_id, current=True).update(current=False)
    last = Panel.objects.filter(project=project_id).aggregate(last=Max("version"))["last"] or 0
    panel = Panel.objects.create(project_id=project_id, version=last + 1)
    panel.seats.set(versions)
    changes.append(JurorChange("", "panel", current.version if current else None, last + 1))
