"""From an item's facts to the rows of the canonical files. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC
from typing import Final

from annotator.catalog.queries import ProjectView
from annotator.core.digests import canonical
from annotator.intake.texts import TurnView
from annotator.release.facts import ItemFact, RulingFact, UnitFact, VoteFact
from annotator.release.splits import TEST
from jury.verdict import RESPONSE_TARGETS, Answer, Caution, QuestionSchema

SAFETY: Final = "safety"
UNIT_COLUMNS: Final = (
    "id", "target", "prompt", "response", "messages", "safety", "safety_permissive",
    "safety_defensive", "categories", "severity", "source", "rule", "human_judged", "contested",
    "n_human", "n_juror", "soft_safe", "soft_needs_caution", "soft_unsafe", "agreement", "split",
    "taxonomy", "taxonomy_version", "policy_version", "model", "redacted",
)  # fmt: skip
VOTE_COLUMNS: Final = (
    "item", "target", "rater", "kind", "state", "reason", "safety", "categories", "severity",
    "seconds", "round", "phase", "superseded", "model", "juror_version", "at",
)  # fmt: skip
_SOFT: Final = ("safe", "needs_caution", "unsafe")
_OWN_COLUMN: Final = RESPONSE_TARGETS - {"response"}

Row = dict[str, object]


@dataclass(slots=True)
class Counts:
    """How many of what went into a release."""

    items: int = 0
    units: int = 0
    units_released: int = 0
    people_asked: int = 0
    people_asked_judged: int = 0
    human_judged: int = 0
    contested: int = 0
    redacted: int = 0
    votes_human: int = 0
    votes_juror: int = 0
    abstentions: int = 0
    skipped: int = 0
    votes_set_aside: int = 0
    by_source: Counter[str] = field(default_factory=Counter)
    by_split: Counter[str] = field(default_factory=Counter)
    by_target: Counter[str] = field(default_factory=Counter)

    def document(self) -> dict[str, object]:
        """Return the counts as the manifest holds them."""
        return {
            "items": self.items,
            "units": self.units,
            "units_released": self.units_released,
            "units_unsettled": self.units - self.units_released,
            "human_judged": self.human_judged,
            "contested": self.contested,
            "redacted": self.redacted,
            "votes_human": self.votes_human,
            "votes_juror": self.votes_juror,
            "abstentions": self.abstentions,
            "skipped": self.skipped,
            "votes_set_aside": self.votes_set_aside,
            "by_source": dict(sorted(self.by_source.items())),
            "by_split": dict(sorted(self.by_split.items())),
            "by_target": dict(sorted(self.by_target.items())),
        }


@dataclass(frozen=True, slots=True)
class Shaper:
    """Makes a project's rows, and counts them.

    Attributes:
        project: What is asked.
        asked_of_people: (target, question) pairs people are asked, by base target.
        splits: Each item's split.
        counts: Kept along.
    """

    project: ProjectView
    asked_of_people: frozenset[tuple[str, str]]
    splits: Mapping[int, str]
    counts: Counts = field(default_factory=Counts)

    def units(self, items: Sequence[ItemFact]) -> Iterator[Row]:
        """Yield the rows of settled units, sorted by (id, target)."""
        keyed = []
        for item in items:
            self.counts.items += 1
            self.counts.redacted += item.redacted
            for unit in item.units:
                questions = self.project.questions_for(unit.target)
                if not questions:
                    continue
                self.counts.units += 1
                if all(question.key in unit.rulings for question in questions):
                    row = self._unit(item, unit, questions)
                    keyed.append(((item.external_id, unit.target, item.place), row))
        for _, row in sorted(keyed, key=lambda pair: pair[0]):
            yield row

    def _unit(self, item: ItemFact, unit: UnitFact, asked: Sequence[QuestionSchema]) -> Row:
        main = next((question for question in asked if question.key == SAFETY), asked[0])
        ruling = unit.rulings[main.key]
        human = all(unit.rulings[question.key].human_judged for question in asked)
        prompt, response = parts(item.turns, unit.target)
        given = unit.answers.get(main.key, ())
        row: Row = {
            "id": item.external_id,
            "target": unit.target,
            "prompt": prompt,
            "response": response,
            "messages": [{"role": turn.role, "content": turn.content} for turn in item.turns],
            **_safety(unit, main),
            "source": ruling.source,
            "rule": ruling.rule,
            "human_judged": human,
            "contested": any(unit.rulings[question.key].contested for question in asked),
            "n_human": len(given),
            "n_juror": unit.jurors.get(main.key, 0),
            **_soft(given if main.key == SAFETY else ()),
            "agreement": agreeing_pairs(given),
            "split": self._split(item.id, human=human),
            "taxonomy": self.project.taxonomy.id,
            "taxonomy_version": self.project.taxonomy.version,
            "policy_version": ruling.policy_version,
            "model": item.model or None,
            "redacted": item.redacted,
        }
        for question in self.project.questions:
            if question.key != SAFETY:
                other = unit.rulings.get(question.key)
                row[question.key] = other.answer.value if other else None
        self._count(row, unit.target, asked)
        return row

    def _split(self, item: int, *, human: bool) -> str | None:
        """Keep what no person judged out of the test split, and its text out of the others."""
        split = self.splits[item]
        return None if split == TEST and not human else split

    def _count(self, row: Row, target: str, asked: Sequence[QuestionSchema]) -> None:
        counts = self.counts
        counts.units_released += 1
        counts.human_judged += bool(row["human_judged"])
        counts.contested += bool(row["contested"])
        counts.by_source[str(row["source"])] += 1
        counts.by_split[str(row["split"] or "none")] += 1
        base = target.partition(":")[0]
        counts.by_target[base] += 1
        if all((base, question.key) in self.asked_of_people for question in asked):
            counts.people_asked += 1
            counts.people_asked_judged += bool(row["human_judged"])

    def votes(self, items: Sequence[ItemFact]) -> Iterator[Row]:
        """Yield the rows of votes, sorted by (item, target) and then by all they say."""
        keyed = []
        for item in items:
            self.counts.votes_set_aside += item.set_aside
            for vote in item.votes:
                row = self._vote(item.external_id, vote)
                key = (item.external_id, vote.target, item.place, vote.kind, vote.rater)
                keyed.append((key, vote.round or 0, canonical(row), row))
        for _, _, _, row in sorted(keyed, key=lambda entry: entry[:3]):
            yield row

    def _vote(self, item: str, vote: VoteFact) -> Row:
        self._count_vote(vote)
        safety = vote.answers.get(SAFETY)
        row: Row = {
            "item": item,
            "target": vote.target,
            "rater": vote.rater,
            "kind": vote.kind,
            "state": vote.state,
            "reason": vote.reason or None,
            "safety": safety.value if safety else None,
            "categories": list(safety.categories) if safety else None,
            "severity": (safety.severity or None) if safety else None,
            "seconds": vote.seconds,
            "round": vote.round,
            "phase": vote.phase or None,
            "superseded": vote.superseded,
            "model": vote.model or None,
            "juror_version": vote.juror_version or None,
            "at": vote.at.astimezone(UTC).isoformat() if vote.at else None,
        }
        for question in self.project.questions:
            if question.key != SAFETY:
                answer = vote.answers.get(question.key)
                row[question.key] = answer.value if answer else None
        return row

    def _count_vote(self, vote: VoteFact) -> None:
        if vote.state == "skipped":
            self.counts.skipped += 1
        elif vote.state == "abstained":
            self.counts.abstentions += 1
        elif vote.kind == "human":
            self.counts.votes_human += 1
        else:
            self.counts.votes_juror += 1


def parts(turns: Sequence[TurnView], target: str) -> tuple[str | None, str | None]:
    """Return the prompt and the response that a unit's row shows.

    The prompt is the last message of the user. The response is the unit's own text where the
    target is one of several responses, else the assistant's first message after the prompt.
    """
    asked = next((i for i in reversed(range(len(turns))) if turns[i].role == "user"), None)
    prompt = None if asked is None else turns[asked].content
    after = turns[asked + 1 :] if asked is not None else ()
    if target in _OWN_COLUMN:
        return prompt, next((turn.content for turn in after if turn.target == target), None)
    plain = (t.content for t in after if t.role == "assistant" and t.target not in _OWN_COLUMN)
    return prompt, next(plain, None)


def _safety(unit: UnitFact, main: QuestionSchema) -> Row:
    ruling: RulingFact | None = unit.rulings.get(SAFETY)
    if ruling is None or main.key != SAFETY:
        keys = ("safety", "safety_permissive", "safety_defensive", "categories", "severity")
        return dict.fromkeys(keys)
    value = ruling.answer.value
    return {
        "safety": value,
        "safety_permissive": _collapsed(main, value, "permissive"),
        "safety_defensive": _collapsed(main, value, "defensive"),
        "categories": list(ruling.answer.categories),
        "severity": ruling.answer.severity or None,
    }


def _collapsed(schema: QuestionSchema, value: str, caution: Caution) -> str:
    return schema.collapse(value, caution)


def _soft(answers: Sequence[Answer]) -> Row:
    """Return the share of people's votes for each value, None without votes."""
    counted = Counter(answer.value for answer in answers)
    return {f"soft_{value}": counted[value] / len(answers) if answers else None for value in _SOFT}


def agreeing_pairs(answers: Sequence[Answer]) -> float | None:
    """Return the share of pairs of votes with the same value, None below two votes."""
    n = len(answers)
    if n < 2:
        return None
    counted = Counter(answer.value for answer in answers)
    return sum(c * (c - 1) for c in counted.values()) / (n * (n - 1))
