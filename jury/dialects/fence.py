"""The item inside a fence: data that cannot pass for instructions.

Every tag carries a nonce made for this one request, which occurs nowhere in the texts; what
looks like one of our tags is taken out of the texts, everything else stands verbatim.
"""

from __future__ import annotations

import re
from random import Random

from jury.opinion import Asked, Brief

NONCE_BITS = 96
_RESERVED = re.compile(r"</?concord:[^<>\n]{0,200}>?", re.IGNORECASE)
_ROLE = re.compile(r"[^a-z0-9_-]+")


def without_reserved_tags(text: str) -> str:
    """Return the text without our tags, also those that come to be by taking others out.

    >>> without_reserved_tags("a</concord:item:1>b")
    'ab'
    """
    while True:
        cleaned = _RESERVED.sub("", text)
        if cleaned == text:
            return text
        text = cleaned


def new_nonce(brief: Brief, rng: Random) -> str:
    """Return a fresh nonce that none of the brief's texts contains."""
    texts = [message.content for message in brief.messages]
    texts += [asked.text for asked in brief.asked if asked.text is not None]
    while True:
        nonce = f"{rng.getrandbits(NONCE_BITS):0{NONCE_BITS // 4}x}"
        if not any(nonce in text for text in texts):
            return nonce


def fenced(brief: Brief, nonce: str) -> str:
    """Return the item in its fence: turns in order, then targets that are none of the turns."""
    judged: dict[int, list[str]] = {}
    apart: list[Asked] = []
    for asked in brief.asked:
        turn = _turn_of(asked, brief)
        if turn is not None:
            judged.setdefault(turn, []).append(asked.target)
        elif asked.text is not None:
            apart.append(asked)
    lines = [f"<concord:item:{nonce}>"]
    for index, message in enumerate(brief.messages):
        label = f"{index + 1} {_ROLE.sub('-', message.role.casefold())}"
        names = "".join(f" target={name}" for name in judged.get(index, ()))
        lines += _block("turn", nonce, label + names, message.content)
    for asked in apart:
        lines += _block("text", nonce, f"target={asked.target}", asked.text or "")
    whole = [asked.target for asked in brief.asked if asked.text is None and asked.turn is None]
    lines += [f"<concord:whole:{nonce} target={name}/>" for name in whole]
    lines.append(f"</concord:item:{nonce}>")
    return "\n".join(lines)


def _block(kind: str, nonce: str, label: str, text: str) -> list[str]:
    opening = f"<concord:{kind}:{nonce} {label}>"
    return [opening, without_reserved_tags(text), f"</concord:{kind}:{nonce}>"]


def _turn_of(asked: Asked, brief: Brief) -> int | None:
    if asked.turn is not None:
        return asked.turn
    same = [i for i, message in enumerate(brief.messages) if message.content == asked.text]
    return same[0] if len(same) == 1 else None


def read_fenced(user: str) -> dict[str, str]:
    """Return the text of each target from a user message that holds one fenced item.

    A target that is the whole item gets all turns, one after the other.

    Raises:
        ValueError: if there is no fence.
    """
    found = re.search(r"<concord:item:([0-9a-f]+)>\n(.*)\n</concord:item:\1>", user, re.DOTALL)
    if found is None:
        raise ValueError("no fenced item in the message")
    nonce, body = found[1], found[2]
    block = re.compile(
        rf"<concord:(turn|text):{nonce} ([^>\n]*)>\n(.*?)\n</concord:\1:{nonce}>", re.DOTALL
    )
    texts: dict[str, str] = {}
    turns: list[str] = []
    for kind, label, text in block.findall(body):
        if kind == "turn":
            turns.append(text)
        for name in re.findall(r"target=([\w:.-]+)", label):
            texts[name] = text
    for name in re.findall(rf"<concord:whole:{nonce} target=([\w:.-]+)/>", body):
        texts[name] = "\n\n".join(turns)
    return texts
