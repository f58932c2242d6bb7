"""The category tree as values: names and their aliases, roll-up, validity.

Only what a person can label is a category here. Safety levels that a taxonomy lists among its
categories (Needs Caution) are verdicts: their strings resolve by :meth:`Taxonomy.verdict_of`.
Codes such as ``S5`` move between versions of one taxonomy, so no name is ever resolved by code.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Final, Literal, cast

from jury.document import FieldError, Row

Level = Literal["core", "fine", "overflow"]

_LEVEL_ORDER: Final[Mapping[str, int]] = {"core": 0, "fine": 1, "overflow": 2}
_LEVEL_OF_GROUP: Final[Mapping[str, Level]] = {"fine_grained": "fine", "overflow": "overflow"}
_VERDICT_GROUP: Final = "verdict"
_HEADER_KEYS: Final = frozenset({"id", "version", "title", "verdict_aliases"})
# Kept in the files for readers; nothing in the product depends on them.
_HEADER_NOTES: Final = frozenset(
    {
        "structure",
        "multi_label",
        "verdicts",
        "binary_policy",
        "category_required_when",
        "nvidia_prompt_order",
        "verified",
        "variants",
        "note",
        "scope",
        "severity",
        "preference",
        "definitions",
        "one_policy_per_call",
        "tasks",
        "unsure_option",
        "features_to_copy",
    },
)
_CATEGORY_NOTES: Final = frozenset({"needs_facts", "guideline_key", "verdict"})


class TaxonomyError(FieldError):
    """The categories of a taxonomy contradict each other."""


def normalise(name: str) -> str:
    """Return a name as it is compared: case folded, spaces single, none around a slash.

    >>> normalise(" Guns /Illegal  Weapons")
    'guns/illegal weapons'
    """
    return re.sub(r"\s*/\s*", "/", " ".join(name.split())).casefold()


@dataclass(frozen=True, slots=True)
class Category:
    """One thing a person can label.

    Attributes:
        id: Stable id, the only thing that is ever stored.
        code: The published code, empty if there is none.
        name: What people see.
        group: The published group.
        parent: Id of the category it rolls up to, empty if none.
        aliases: Other spellings.
        definition: What it means, in our words.
        exclude: What is not meant.
        severe: Whether fewer than two people never settle it.
        free_text: Whether the annotator also writes what the risk is.
        level: Core, fine-grained, or the overflow for what nothing else covers.
    """

    id: str
    code: str
    name: str
    group: str
    parent: str
    aliases: tuple[str, ...]
    definition: str
    exclude: str
    severe: bool
    free_text: bool
    level: Level

    def to_document(self) -> dict[str, object]:
        """Return the category as JSON-clean values."""
        return asdict(self) | {"aliases": list(self.aliases)}


_CATEGORY_KEYS: Final = frozenset(each.name for each in fields(Category))


@dataclass(frozen=True, slots=True)
class Taxonomy:
    """A versioned category tree.

    Attributes:
        id: The taxonomy's name.
        version: Its published version.
        title: What people see.
        categories: The labelable categories: core, then fine-grained, then overflow.
        verdict_aliases: Strings, as in :func:`normalise`, that name a verdict instead, sorted.
    """

    id: str
    version: str
    title: str
    categories: tuple[Category, ...]
    verdict_aliases: tuple[tuple[str, str], ...] = ()
    _by_id: dict[str, Category] = field(init=False, repr=False, compare=False)
    _by_name: dict[str, str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_by_id", {c.id: c for c in self.categories})
        object.__setattr__(self, "_by_name", _names(self.categories))
        _check(self)

    @property
    def ref(self) -> str:
        """The taxonomy as ``id@version``."""
        return f"{self.id}@{self.version}"

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of all categories, in order."""
        return tuple(self._by_id)

    @property
    def severe_ids(self) -> frozenset[str]:
        """The categories that fewer than two people never settle."""
        return frozenset(c.id for c in self.categories if c.severe)

    def get(self, category_id: str) -> Category | None:
        """Return the category with this id, None if there is none."""
        return self._by_id.get(category_id)

    def resolve(self, name: str) -> str | None:
        """Return the id behind an id, a name or an alias in any spelling, None if unknown."""
        return self._by_name.get(normalise(name))

    def verdict_of(self, name: str) -> str | None:
        """Return the verdict that a category-like string stands for, None if it is none."""
        return dict(self.verdict_aliases).get(normalise(name))

    def validate(self, ids: Iterable[str]) -> tuple[str, ...]:
        """Return those of the ids that the taxonomy does not have, sorted, each once."""
        return tuple(sorted(set(ids) - set(self._by_id)))

    def roll_up(self, ids: Iterable[str], level: Literal["core", "fine"]) -> tuple[str, ...]:
        """Return ids seen at a level, sorted, each once.

        At ``fine`` they are themselves. At ``core`` a fine-grained category becomes its parent,
        where it has one; this is for display only and never stored as a label.
        """
        if level == "fine":
            return tuple(sorted(set(ids)))
        return tuple(sorted({self._core_of(each) for each in ids}))

    def _core_of(self, category_id: str) -> str:
        category = self.get(category_id)
        return category.parent or category.id if category else category_id

    def to_document(self) -> dict[str, object]:
        """Return the taxonomy as JSON-clean values: what its digest is taken of."""
        return {
            "taxonomy": {
                "id": self.id,
                "version": self.version,
                "title": self.title,
                "verdict_aliases": dict(self.verdict_aliases),
            },
            "categories": [category.to_document() for category in self.categories],
        }

    @classmethod
    def from_document(cls, document: Mapping[str, object]) -> Taxonomy:
        """Return the taxonomy of a document: a published form, or what :meth:`to_document` wrote.

        Raises:
            FieldError: A field is missing, unknown or of the wrong kind.
        """
        whole = Row.of(document)
        whole.only(frozenset({"taxonomy", "categories", "groups"}))
        head = whole.table("taxonomy")
        head.only(_HEADER_KEYS | _HEADER_NOTES)
        rows = whole.rows("categories")
        if not rows:
            raise FieldError("categories", "is missing or empty.")
        headings = frozenset(group.text("id") for group in whole.rows("groups"))
        categories = [_category(row, headings) for row in rows if not _verdict(row)]
        aliases = {normalise(n): _verdict(row) for row in rows if _verdict(row) for n in _all(row)}
        stated = head.table("verdict_aliases")
        aliases |= {normalise(name): stated.text(name) for name in stated.fields}
        return cls(
            id=head.text("id"),
            version=head.text("version"),
            title=head.text("title"),
            # The sort is stable: inside a level the file's order is kept.
            categories=tuple(sorted(categories, key=lambda c: _LEVEL_ORDER[c.level])),
            verdict_aliases=tuple(sorted(aliases.items())),
        )


def _names(categories: Iterable[Category]) -> dict[str, str]:
    table: dict[str, str] = {}
    for category in categories:
        for name in (category.id, category.name, *category.aliases):
            holder = table.setdefault(normalise(name), category.id)
            if holder != category.id:
                message = f"“{name}” names both {holder} and {category.id}."
                raise TaxonomyError("categories", message)
    return table


def _check(taxonomy: Taxonomy) -> None:
    ids = [c.id for c in taxonomy.categories]
    twice = sorted({each for each in ids if ids.count(each) > 1})
    if twice:
        raise TaxonomyError("categories", f"the id is used twice: {', '.join(twice)}.")
    for category in taxonomy.categories:
        if category.parent and category.parent not in ids:
            message = f"the parent of {category.id}, “{category.parent}”, is not a category."
            raise TaxonomyError("categories", message)


def _verdict(row: Row) -> str:
    """Return the verdict that a row among the categories really is, empty if it is a category."""
    if row.optional("group") == _VERDICT_GROUP:
        return row.optional("verdict") or row.text("id")
    return row.optional("verdict")


def _all(row: Row) -> tuple[str, ...]:
    return (row.text("id"), row.text("name"), *row.texts("aliases"))


def _category(row: Row, headings: frozenset[str]) -> Category:
    row.only(_CATEGORY_KEYS | _CATEGORY_NOTES)
    group = row.optional("group")
    parent = row.optional("parent")
    # A parent may name a group of the file, which is a heading and not a category.
    heading = parent if parent in headings else ""
    return Category(
        id=row.text("id"),
        code=row.optional("code"),
        name=row.text("name"),
        group=group or heading,
        parent="" if heading else parent,
        aliases=row.texts("aliases"),
        definition=row.optional("definition"),
        exclude=row.optional("exclude"),
        severe=row.flag("severe"),
        free_text=row.flag("free_text"),
        level=_level(row, group),
    )


def _level(row: Row, group: str) -> Level:
    stated = row.optional("level")
    if stated and stated not in _LEVEL_ORDER:
        raise FieldError(row.at("level"), "must be core, fine or overflow.")
    if stated:
        return cast("Level", stated)
    return "overflow" if row.flag("free_text") else _LEVEL_OF_GROUP.get(group, "core")
