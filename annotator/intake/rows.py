"""A file's row read as an item: which columns mean what, and what is wrong with them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from annotator.core.digests import sha256_json
from annotator.core.errors import Invalid
from annotator.intake.readers import Limits, Row, RowError
from annotator.intake.readers.strict import Strange, check
from annotator.intake.targets import ASSISTANT, USER, Message, columns_of, marked, parts

ROLES: Final = ("system", "user", "assistant", "tool", "developer")
MAX_MESSAGES: Final = 1000
_LENGTHS: Final[Mapping[str, int]] = {
    "id": 400,
    "source": 200,
    "model": 200,
    "language": 35,
    "reconstruction_id": 100,
}
_TEXTS: Final = ("prompt", "response", "messages", "system")
KNOWN: Final = (*_TEXTS, *_LENGTHS, "metadata")


class BadRow(ValueError):
    """What is wrong with a row: field, stable code, sentence."""

    def __init__(self, field: str, code: str, message: str) -> None:
        super().__init__(message)
        self.field = field
        self.code = code
        self.message = message


@dataclass(frozen=True, slots=True)
class Shape:
    """What a project makes of a row.

    Attributes:
        targets: The project's targets, in order.
        judged: Those that a question is asked of: only they become units.
        mapping: Our name → the file's column.
    """

    targets: tuple[str, ...]
    judged: frozenset[str]
    mapping: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class NewItem:
    """An item to be stored."""

    line: int
    external_id: str
    digest: str
    messages: tuple[Message, ...]
    units: tuple[str, ...]
    fields: Mapping[str, str]
    metadata: Mapping[str, object]

    @property
    def text(self) -> str:
        """All that was said, for comparing."""
        return "\n".join(message.content for message in self.messages)


def check_mapping(mapping: Mapping[str, str], targets: Sequence[str]) -> None:
    """Raise Invalid for a mapping that names no field of ours, or one column twice."""
    known = {*KNOWN, *columns_of(targets)}
    unknown = sorted(set(mapping) - known)
    if unknown:
        message = f"--map: no such field: {', '.join(unknown)}. Known: {', '.join(sorted(known))}."
        raise Invalid(message, fields={"map": message})
    twice = sorted({c for c in mapping.values() if list(mapping.values()).count(c) > 1})
    if twice:
        message = f"--map: used twice: {', '.join(twice)}."
        raise Invalid(message, fields={"map": message})


def read_item(row: Row, shape: Shape) -> NewItem | RowError:
    """Return the item that a row holds, or what is wrong with it."""
    try:
        return _read(row, shape)
    except BadRow as error:
        return RowError(row.line, error.field, error.code, error.message)


def _read(row: Row, shape: Shape) -> NewItem:
    data = _renamed(row.data, shape.mapping)
    columns = columns_of(shape.targets)
    messages = _messages(data, columns)
    found = parts(messages, shape.targets)
    units = tuple(part.target for part in found if part.target.partition(":")[0] in shape.judged)
    if not units:
        wanted = ", ".join(key for key in shape.targets if key in shape.judged)
        message = f"The row has no text for any target of the project ({wanted})."
        raise BadRow("", "nothing_to_judge", message)
    fields = {name: _short(data, name) for name in _LENGTHS}
    digest = sha256_json([[message.role, message.content] for message in messages])
    external_id = fields.pop("id") or digest
    return NewItem(
        line=row.line,
        external_id=external_id,
        digest=digest,
        messages=marked(messages, found),
        units=units,
        fields=fields,
        metadata=_metadata(data, {*KNOWN, *columns}),
    )


def _renamed(data: Mapping[str, object], mapping: Mapping[str, str]) -> dict[str, object]:
    """Return the row under our names; an own name that is taken elsewhere keeps its column."""
    if not mapping:
        return dict(data)
    taken = set(mapping.values())
    found = {
        name: value for name, value in data.items() if name not in taken and name not in mapping
    }
    return found | {ours: data[theirs] for ours, theirs in mapping.items() if theirs in data}


def _messages(data: Mapping[str, object], columns: Sequence[str]) -> tuple[Message, ...]:
    listed = data.get("messages")
    if listed is None:
        found = _from_columns(data)
    elif data.get("prompt") is not None or data.get("response") is not None:
        message = "Give either `messages`, or `prompt` (and `response`), not both."
        raise BadRow("messages", "both_forms", message)
    else:
        found = _listed(listed)
    system = _text(data, "system")
    if system is not None:
        found = [Message("system", system), *found]
    for column in columns:
        text = _text(data, column)
        if text is not None:
            found.append(Message(ASSISTANT, text, column))
    if not found:
        message = "The row has neither `prompt` nor `messages`."
        raise BadRow("prompt", "missing", message)
    return tuple(found)


def _from_columns(data: Mapping[str, object]) -> list[Message]:
    prompt, response = _text(data, "prompt"), _text(data, "response")
    if prompt is None:
        message = "The row has neither `prompt` nor `messages`."
        raise BadRow("prompt", "missing", message)
    found = [Message(USER, prompt)]
    if response is not None:
        found.append(Message(ASSISTANT, response))
    return found


def _listed(value: object) -> list[Message]:
    if isinstance(value, str):
        value = _json_cell("messages", value)
    if not isinstance(value, list) or not value:
        message = "`messages` must be a list of {role, content} with at least one entry."
        raise BadRow("messages", "not_messages", message)
    if len(value) > MAX_MESSAGES:
        message = f"More than {MAX_MESSAGES} messages."
        raise BadRow("messages", "too_many_messages", message)
    return [_message(index, entry) for index, entry in enumerate(value)]


def _message(index: int, entry: object) -> Message:
    field = f"messages[{index}]"
    role_field, content_field = f"{field}.role", f"{field}.content"
    if not isinstance(entry, Mapping) or set(entry) != {"role", "content"}:
        message = f"{field} must be {{role, content}} and nothing else."
        raise BadRow(field, "not_a_message", message)
    role, content = entry["role"], entry["content"]
    if role not in ROLES:
        message = f"{role_field} is not one of {', '.join(ROLES)}."
        raise BadRow(role_field, "unknown_role", message)
    if not isinstance(content, str):
        raise BadRow(content_field, "not_text", f"{content_field} must be text.")
    return Message(str(role), content)


def _json_cell(field: str, text: str) -> object:
    """Return what a CSV cell holds as JSON, as strictly as a JSON file is read."""
    try:
        value: object = json.loads(text)
        check(value, Limits(), field)
    except (ValueError, RecursionError) as error:
        words = error.message if isinstance(error, Strange) else "not JSON"
        raise BadRow(field, "not_json", f"`{field}`: {words}.") from error
    return value


def _text(data: Mapping[str, object], field: str) -> str | None:
    value = data.get(field)
    if value is None or isinstance(value, str):
        return value
    raise BadRow(field, "not_text", f"`{field}` must be text.")


def _short(data: Mapping[str, object], field: str) -> str:
    value = data.get(field)
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise BadRow(field, "not_text", f"`{field}` must be text.")
    # Published files hold ids as numbers: 12.0 and 12 are the same one.
    text = str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
    if not text:
        raise BadRow(field, "empty", f"`{field}` is empty; leave it out instead.")
    if len(text) > _LENGTHS[field]:
        message = f"`{field}` is longer than {_LENGTHS[field]} characters."
        raise BadRow(field, "too_long", message)
    return text


def _metadata(data: Mapping[str, object], known: set[str]) -> dict[str, object]:
    stated = data.get("metadata")
    if isinstance(stated, str):
        stated = _json_cell("metadata", stated)
    if stated is not None and not isinstance(stated, Mapping):
        raise BadRow("metadata", "not_an_object", "`metadata` must be an object.")
    other = {name: value for name, value in data.items() if name not in known}
    both = sorted(set(stated or {}) & set(other))
    if both:
        message = f"Both a column and a key of `metadata`: {', '.join(both)}."
        raise BadRow(both[0], "duplicate_key", message)
    return {**(stated or {}), **other}
