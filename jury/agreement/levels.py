"""The levels at which an answer is compared: verdict, core, fine as chosen, fine alone, overflow.

The same votes agree differently at each. `core` rolls fine-grained categories up to their parents;
`fine` leaves every category as it was chosen; `fine_only` keeps the fine-grained ones and drops all
others, `overflow` those of which the taxonomy has no better name. At the last two a label without such
a category is `none`, an explicit value, so that no distance divides by zero.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final, Literal

from jury.agreement.rows import EMPTY_SET
from jury.taxonomy import Taxonomy

Level = Literal["verdict", "core", "fine", "fine_only", "overflow"]
SEPARATOR: Final = "|"
SET_LEVELS: Final[tuple[Level, ...]] = ("core", "fine", "fine_only", "overflow")
LEVELS: Final[tuple[Level, ...]] = ("verdict", *SET_LEVELS)


def label(level: Level, value: str, categories: Collection[str], taxonomy: Taxonomy) -> str:
    """Return an answer's label at a level: the value, or category ids sorted and joined by `|`.

    A category that the taxonomy does not know (an irregular import) stays what it is at `core` and
    `fine`, and is on neither of the other levels.
    """
    if level == "verdict":
        return value
    if level in {"core", "fine"}:
        kept = taxonomy.roll_up(categories, "core" if level == "core" else "fine")
    else:
        wanted = "fine" if level == "fine_only" else "overflow"
        known = {one.id for one in taxonomy.categories if one.level == wanted}
        kept = tuple(sorted(known & set(categories)))
    return SEPARATOR.join(kept) or EMPTY_SET


def parents_of(taxonomy: Taxonomy) -> dict[str, str]:
    """Return the parent of each category that has one, for the tree's distance."""
    return {one.id: one.parent for one in taxonomy.categories if one.parent}
