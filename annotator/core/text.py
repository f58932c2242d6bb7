"""Invisible characters made visible: judged text never hides what a reader cannot see.

Names follow the Unicode standard's abbreviations. A run of tag characters is decoded, since it
can carry a whole hidden sentence; a run of one and the same character becomes one chip, so that
a megabyte of zero-width spaces stays one.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from itertools import groupby
from typing import Final

_NAMES: Final = {
    0x00AD: "SHY", 0x034F: "CGJ", 0x061C: "ALM", 0x115F: "HCF", 0x1160: "HJF", 0x17B4: "KIV AQ",
    0x17B5: "KIV AA", 0x180E: "MVS", 0x200B: "ZWSP", 0x200C: "ZWNJ", 0x200D: "ZWJ",
    0x200E: "LRM", 0x200F: "RLM", 0x2028: "LSEP", 0x2029: "PSEP", 0x202A: "LRE", 0x202B: "RLE",
    0x202C: "PDF", 0x202D: "LRO", 0x202E: "RLO", 0x2060: "WJ", 0x2061: "f()", 0x2062: "INV TIMES",
    0x2063: "ISEP", 0x2064: "I+", 0x2066: "LRI", 0x2067: "RLI", 0x2068: "FSI", 0x2069: "PDI",
    0x2800: "BRAILLE BLANK", 0x3164: "HF", 0xFEFF: "ZWNBSP", 0xFFA0: "HWHF",
}  # fmt: skip
_TAG_FIRST: Final = 0xE0000
_TAG_LAST: Final = 0xE007F
_TAG_PRINTABLE: Final = range(0xE0020, 0xE007F)
_ORDINARY_CONTROLS: Final = "\t\n\r"
_VARIATIONS: Final = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_ZWJ: Final = "\u200d"
_HIDDEN_CATEGORIES: Final = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"})
# Cheap first look: text without any of these is one segment, untouched.
_SUSPICIOUS: Final = re.compile(
    "[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f-\\x9f\\xad\\u034f-\\u2fff\\u3164\\ud800-\\uffff"
    "\\U00010000-\\U0010ffff]"
)


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of text; `chip` is the visible name of an invisible one, empty for ordinary."""

    text: str
    chip: str = ""


def segments(text: str) -> tuple[Segment, ...]:
    r"""Return `text` cut into ordinary and invisible stretches; joined, they are the text again.

    >>> segments("a\u202eb")
    (Segment(text='a', chip=''), Segment(text='\u202e', chip='RLO'), Segment(text='b', chip=''))
    """
    if not _SUSPICIOUS.search(text):
        return (Segment(text),) if text else ()
    keys = [_key(text, index) for index in range(len(text))]
    found: list[Segment] = []
    start = 0
    for key, run in groupby(keys):
        end = start + sum(1 for _ in run)
        part = text[start:end]
        found.append(Segment(part, _chip(key, part)))
        start = end
    return tuple(found)


def _key(text: str, index: int) -> str:
    """Return "" for a visible character, "tag", or the invisible character itself."""
    character = text[index]
    code = ord(character)
    if _TAG_FIRST <= code <= _TAG_LAST:
        return "tag"
    if _VARIATIONS.match(character):
        # One selector after a visible character only chooses how that one is drawn.
        after_visible = (
            index > 0 and not _VARIATIONS.match(text[index - 1]) and not _key(text, index - 1)
        )
        return "" if after_visible else character
    if character == _ZWJ and _joins_symbols(text, index):
        return ""
    if character in _ORDINARY_CONTROLS:
        return ""
    hidden = code in _NAMES or unicodedata.category(character) in _HIDDEN_CATEGORIES
    return character if hidden else ""


def _joins_symbols(text: str, index: int) -> bool:
    before = text[:index][-2:].rstrip("\ufe0f")[-1:]
    after = text[index + 1 : index + 2]
    return _is_symbol(before) and _is_symbol(after)


def _is_symbol(character: str) -> bool:
    return bool(character) and unicodedata.category(character) in {"So", "Sk", "Sm"}


def _chip(key: str, run: str) -> str:
    if not key:
        return ""
    if key == "tag":
        words = "".join(chr(ord(c) - _TAG_FIRST) for c in run if ord(c) in _TAG_PRINTABLE)
        return f"TAG “{words}”" if words else "TAG"
    code = ord(key)
    name = _NAMES.get(code) or (f"VS U+{code:04X}" if _VARIATIONS.match(key) else f"U+{code:04X}")
    return name if len(run) == 1 else f"{name} x{len(run)}"
