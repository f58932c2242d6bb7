"""Who was shown what others said of an item."""

from __future__ import annotations

from collections.abc import Collection

from annotator.labeling.models import Shown


def note_shown(*, item_ids: Collection[int], person_id: int) -> None:
    """Remember that a person is shown what others said of these items, from now on."""
    Shown.objects.bulk_create(
        [Shown(item_id=item_id, person_id=person_id) for item_id in item_ids],
        ignore_conflicts=True,
    )
