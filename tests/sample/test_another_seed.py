"""Another seed gives other votes, and the same plan holds."""

from __future__ import annotations

from collections import Counter

import pytest

from annotator.intake.models import Item
from annotator.sample.builder import build


@pytest.mark.django_db
@pytest.mark.slow
def test_the_sample_of_another_seed_has_its_items_in_the_same_states() -> None:
    assert build(20).created
    assert Counter(Item.objects.values_list("state", flat=True)) == {
        "settled": 150,
        "in_work": 40,
        "label_again": 20,
        "with_lead": 10,
        "open": 20,
    }
