"""Which physical key does what, computed from the item's targets and the taxonomy's order.

One registry: the handler, the caps on the page and the map all read it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from annotator.flow.labeling import AskedTarget, BlindItem

CORE: Final = (*(f"Digit{n}" for n in (1, 2, 3, 4, 5, 6, 7, 8, 9, 0)), "Minus", "Equal")
FINE: Final = ("KeyU", "KeyI", "KeyO", "KeyJ", "KeyK", "KeyL", "KeyM", "Comma", "Period")
OVERFLOW: Final = ("KeyY",)
ROWS: Final = (("KeyQ", "KeyW", "KeyE"), ("KeyA", "KeyS", "KeyD"), ("KeyZ", "KeyX", "KeyC"))
SEVERITY: Final = ("KeyZ", "KeyX", "KeyC", "KeyV")
FIXED: Final = {
    "Enter": ["submit"],
    "NumpadEnter": ["submit"],
    "KeyT": ["scope"],
    "Slash": ["find"],
    "KeyG": ["guide"],
    "KeyN": ["comment"],
    "KeyF": ["flag"],
    "BracketLeft": ["previous"],
    "BracketRight": ["skip"],
}
_PRINTED: Final = {"Minus": "-", "Equal": "=", "Comma": ",", "Period": "."}

Keymap = dict[str, list[str]]


def cap(code: str) -> str:
    """Return what stands on a key of a US keyboard.

    >>> cap("KeyQ"), cap("Digit0"), cap("Minus"), cap("")
    ('Q', '0', '-', '')
    """
    return _PRINTED.get(code) or code.removeprefix("Key").removeprefix("Digit")


def field_of(target: AskedTarget, question: str) -> str:
    """Return the form field of a question, like `prompt-safety`."""
    return f"{target.key}-{question}"


def keymap(item: BlindItem) -> Keymap:
    """Return {code: [action, …arguments]} for an item."""
    found: Keymap = dict(FIXED)
    rows = [
        (field_of(target, question.key), question.value_keys)
        for target in item.targets
        if target.asked
        for question in target.questions
    ]
    severity = severity_fields(item)
    free = ROWS[:2] if severity else ROWS
    for (field, values), row in zip(rows, free, strict=False):
        found |= _answers(field, values, row)
    if severity:
        field, levels = severity[0]
        found |= _answers(field, levels, SEVERITY)
    by_level: dict[str, list[str]] = {"core": [], "fine": [], "overflow": []}
    for category in item.taxonomy.categories:
        by_level[category.level].append(category.id)
    for level, codes in (("core", CORE), ("fine", FINE), ("overflow", OVERFLOW)):
        for code, category_id in zip(codes, by_level[level], strict=False):
            found[code] = ["category", category_id]
    return found


def severity_fields(item: BlindItem) -> list[tuple[str, tuple[str, ...]]]:
    """Return the severity fields that are asked, with their levels."""
    return [
        (f"{target.key}-severity", question.severity)
        for target in item.targets
        if target.asked
        for question in target.questions
        if question.severity
    ]


def _answers(field: str, values: Sequence[str], codes: Sequence[str]) -> Keymap:
    return {code: ["answer", field, value] for code, value in zip(codes, values, strict=False)}


def codes_by_answer(keys: Keymap) -> dict[tuple[str, ...], str]:
    """Return the code of each answer and each category.

    >>> codes_by_answer({"KeyQ": ["answer", "prompt-safety", "safe"]})
    {('answer', 'prompt-safety', 'safe'): 'KeyQ'}
    """
    return {tuple(action): code for code, action in keys.items()}
