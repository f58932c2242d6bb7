"""What a policy answers, and the same in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, Literal, cast

from jury.policy.words import (
    chosen_words,
    join,
    limit_words,
    next_step,
    number,
    panel_words,
    reason_words,
    settled_words,
    vote_words,
)
from jury.taxonomy import Taxonomy
from jury.verdict import Answer, QuestionSchema

Outcome = Literal["waiting", "settled", "reannotate", "adjudicate"]
Source = Literal[
    "human_majority",
    "adjudicator",
    "llm_jury",
    "inherited",
    "refusal_data_augmentation",
    "",
]
Rule = Literal["majority", "panel", "D1", "D2", "D3", "D4", "adjudication", ""]

HUMAN_SOURCES: Final = frozenset({"human_majority", "adjudicator"})
_NOTHING: Final[Mapping[str, object]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class CategoryCount:
    """How many of those asked chose a category, and whether that is more than half."""

    category: str
    votes_for: int
    of: int
    majority: bool


@dataclass(frozen=True, slots=True)
class Decision:
    """The outcome for one question on one unit.

    Attributes:
        unit: The unit's id.
        question: The key of the question.
        outcome: What happens with the unit.
        answer: The ruling; None unless settled.
        source: Where the ruling comes from; empty unless settled.
        rule: The rule that gave it; empty unless settled.
        contested: Whether a lead called the unit contested.
        share: Share of the voters behind the leading collapsed value; None without votes.
        reasons: Stable codes, see ``jury.policy.words``.
        evidence: JSON-clean counts and limits the outcome rests on.
        categories: Votes for each category that was chosen at least once.
    """

    unit: int
    question: str
    outcome: Outcome
    answer: Answer | None = None
    source: Source = ""
    rule: Rule = ""
    contested: bool = False
    share: float | None = None
    reasons: tuple[str, ...] = ()
    evidence: Mapping[str, object] = field(default_factory=lambda: _NOTHING)
    categories: tuple[CategoryCount, ...] = ()

    @property
    def human_judged(self) -> bool:
        """Whether people judged this very unit; an inherited or jury ruling is not human judged."""
        return self.source in HUMAN_SOURCES


def explain(decision: Decision, schema: QuestionSchema, taxonomy: Taxonomy | None = None) -> str:
    """Return the decision in plain sentences: the votes, why this outcome, what happens next."""
    sentences = _votes(decision, schema)
    if decision.outcome == "settled":
        outstanding = _number(decision.evidence, "outstanding")
        sentences += [_settled(decision, schema, taxonomy)]
        sentences += reason_words(decision.reasons, outstanding=outstanding)
    else:
        sentences += [*reason_words(decision.reasons), *_disputed(decision, taxonomy)]
        sentences += _floors(decision, taxonomy)
    sentences.append(next_step(decision.outcome, _number(decision.evidence, "seats_pending")))
    return " ".join(each for each in sentences if each)


def _votes(decision: Decision, schema: QuestionSchema) -> list[str]:
    """The votes of people, of the jury where it is read, and the bar they are held against."""
    seen = decision.evidence

    def label(key: str) -> str:
        return schema.label(key).lower()

    sentences = []
    people = _counts(seen, "votes")
    if people is not None and decision.source not in {"inherited", "llm_jury"}:
        sentences.append(vote_words(people, label))
    share = seen.get("min_share")
    if isinstance(share, float) and decision.share is not None and decision.rule != "adjudication":
        sentences.append(f"The policy settles at {limit_words(share)}.")
    jury = _counts(seen, "jury")
    if jury and any(jury.values()):
        sentences.append(vote_words(jury, label, voters=("juror", "jurors")))
    panel = seen.get("panel")
    if isinstance(panel, Mapping) and decision.rule in {"panel", ""}:
        sentences += panel_words(panel)
    return sentences


def _settled(decision: Decision, schema: QuestionSchema, taxonomy: Taxonomy | None) -> str:
    if decision.answer is None:
        return ""
    sentence = settled_words(decision.rule, schema.label(decision.answer.value).lower())
    counted = [count for count in decision.categories if count.majority]
    chosen = [chosen_words(_name(c.category, taxonomy), c.votes_for, c.of) for c in counted]
    if not chosen:
        chosen = [_name(each, taxonomy) for each in decision.answer.categories]
    return f"{sentence}; {join(chosen)}." if chosen else f"{sentence}."


def _disputed(decision: Decision, taxonomy: Taxonomy | None) -> list[str]:
    """The categories that keep a unit open, where they do."""
    if not {"category_tie", "no_common_category"} & set(decision.reasons):
        return []
    open_ones = [count for count in decision.categories if not count.majority]
    parts = [chosen_words(_name(c.category, taxonomy), c.votes_for, c.of) for c in open_ones]
    return [f"{join(parts)}."] if parts else []


def _floors(decision: Decision, taxonomy: Taxonomy | None) -> list[str]:
    """How many people the chosen categories ask for, where that is what keeps a unit open."""
    floors = _counts(decision.evidence, "category_floors")
    if floors is None or "category_floor" not in decision.reasons:
        return []
    asked = [f"{_name(c, taxonomy)} asks for {number(n)} people" for c, n in floors.items()]
    return [f"{join(asked)}."]


def _name(category_id: str, taxonomy: Taxonomy | None) -> str:
    category = taxonomy.get(category_id) if taxonomy else None
    return category.name if category else category_id


def _counts(evidence: Mapping[str, object], key: str) -> Mapping[str, int] | None:
    found = evidence.get(key)
    return cast("Mapping[str, int]", found) if isinstance(found, Mapping) else None


def _number(evidence: Mapping[str, object], key: str) -> int:
    found = evidence.get(key, 0)
    return found if isinstance(found, int) else 0
