"""Between an upload and its import: which stored file a page is about, and the chosen mapping."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.core import signing
from django.utils.translation import gettext as _

from annotator.accounts.queries import Actor
from annotator.catalog.queries import ProjectView
from annotator.core.errors import Invalid, NotFound
from annotator.flow.uploads import Upload
from annotator.intake.checks import Preview

SALT: Final = "concord.upload"
MAX_AGE: Final = 24 * 60 * 60
OWN_NAME: Final = ""
KEEP: Final = "metadata"
MAX_COLUMNS: Final = 200


def ticket(upload: Upload, actor: Actor, project: ProjectView) -> str:
    """Return a signed name of a stored file, for this person and project, for a day."""
    content = [upload.path, upload.filename, upload.size, actor.id, project.id]
    return signing.dumps(content, salt=SALT)


def uploaded(value: str, actor: Actor, project: ProjectView) -> Upload:
    """Return the stored file of a ticket; raises NotFound for a wrong, foreign or old one."""
    try:
        path, filename, size, *whose = signing.loads(value, salt=SALT, max_age=MAX_AGE)
    except signing.BadSignature as error:
        raise NotFound(_("There is no such upload. Please send the file again.")) from error
    upload = Upload(path=path, filename=filename, size=size)
    if whose != [actor.id, project.id] or not upload.absolute.is_file():
        raise NotFound(_("There is no such upload. Please send the file again."))
    return upload


@dataclass(frozen=True, slots=True)
class Choice:
    """What a column may become."""

    value: str
    label: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the file: what it becomes, and what it holds in the first rows."""

    name: str
    field: str
    choices: tuple[Choice, ...]
    values: tuple[str, ...]


def field_name(position: int) -> str:
    """Return the form's name for what the column at a position becomes."""
    return f"becomes-{position}"


def mapping_from(posted: Mapping[str, str], columns: Sequence[str]) -> dict[str, str]:
    """Return our field → column, as the form says; raises Invalid where two become one."""
    found: dict[str, str] = {}
    for position, column in enumerate(columns[:MAX_COLUMNS]):
        field = posted.get(field_name(position), "")
        if field in {OWN_NAME, KEEP, column}:
            continue
        if field in found:
            message = _("Two columns become %(field)s. Choose one.") % {"field": field}
            raise Invalid(message, fields={field_name(position): message})
        found[field] = column
    return found


def columns_of(preview: Preview, mapping: Mapping[str, str]) -> tuple[Column, ...]:
    """Return the file's columns with their choices."""
    becomes = {column: field for field, column in mapping.items()}
    return tuple(
        Column(
            name=column,
            field=field_name(position),
            choices=_choices(column, becomes.get(column, ""), preview.fields),
            values=tuple(row[column] for row in preview.sample if row.get(column)),
        )
        for position, column in enumerate(preview.columns[:MAX_COLUMNS])
    )


def _choices(column: str, becomes: str, fields: Sequence[str]) -> tuple[Choice, ...]:
    """Return the fields; a column that has a field's own name cannot be put aside as metadata."""
    own = column in fields
    chosen = becomes or (column if own else KEEP)
    first = () if own else (Choice(KEEP, _("Kept as metadata"), chosen == KEEP),)
    rest = (Choice(field, field, chosen == field) for field in fields if own or field != KEEP)
    return (*first, *rest)
