from __future__ import annotations

import pytest

from annotator.core.text import Segment, segments


@pytest.mark.parametrize(
    ("character", "chip"),
    [
        ("\u202e", "RLO"),
        ("\u2066", "LRI"),
        ("\u200b", "ZWSP"),
        ("\u200d", "ZWJ"),
        ("\ufeff", "ZWNBSP"),
        ("\u00ad", "SHY"),
        ("\x07", "U+0007"),
        ("\U000e0041", "TAG “A”"),
        ("\ue000", "U+E000"),
        ("\u3164", "HF"),
    ],
)
def test_an_invisible_character_gets_a_named_chip(character: str, chip: str) -> None:
    assert segments(f"a{character}b") == (Segment("a"), Segment(character, chip), Segment("b"))


@pytest.mark.parametrize(
    "text", ["", "plain\ttext\r\nsecond line", "Grüße, 日本語, مرحبا", "👩\u200d🔬 ❤\ufe0f 👍🏽"]
)
def test_ordinary_text_stays_one_segment(text: str) -> None:
    assert segments(text) == ((Segment(text),) if text else ())


def test_hidden_tag_text_is_spelled_out() -> None:
    hidden = "".join(chr(0xE0000 + ord(c)) for c in "be kind")
    assert segments(f"x{hidden}")[1].chip == "TAG “be kind”"


def test_a_long_run_is_one_chip_and_the_text_is_never_changed() -> None:
    text = "a" + "\u200b" * 100_000 + "b\u2066\u2069"
    found = segments(text)
    assert [s.chip for s in found] == ["", "ZWSP x100000", "", "LRI", "PDI"]
    assert "".join(s.text for s in found) == text


def test_a_second_variation_selector_is_shown() -> None:
    assert [s.chip for s in segments("a\ufe0f\ufe01")] == ["", "VS U+FE01"]
