"""Reading a table of a project file: every value typed and ranged, every unknown key named."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field


@dataclass(slots=True)
class Table:
    """A table and where it stands; problems are collected, so that all are told at once."""

    values: Mapping[str, object]
    path: str
    problems: dict[str, str]
    _seen: set[str] = field(default_factory=set)

    def _take(self, key: str) -> object:
        self._seen.add(key)
        return self.values.get(key)

    def problem(self, key: str, message: str) -> None:
        """Note what is wrong with a key."""
        self.problems.setdefault(f"{self.path}.{key}" if self.path else key, message)

    def text(self, key: str, default: str | None = None, longest: int = 200) -> str:
        """Return a text; without default it is required."""
        value = self._take(key)
        if value is None:
            if default is None:
                self.problem(key, "is missing.")
            return default or ""
        if not isinstance(value, str) or not value.strip():
            self.problem(key, "must be text, not empty.")
            return default or ""
        if len(value) > longest:
            self.problem(key, f"is longer than {longest} characters.")
        if "\0" in value:
            self.problem(key, "holds a NUL character.")
        return value

    def choice(self, key: str, known: Collection[str], default: str | None = None) -> str:
        """Return one of the known texts."""
        value = self.text(key, default)
        if value and value not in known:
            self.problem(key, f"“{value}” is not one of: {', '.join(known)}.")
        return value

    def choices(self, key: str, known: Collection[str]) -> tuple[str, ...]:
        """Return a list of known texts, each once, at least one."""
        value = self._take(key)
        if not isinstance(value, list) or not value:
            self.problem(key, f"must be a list of: {', '.join(known)}.")
            return ()
        strange = [str(each) for each in value if each not in known]
        if strange:
            self.problem(key, f"“{strange[0]}” is not one of: {', '.join(known)}.")
            return ()
        if len(set(value)) != len(value):
            self.problem(key, "names something twice.")
        return tuple(value)

    def integer(self, key: str, default: int, least: int, most: int) -> int:
        """Return a whole number from `least` to `most`."""
        value = self._take(key)
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            self.problem(key, f"must be a whole number from {least} to {most}.")
            return default
        return value

    def number(self, key: str, default: float | None, least: float, most: float) -> float | None:
        """Return a number from `least` to `most`."""
        value = self._take(key)
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, int | float):
            self.problem(key, "must be a number.")
            return default
        if not least <= value <= most:
            self.problem(key, f"must be from {least:g} to {most:g}.")
            return default
        return float(value)

    def flag(self, key: str, *, default: bool) -> bool:
        """Return true or false."""
        value = self._take(key)
        if value is None:
            return default
        if not isinstance(value, bool):
            self.problem(key, "must be true or false.")
            return default
        return value

    def table(self, key: str) -> Table:
        """Return a table inside this one; an absent one is empty."""
        value = self._take(key)
        if value is not None and not isinstance(value, Mapping):
            self.problem(key, "must be a table.")
        inside = value if isinstance(value, Mapping) else {}
        return Table(inside, f"{self.path}.{key}".lstrip("."), self.problems)

    def tables(self, key: str) -> list[Table]:
        """Return a list of tables ([[key]]); an absent one is empty."""
        value = self._take(key)
        if value is None:
            return []
        if not isinstance(value, list) or not all(isinstance(each, Mapping) for each in value):
            self.problem(key, f"must be written as [[{key}]].")
            return []
        return [Table(each, f"{key}[{i}]", self.problems) for i, each in enumerate(value)]

    def done(self) -> None:
        """Name the keys that nobody asked for."""
        for key in self.values:
            if key not in self._seen:
                self.problem(key, "is not a known key.")
