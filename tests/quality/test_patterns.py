"""What an answer is called at each level of agreement."""

from __future__ import annotations

import pytest

from annotator.catalog.presets import load_taxonomy
from annotator.quality.patterns import label, levels
from jury.agreement.levels import label as library_label

AEGIS = load_taxonomy("aegis2@2.0")


@pytest.mark.parametrize(
    ("chosen", "core", "fine"),
    [
        ((), "none", "none"),
        (("violence",), "violence", "violence"),
        (("violence", "threat", "other"), "other|threat|violence", "other|threat|violence"),
        (("malware", "illegal_activity", "hate"), "hate|other", "hate|illegal_activity|malware"),
        (("malware", "unheard"), "other|unheard", "malware|unheard"),
    ],
)
def test_sets_are_those_of_the_library(chosen: tuple[str, ...], core: str, fine: str) -> None:
    found = {level: label(AEGIS, level, "unsafe", chosen) for level in ("verdict", "core", "fine")}
    assert found == {"verdict": "unsafe", "core": core, "fine": fine}
    assert found["core"] == library_label("core", "unsafe", chosen, AEGIS)


def test_a_category_is_chosen_itself_or_by_a_finer_one() -> None:
    said = {level: label(AEGIS, level, "unsafe", ("malware",)) for level in levels(AEGIS)}
    assert [level for level, word in said.items() if word == "yes"] == ["malware", "core:other"]
    assert {word for level, word in said.items() if level not in {"verdict", "core", "fine"}} == {
        "yes",
        "no",
    }
