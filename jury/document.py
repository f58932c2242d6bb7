"""Reading a document somebody wrote: each field of the kind it must be, or an error naming it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


class FieldError(ValueError):
    """A field is missing, unknown or of the wrong kind; ``field`` says which."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field = field
        self.message = message


@dataclass(frozen=True, slots=True)
class Row:
    """A table of fields and where it stands in its document; every reader raises FieldError."""

    fields: Mapping[str, object]
    where: str = ""

    @classmethod
    def of(cls, value: object, where: str = "") -> Row:
        """Return a value as a table of fields."""
        if not isinstance(value, Mapping):
            raise FieldError(where or "document", "must be a table of fields.")
        return cls(value, where)

    def at(self, key: str) -> str:
        """Return the full name of a field."""
        return f"{self.where}.{key}" if self.where else key

    def only(self, known: frozenset[str]) -> None:
        """Refuse any field that is not among the known ones."""
        for key in self.fields:
            if key not in known:
                raise FieldError(self.at(str(key)), "is not a known field.")

    def text(self, key: str) -> str:
        """Return a text that must be there."""
        value = self.optional(key)
        if not value:
            raise FieldError(self.at(key), "is missing.")
        return value

    def optional(self, key: str) -> str:
        """Return a text, empty if it is missing or null."""
        value = self.fields.get(key)
        if value is None:
            return ""
        if not isinstance(value, str):
            raise FieldError(self.at(key), "must be text (in quotes).")
        return value

    def flag(self, key: str) -> bool:
        """Return true or false; false if it is missing."""
        value = self.fields.get(key, False)
        if not isinstance(value, bool):
            raise FieldError(self.at(key), "must be true or false.")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list of texts, empty if it is missing or null."""
        value = self.fields.get(key)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            raise FieldError(self.at(key), "must be a list of texts.")
        return tuple(value)

    def table(self, key: str) -> Row:
        """Return a table of fields, empty if it is missing or null."""
        return Row.of(self.fields.get(key) or {}, self.at(key))

    def rows(self, key: str) -> tuple[Row, ...]:
        """Return a list of tables, empty if it is missing or null."""
        value = self.fields.get(key)
        if value is None:
            return ()
        if not isinstance(value, list):
            raise FieldError(self.at(key), "must be a list.")
        return tuple(Row.of(each, f"{self.at(key)}[{i}]") for i, each in enumerate(value))
