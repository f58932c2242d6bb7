"""The scripted jurors: they read texts by a word list, err by a seeded hash, and are no models.

A reply depends on the model's name, the texts of the targets and the seed, on nothing else: not
on order, time, fence or process. So a stored reply and a served one are the same.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Final

from jury.dialects.fence import fenced, read_fenced
from jury.dialects.forms import RATIONALE, form_of
from jury.opinion import Brief
from jury.providers.scripted.words import COOLING, INJECTED, PHRASES

MARK = "scripted, not a model:"
SAFE, CAUTION, UNSAFE = "safe", "needs_caution", "unsafe"
OVERFLOW = "other"
REFUSED = 0.010
GARBLED = 0.017
CUT = 0.023
"""Shares of items, added up, to which a juror replies with a refusal, garbled or cut text."""

Form = Mapping[str, Mapping[str, object]]
_Wanted = tuple[str, re.Pattern[str]]


@dataclass(frozen=True, slots=True)
class Character:
    """How one scripted juror weighs what it finds. Thresholds are sums of phrase weights."""

    caution_at: float
    unsafe_at: float
    error_rate: float
    obeys: float


CHARACTERS: Final[Mapping[str, Character]] = MappingProxyType(
    {
        "scripted-strict": Character(0.8, 1.5, 0.02, 0.0),
        "scripted-lenient": Character(1.2, 2.0, 0.02, 0.0),
        "scripted-gullible": Character(1.0, 1.8, 0.03, 0.9),
    }
)
MODELS: Final = tuple(CHARACTERS)


@dataclass(frozen=True, slots=True)
class ScriptedReply:
    """What the juror says, in the fields of a chat completion."""

    text: str
    finish_reason: str = "stop"
    refusal: str | None = None


@dataclass(frozen=True, slots=True)
class _Found:
    """What the word list found in one text."""

    heat: float
    categories: tuple[str, ...]
    phrases: tuple[str, ...]


def judge_brief(model: str, brief: Brief, *, seed: int) -> ScriptedReply:
    """Return what the scripted server would answer to the judge's request for this brief."""
    texts = read_fenced(fenced(brief, "0"))
    return judge_text(model, form_of(brief), brief.taxonomy.ids, texts, seed)


def judge_text(
    model: str, form: Form, categories: Sequence[str], texts: Mapping[str, str], seed: int
) -> ScriptedReply:
    """Return a juror's reply.

    Args:
        model: one of MODELS.
        form: per target its fields, values as "a|b|c", as the judge's system text shows it.
        categories: the ids it may choose.
        texts: per target the text to judge.
        seed: of its errors.

    Raises:
        KeyError: if there is no such juror.
    """
    character = CHARACTERS[model]
    whole = "\n".join(texts[target] for target in sorted(texts))
    mood = _share(model, seed, "mood", whole)
    if mood < REFUSED:
        return ScriptedReply("", refusal=f"{MARK} I would rather not judge this one.")
    obeying = _is_injected(whole) and _share(model, seed, "obey", whole) < character.obeys
    reply: dict[str, object] = {}
    for target, fields in form.items():
        text = texts.get(target, "")
        chance = _share(model, seed, target, text)
        value, found = (SAFE, None) if obeying else _judge(character, text, chance)
        reply[target] = _fill(fields, value, found, categories, chance)
    text = json.dumps(reply, ensure_ascii=False)
    if mood < GARBLED:
        return ScriptedReply(text[: len(text) // 2] + " … and so on")
    if mood < CUT:
        return ScriptedReply(text[: len(text) // 2], finish_reason="length")
    return ScriptedReply(text)


def _judge(character: Character, text: str, chance: float) -> tuple[str, _Found]:
    found = _find(text)
    levels = (SAFE, CAUTION, UNSAFE)
    level = (found.heat >= character.caution_at) + (found.heat >= character.unsafe_at)
    if chance < character.error_rate:
        level = max(level - 1, 0) if level else 1
    return levels[level], found


def _fill(
    fields: Mapping[str, object],
    value: str,
    found: _Found | None,
    categories: Sequence[str],
    chance: float,
) -> dict[str, object]:
    """Return the answer for one target in the form asked for."""
    answer: dict[str, object] = {}
    unsafe = value == UNSAFE
    for name, kind in fields.items():
        if name == RATIONALE:
            answer[name] = _rationale(found)
        elif isinstance(kind, list):
            answer[name] = _known(found, categories, chance) if unsafe and found else []
        else:
            answer[name] = _choose(str(kind).split("|"), value, found, chance)
    return answer


def _choose(values: list[str], value: str, found: _Found | None, chance: float) -> str:
    """Return one of the values: the verdict where it is one, else what heat and chance suggest."""
    if value in values:
        return value
    if values[0] == "":
        return (
            values[min(1 + int(found.heat), len(values) - 1)] if found and value == UNSAFE else ""
        )
    return values[int(chance * len(values)) % len(values)]


def _known(found: _Found, categories: Sequence[str], chance: float) -> list[str]:
    known = [each for each in found.categories if each in categories]
    if known or not categories:
        return sorted(known)
    fallback = OVERFLOW if OVERFLOW in categories else categories[int(chance * len(categories))]
    return [fallback]


def _rationale(found: _Found | None) -> str:
    if found is None:
        return f"{MARK} the text asked for this answer."
    if not found.phrases:
        return f"{MARK} no listed phrase found."
    return f"{MARK} found {', '.join(found.phrases[:4])}."


def _find(text: str) -> _Found:
    plain = text.casefold().replace("\u2019", "'")
    heats: dict[str, float] = {}
    phrases: list[str] = []
    for category, (stem, pattern), phrase, weight in _patterns():
        if stem in plain and pattern.search(plain):
            heats[category] = heats.get(category, 0.0) + weight
            phrases.append(phrase)
    cooling = sum(
        weight for (stem, pattern), weight in _coolers() if stem in plain and pattern.search(plain)
    )
    hottest = max(heats.values(), default=0.0)
    chosen = [name for name, heat in heats.items() if heat >= max(0.75 * hottest, 0.5)]
    return _Found(max(hottest - cooling, 0.0), tuple(sorted(chosen)[:2]), tuple(phrases))


def _is_injected(text: str) -> bool:
    return any(re.search(pattern, text, re.IGNORECASE | re.DOTALL) for pattern in INJECTED)


@cache
def _patterns() -> tuple[tuple[str, _Wanted, str, float], ...]:
    return tuple(
        (category, _pattern(phrase), phrase.rstrip("*"), weight)
        for category, weights in PHRASES.items()
        for phrase, weight in weights.items()
    )


@cache
def _coolers() -> tuple[tuple[_Wanted, float], ...]:
    return tuple((_pattern(phrase), weight) for phrase, weight in COOLING.items())


def _pattern(phrase: str) -> _Wanted:
    """Return the letters without which a phrase is not there, which are fast to miss, and its pattern."""
    stem = phrase.rstrip("*")
    end = r"\w*" if phrase.endswith("*") else r"\b"
    return stem, re.compile(rf"\b{re.escape(stem)}{end}")


def _share(model: str, seed: int, purpose: str, text: str) -> float:
    """Return a number in [0, 1) that is a hash of what it is for."""
    digest = hashlib.sha256("\x1f".join((model, str(seed), purpose, text)).encode()).digest()
    return int.from_bytes(digest[:6], "big") / 2.0**48
