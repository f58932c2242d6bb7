"""Figures with their date: read from what was stored, or made at once where a project is small."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields, is_dataclass
from datetime import datetime
from functools import cache
from types import UnionType
from typing import Any, Final, Generic, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from django.db.models import Sum

from annotator.catalog.queries import ProjectView
from annotator.core import dbtime
from annotator.quality.models import AgreementState, PatternCount, PatternDelta, StoredFigure
from annotator.quality.patterns import ALL, COUNTING, JUROR, VERDICT

T = TypeVar("T")

SMALL: Final = 2_000
"""Units with votes up to which a pass over all votes is made while somebody waits."""


@dataclass(frozen=True, slots=True)
class Dated(Generic[T]):
    """A figure and when it was computed; both None while it never was."""

    value: T | None
    as_of: datetime | None


@dataclass(frozen=True, slots=True)
class Figure(Generic[T]):
    """Something to compute; `shape` is its type, to read it back from JSON."""

    name: str
    scope: str
    make: Callable[[], T]
    shape: object


def is_small(project: ProjectView) -> bool:
    """Return whether a project's votes are so few that a pass over them may be made at once."""
    counted = PatternCount.objects.filter(
        project=project.id, level=VERDICT, part="", population__in=(ALL, JUROR)
    ).aggregate(n=Sum("n"))
    if (counted["n"] or 0) > SMALL:
        return False
    waiting = PatternDelta.objects.filter(project=project.id)
    return waiting.values("pk")[: SMALL + 1].count() <= SMALL


@dataclass(frozen=True, slots=True)
class Shelf:
    """A project's figures."""

    project: ProjectView
    small: bool

    @classmethod
    def of(cls, project: ProjectView) -> Shelf:
        """Return the shelf of a project."""
        return cls(project, is_small(project))

    @property
    def by_sums(self) -> bool:
        """Whether sets are looked at by their sums: in a large project, once they are counted."""
        if self.small:
            return False
        states = AgreementState.objects.filter(project=self.project.id, counting=COUNTING)
        return states.exists()

    def get(self, figure: Figure[T]) -> Dated[T]:
        """Return a figure: made now in a small project, else as it was stored last."""
        if self.small:
            return Dated(figure.make(), dbtime.now())
        rows = StoredFigure.objects.filter(project=self.project.id)
        row = rows.filter(name=figure.name, scope=figure.scope).first()
        if row is None:
            return Dated(None, None)
        try:
            return Dated(cast("T", revive(figure.shape, row.document)), row.as_of)
        except KeyError:  # an older version stored it, and did not know all of it
            return Dated(None, None)


@dataclass(frozen=True, slots=True)
class EmptyShelf:
    """No figures, for who asks only for what the counts give."""

    small: bool = False
    by_sums: bool = False

    def get(self, figure: Figure[T]) -> Dated[T]:
        """Return a figure that was never made."""
        return Dated(None, None)


def to_document(value: object) -> object:
    """Return a figure as JSON-clean values."""
    if isinstance(value, tuple):
        return [to_document(each) for each in value]
    return asdict(value) if is_dataclass(value) and not isinstance(value, type) else value


def revive(shape: Any, found: Any) -> Any:  # noqa: ANN401 - any figure, from any JSON
    """Return a figure of a type from the JSON that :func:`to_document` gave."""
    origin, inside = get_origin(shape), get_args(shape)
    if found is None or shape is None:
        return None
    if origin in {Union, UnionType}:
        value = revive(next(each for each in inside if each is not type(None)), found)
    elif origin is tuple:
        kinds = [inside[0]] * len(found) if inside[-1] is Ellipsis else inside
        value = tuple(revive(kind, each) for kind, each in zip(kinds, found, strict=True))
    elif origin is not None and issubclass(origin, Mapping):
        value = {key: revive(inside[1], each) for key, each in found.items()}
    elif is_dataclass(shape) and isinstance(shape, type):
        hints = _hints(shape)
        value = shape(**{f.name: revive(hints[f.name], found[f.name]) for f in fields(shape)})
    else:
        value = found
    return value


@cache
def _hints(shape: type) -> Mapping[str, Any]:
    """Return the types of a class's fields: looked up once, not for each of a thousand values."""
    return get_type_hints(shape)
