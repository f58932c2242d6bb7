"""What a policy judges by: its options, and how many people a category asks for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from jury.policy.base import PolicyError
from jury.policy.options import Settings
from jury.taxonomy import Taxonomy

SEVERE_FLOOR: Final = 2
"""People below whom a severe category is never settled."""


@dataclass(frozen=True, slots=True)
class Court:
    """What a policy judges by.

    Attributes:
        policy: The policy's name.
        version: Its version.
        settings: Its options.
        severe: The categories that fewer than two people never settle.
        reads_jury: Whether opinions can change a decision.
        floors: Human votes below which a unit is not settled once a category was chosen.
        categories: All that can be chosen.
    """

    policy: str
    version: int
    settings: Settings
    severe: frozenset[str]
    reads_jury: bool
    floors: Mapping[str, int] = field(hash=False, default_factory=dict)
    categories: tuple[str, ...] = ()

    @classmethod
    def of(
        cls, policy: str, version: int, settings: Settings, taxonomy: Taxonomy, *, reads_jury: bool
    ) -> Court:
        """Return the court of a policy under a taxonomy.

        Raises:
            PolicyError: A floor for a category that the taxonomy does not have.
        """
        floors = _floors(settings, taxonomy)
        known = tuple(category.id for category in taxonomy.categories)
        return cls(policy, version, settings, taxonomy.severe_ids, reads_jury, floors, known)


def _floors(settings: Settings, taxonomy: Taxonomy) -> dict[str, int]:
    """Return the floor of each category that has one: its own, its parent's, that of the severe."""
    own = dict(settings.category_floor)
    unknown = taxonomy.validate(own)
    if unknown:
        message = f"Option “category_floor”: the taxonomy has no category “{unknown[0]}”."
        raise PolicyError(message)
    found = {}
    for category in taxonomy.categories:
        severe = SEVERE_FLOOR if category.severe else 0
        floor = max(severe, own.get(category.id, 0), own.get(category.parent, 0))
        if floor:
            found[category.id] = floor
    return found
