"""What the simulated people say: seeded draws, repeated until an item stands where it should.

Every draw is a hash of the seed and what it is for, so that the sample depends on nothing else.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from annotator.sample.content import IN_WORK, LABEL_AGAIN, LEAD, MISTAKEN, SETTLED, Truth
from annotator.sample.people import CHARACTERS, Character
from jury.policy.base import Policy
from jury.policy.facts import ItemFacts, UnitFacts, Vote
from jury.verdict import Answer, QuestionSchema

SAFE: Final = "safe"
CAUTION: Final = "needs_caution"
UNSAFE: Final = "unsafe"
MANIPULATION: Final = "manipulation"
HARASSMENT: Final = "harassment"
REGION: Final = "immoral"
"""What somebody chooses who sees a risk where none is planted."""

FIRST_PASS: Final = 3
TRIES: Final = 3000
WRONG: Final[Mapping[str, tuple[str, str]]] = {
    SAFE: (CAUTION, UNSAFE),
    CAUTION: (SAFE, UNSAFE),
    UNSAFE: (CAUTION, SAFE),
}
NEIGHBOURS: Final[Mapping[str, str]] = {
    "harassment": "threat",
    "threat": "violence",
    "violence": "threat",
    "criminal_planning": "illegal_activity",
    "illegal_activity": "criminal_planning",
    "copyright": "immoral",
    "controlled_substances": "unauthorized_advice",
    "unauthorized_advice": "controlled_substances",
    "hate": "harassment",
    "high_risk_gov": "political_misinfo",
    "fraud": "criminal_planning",
    "pii": "illegal_activity",
}
SLIP: Final = 0.07
"""How often somebody takes a neighbouring category."""

TOLD: Final = 0.3
"""What is left of the errors where the new guideline tells what to choose."""

Said = Mapping[str, Answer]
"""One person's answer by target."""


@dataclass(frozen=True, slots=True)
class Ballot:
    """What one simulated person says of an item, in which round."""

    character: Character
    round: int
    answers: Said


@dataclass(frozen=True, slots=True)
class Rule:
    """How votes are decided: the project's policy and its question."""

    policy: Policy
    schema: QuestionSchema

    def outcomes(self, said: Sequence[Said]) -> dict[str, tuple[str, Answer | None]]:
        """Return outcome and answer by target once these people have answered, nobody else."""
        targets = {target: n for n, target in enumerate(sorted({t for s in said for t in s}))}
        units = tuple(
            UnitFacts(
                unit=number,
                target=target,
                question=self.schema.key,
                schema=self.schema,
                votes=tuple(
                    Vote(str(n), "human", each[target])
                    for n, each in enumerate(said)
                    if target in each
                ),
            )
            for target, number in targets.items()
        )
        facts = ItemFacts(item=0, has_response="response" in targets, units=units)
        decided = self.policy.decide(facts)
        return {t: (decided[n].outcome, decided[n].answer) for t, n in targets.items()}


def draw(*parts: object) -> float:
    """Return a number in [0, 1) that depends on the parts alone."""
    joined = "\x1f".join(str(part) for part in parts)
    return int.from_bytes(hashlib.sha256(joined.encode()).digest()[:6], "big") / 2.0**48


def ballots(truth: Truth, rule: Rule, *, seed: int, rules_changed: bool) -> tuple[Ballot, ...]:
    """Return the votes that bring an item to the state planted for it.

    Args:
        truth: The item.
        rule: How votes are decided.
        seed: Of all draws.
        rules_changed: Whether people had the guideline that tells manipulation from harassment.

    Raises:
        LookupError: No draw does it.
    """
    planted = _Planted(truth, rule, seed, rules_changed)
    for attempt in range(TRIES):
        found = planted.attempt(attempt)
        if found is not None:
            return found
    message = f"{truth.external_id}: no votes bring it to {truth.state!r}"
    raise LookupError(message)


@dataclass(frozen=True, slots=True)
class _Planted:
    """One item on its way to the state planted for it."""

    truth: Truth
    rule: Rule
    seed: int
    rules_changed: bool

    def attempt(self, number: int) -> tuple[Ballot, ...] | None:
        """Return the votes of one attempt, None if they lead elsewhere."""
        everybody = self._voters()
        many = FIRST_PASS
        if self.truth.state == IN_WORK:
            many = 1 + int(draw(self.seed, "begun", self.truth.external_id) < 0.5)
        said = [self._say(person, number) for person in everybody]
        first = tuple(Ballot(p, 1, s) for p, s in zip(everybody[:many], said, strict=False))
        match self.truth.state:
            case "in_work":
                return first
            case "settled":
                return first if self._is_settled(said[:many]) else None
            case "label_again":
                return first if self._is_split(said[:many]) else None
            case "lead":
                return self._disputed(first, everybody, said)
        return ()

    def _voters(self) -> list[Character]:
        """Return the simulated people in the order in which they come to this item."""
        key = self.truth.external_id
        return sorted(CHARACTERS, key=lambda c: draw(self.seed, "voters", key, c.username))

    def _is_settled(self, said: Sequence[Said]) -> bool:
        for target, (outcome, answer) in self.rule.outcomes(said).items():
            if outcome != SETTLED or answer is None:
                return False
            if not self._is_right(answer, self.truth.answers[target]):
                return False
        return self.rules_changed or self.truth.note != MISTAKEN or _differ(said)

    def _is_right(self, answer: Answer, right: Answer) -> bool:
        """Whether a ruling says what is planted; a mistaken category is part of the plan."""
        collapse = self.rule.schema.collapse
        if collapse(answer.value, "permissive") != collapse(right.value, "permissive"):
            return False
        return self.truth.note == MISTAKEN or set(right.categories) <= set(answer.categories)

    def _is_split(self, said: Sequence[Said]) -> bool:
        found = {outcome for outcome, _ in self.rule.outcomes(said).values()}
        return "reannotate" in found and found <= {"reannotate", SETTLED}

    def _disputed(
        self, first: tuple[Ballot, ...], everybody: Sequence[Character], said: list[Said]
    ) -> tuple[Ballot, ...] | None:
        """Return first votes and two more on what stays open, None if somebody settles it all."""
        given = list(said[:FIRST_PASS])
        if not self._is_split(given):
            return None
        found = list(first)
        open_targets = self._open(given)
        for place in (FIRST_PASS, FIRST_PASS + 1):
            more = {target: said[place][target] for target in open_targets}
            found.append(Ballot(everybody[place], place - FIRST_PASS + 2, more))
            given.append(more)
            still = self._open(given)
            if still != open_targets:
                return None
        outcomes = self.rule.outcomes(given)
        disputed = all(outcomes[target][0] == "adjudicate" for target in open_targets)
        return tuple(found) if disputed else None

    def _open(self, said: Sequence[Said]) -> list[str]:
        return [t for t, (outcome, _) in self.rule.outcomes(said).items() if outcome != SETTLED]

    def _say(self, person: Character, attempt: int) -> Said:
        return {target: self._answer(person, target, attempt) for target in self.truth.answers}

    def _answer(self, person: Character, target: str, attempt: int) -> Answer:
        right = self.truth.answers[target]

        def chance(purpose: str) -> float:
            where = (self.truth.external_id, target, person.username)
            return draw(self.seed, attempt, purpose, *where)

        value = self._value(person, right, chance("wrong"), chance("which"), attempt)
        if right.value != SAFE and chance("lenient") < person.lenient:
            value = SAFE
        if value != UNSAFE:
            return Answer(value)
        return Answer(UNSAFE, self._categories(person, right, chance("slip"), chance("mistake")))

    def _value(
        self, person: Character, right: Answer, wrong: float, which: float, attempt: int
    ) -> str:
        # An item that must be disputed heats up until people differ enough.
        heat = 0.0 if self.truth.state in {SETTLED, IN_WORK} else 0.15 + attempt / 60
        told = self.rules_changed and self.truth.note == MISTAKEN
        usual = TOLD if told else 0.4 + 1.2 * self.truth.difficulty
        limit = min(person.error * usual + heat, 0.75)
        if wrong >= limit:
            return right.value
        near, far = WRONG[right.value]
        return near if which < 0.6 else far

    def _categories(
        self, person: Character, right: Answer, slip: float, mistake: float
    ) -> tuple[str, ...]:
        chosen = right.categories or self._elsewhere()
        if self.truth.note == MISTAKEN and MANIPULATION in chosen:
            if not self.rules_changed and mistake < person.mistakes:
                return (HARASSMENT,)
            return (MANIPULATION,)
        if slip < SLIP and chosen:
            return (NEIGHBOURS.get(chosen[0], REGION), *chosen[1:])
        return chosen

    def _elsewhere(self) -> tuple[str, ...]:
        """Return the categories planted for another part of the item, else a vague one."""
        planted = sorted({c for a in self.truth.answers.values() for c in a.categories})
        return tuple(planted[:1]) or (REGION,)


def _differ(said: Iterable[Said]) -> bool:
    """Whether of those who called the prompt unsafe, some chose one category, some the other."""
    chosen = {each["prompt"].categories for each in said if each["prompt"].value == UNSAFE}
    return len(chosen) > 1


__all__ = ["IN_WORK", "LABEL_AGAIN", "LEAD", "Ballot", "Rule", "ballots", "draw"]
