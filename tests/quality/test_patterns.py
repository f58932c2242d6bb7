"""What an answer is called at each level of agreement."""

from __future__ import annotations

import pytest

from annotator.catalog.presets import load_taxonomy
from annotator.quality.patterns import SETS, label, levels
from jury.agreement.levels import label as library_label

AEGIS = load_taxonomy("aegis2@2.0")


@pytest.mark.parametrize(
    ("chosen", "core", "fine", "alone"),
    [
        ((), "none", "none", "none"),
        (("violence",), "violence", "violence", "none"),
        (("other", "threat"), "other|threat", "other|threat", "none"),
        (("malware", "fraud", "hate"), "hate|other", "fraud|hate|malware", "fraud|malware"),
        (("malware", "unheard"), "other|unheard", "malware|unheard", "malware"),
    ],
)
def test_sets_are_those_of_the_library(
    chosen: tuple[str, ...], core: str, fine: str, alone: str
) -> None:
    sets = {"core": core, "fine": fine, "fine_only": alone}
    found = {level: label(AEGIS, level, "unsafe", chosen) for level in ("verdict", *sets)}
    assert found == {"verdict": "unsafe", **sets}
    assert found["core"] == library_label("core", "unsafe", chosen, AEGIS)


def test_a_category_is_chosen_itself_or_by_a_finer_one() -> None:
    said = {level: label(AEGIS, level, "unsafe", ("malware",)) for level in levels(AEGIS)}
    assert [level for level, word in said.items() if word == "yes"] == ["malware", "core:other"]
    assert {word for level, word in said.items() if level not in {"verdict", *SETS}} == {
        "yes",
        "no",
    }


def test_only_a_taxonomy_with_finer_categories_has_them_alone() -> None:
    assert "fine_only" in levels(AEGIS)
    assert "fine_only" not in levels(load_taxonomy("llama_guard_3@3"))
