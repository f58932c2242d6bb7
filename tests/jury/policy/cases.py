"""Small facts to judge: votes written as ``"unsafe harassment threat"``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from jury.policy.base import Policy
from jury.policy.decision import Decision
from jury.policy.facts import ItemFacts, Kind, UnitFacts, Vote
from jury.policy.registry import load_policy
from jury.taxonomy import Category, Level, Taxonomy
from jury.verdict import PRESETS, Answer

SAFETY = PRESETS["safety"]


def category(key: str, *, severe: bool = False, level: Level = "core") -> Category:
    return Category(key, "", key.title(), "", "", (), "", "", severe, level == "overflow", level)


TAXONOMY = Taxonomy(
    id="small",
    version="1",
    title="Small",
    categories=(
        category("harassment"),
        category("threat"),
        category("weapons", severe=True),
        category("other", level="overflow"),
    ),
)


def policy(
    name: str = "majority", options: Mapping[str, object] | None = None, *, overlap: int = 3
) -> Policy:
    return load_policy(name, options or {}, taxonomy=TAXONOMY, overlap=overlap)


def answer(text: str) -> Answer:
    value, *categories = text.split()
    return Answer(value, tuple(categories))


def votes(*texts: str, kind: Kind = "human") -> tuple[Vote, ...]:
    return tuple(Vote(f"{kind}{i}", kind, answer(text)) for i, text in enumerate(texts))


def jury(*texts: str) -> tuple[Vote, ...]:
    return votes(*texts, kind="juror")


def unit(target: str = "prompt", *cast: Vote, **known: object) -> UnitFacts:
    facts = UnitFacts(1, target, "safety", SAFETY, cast)
    return replace(facts, **known)  # type: ignore[arg-type]


def decide(judge: Policy, *cast: Vote, **known: object) -> Decision:
    (decision,) = judge.decide(
        ItemFacts(1, has_response=False, units=(unit("prompt", *cast, **known),))
    )
    return decision
