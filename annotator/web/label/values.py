"""What the labeling page's templates are given: frozen values, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from annotator.web.texts import ShownMessage


@dataclass(frozen=True, slots=True)
class ShownItem:
    """The item's own texts."""

    public_id: str
    external_id: str
    language: str
    language_name: str
    messages: tuple[ShownMessage, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of a question, or one level of severity."""

    key: str
    label: str
    shape: str
    key_cap: str
    checked: bool
    short: str = ""


@dataclass(frozen=True, slots=True)
class ShownQuestion:
    """One row of choices."""

    key: str
    title: str
    field: str
    kind: str
    values: tuple[Choice, ...]
    categories_field: str
    category_values_for: tuple[str, ...]
    severity_field: str
    severity_levels: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class ShownTarget:
    """A judged part with its questions."""

    key: str
    title: str
    badge: str
    asked: bool
    questions: tuple[ShownQuestion, ...]
    has_categories: bool
    other_field: str
    other_text: str


@dataclass(frozen=True, slots=True)
class ShownCategory:
    """One tile of the grid."""

    id: str
    name: str
    definition: str
    exclude: str
    aliases: tuple[str, ...]
    severe: bool
    free_text: bool
    key_cap: str
    key_code: str
    checked_for: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ShownGroup:
    """A block of the grid."""

    title: str
    kind: str
    categories: tuple[ShownCategory, ...]


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong with a field."""

    field: str
    message: str


@dataclass(frozen=True, slots=True)
class Form:
    """The form around the choices: addresses, the lease, what stands beside the answers."""

    action: str
    lease: str
    idempotency_key: str
    version: int
    comment: str
    seconds: float
    flagged: bool
    errors: tuple[FieldError, ...]
    draft_url: str
    heartbeat_url: str
    skip_url: str
    release_url: str
    previous_url: str


@dataclass(frozen=True, slots=True)
class GuideEntry:
    """A section of the guide as the pane shows it."""

    title: str
    section: str = ""
    definition: str = ""
    not_meant: str = ""
    rule: str = ""
    examples: tuple[Mapping[str, str], ...] = ()
    deconfliction: tuple[Mapping[str, str], ...] = ()
    changed: str = ""
    parts: tuple[Mapping[str, str], ...] = ()
