"""The calibrated sequential panel: asks one more person only while an answer is worth its cost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

from jury.policy.court import Court
from jury.policy.decision import Decision
from jury.policy.draw import is_drawn
from jury.policy.facts import ItemFacts, UnitFacts
from jury.policy.jury_conflict import JuryConflict
from jury.policy.majority import decide_asked
from jury.policy.panel.beta import Beta
from jury.policy.panel.fit import Pattern
from jury.policy.panel.lean import Lean, lean_of
from jury.policy.panel.options import NAME, PanelOptions, read_panel_options
from jury.policy.panel.stop import Rounds, Stakes, stop_table
from jury.policy.settle import (
    JURY_PENDING,
    Poll,
    adjudicated,
    ask_again,
    below,
    majority_answer,
    poll,
    refer,
    settle,
    wait,
)
from jury.policy.tally import exact_value, leading
from jury.taxonomy import Taxonomy

VERSION: Final = 2
_DIGITS: Final = 6


@dataclass(frozen=True, slots=True)
class Reading:
    """What the panel knows of one unit.

    Attributes:
        unsafe: Votes of people for unsafe, needs caution collapsed.
        safe: Votes for safe.
        pattern: How the jury voted.
        prior: The belief before any person voted.
        probability: That a large panel's majority says unsafe.
        gain: What one more vote is worth, its cost taken off; None where nobody more is asked.
        says_unsafe: What most of the people said; on a draw, the answer that is worth more.
        stop: Whether asking on is not worth its cost.
    """

    unsafe: int
    safe: int
    pattern: Pattern
    prior: Beta
    probability: float
    gain: float | None
    says_unsafe: bool
    stop: bool

    @property
    def sure(self) -> float:
        """The probability that a large panel says so too."""
        return self.probability if self.says_unsafe else 1.0 - self.probability


@dataclass(frozen=True, slots=True)
class Panel(JuryConflict):
    """Plays the stop table on questions with safe and unsafe; others follow the plain majority.

    What it settles is always what most of the people asked said, and the table is solved for that. The
    jury chooses the prior, nothing else, and the random items are settled without it.
    """

    rule: PanelOptions

    @property
    def options(self) -> Mapping[str, object]:
        """Every option with its value in force."""
        return self.rule.to_document()

    def fixed_votes(self, item: int) -> int | None:
        """Return on how many votes an item's agreement rests: 0 where the panel may stop earlier."""
        return self.rule.random_votes if self.is_random(item) else 0

    def is_random(self, item: int) -> bool:
        """Return whether an item is one of those that always get the fixed number of votes.

        The draw depends on the seed and the item alone, so it was made before any vote was seen.
        """
        return is_drawn(item, share=self.rule.random_share, seed=self.rule.seed)

    def read(self, facts: UnitFacts) -> Reading | None:
        """Return what is known of a unit, None where the question has no safe and unsafe."""
        lean = lean_of(facts, self.rule.settings.caution)
        return None if lean is None else self._reading(lean)

    def _reading(self, lean: Lean) -> Reading:
        unsafe, safe, prior = lean.unsafe, lean.safe, self.rule.fit.prior(lean.pattern)
        votes = unsafe + safe
        beyond = votes > self.rule.horizon
        table = _table(
            Beta(prior.a + unsafe, prior.b + safe) if beyond else prior,
            self.rule.stakes,
            0 if beyond else self.rule.horizon,
        )
        t, y = (0, 0) if beyond else (votes, unsafe)
        last = t == table.horizon
        return Reading(
            unsafe=unsafe,
            safe=safe,
            pattern=lean.pattern,
            prior=prior,
            probability=float(table.unsafe[t][y]),
            gain=None if last else float(table.gain[t][y]),
            says_unsafe=unsafe > safe if unsafe != safe else bool(table.says_unsafe[t][y]),
            stop=bool(table.stop[t][y]),
        )

    def decide(self, item: ItemFacts) -> tuple[Decision, ...]:
        """Return one decision for each unit, in the order of the units."""
        random = self.is_random(item.item)
        return tuple(self._decide_panel(unit, random=random) for unit in item.units)

    def _decide_panel(self, facts: UnitFacts, *, random: bool) -> Decision:
        reading = self.read(facts)
        if reading is None or not facts.asked_of_people:
            return decide_asked(facts, self.court)
        found = self._outcome(facts, reading, random=random)
        return replace(found, evidence=self._evidence(found, reading, random=random))

    def _outcome(self, facts: UnitFacts, reading: Reading, *, random: bool) -> Decision:
        if facts.adjudicated is not None:
            return adjudicated(facts, facts.adjudicated, self.court)
        short = self._short(facts, random=random)
        if short is not None:
            return short
        votes = poll(facts, self.court.settings)
        if random:
            return self._by_majority(facts, votes)
        if not facts.jury_complete:
            return wait(facts, self.court, JURY_PENDING)
        return self._by_table(facts, votes, reading)

    def _short(self, facts: UnitFacts, *, random: bool) -> Decision | None:
        """Return the decision on a unit with too few votes to look at, None if there are enough."""
        code = below(facts, self.court)
        if code:
            return self._ask(facts, code)
        if random and len(facts.answers("human")) < self.rule.random_votes:
            return self._ask(facts, "calibration_votes")
        return None

    def _ask(self, facts: UnitFacts, code: str) -> Decision:
        if facts.seats_pending:
            return wait(facts, self.court, code, "votes_pending")
        # The floor and the random items stand above the limit of votes.
        return replace(wait(facts, self.court, code), outcome="reannotate")

    def _by_majority(self, facts: UnitFacts, votes: Poll) -> Decision:
        """Settle a random item by its fixed number of votes, without the jury's prior."""
        trouble = self._trouble(facts, votes)
        if trouble:
            return refer(facts, self.court, trouble, "calibration_done")
        answer = majority_answer(facts, votes.winners)
        return settle(
            facts, self.court, answer, source="human_majority", rule="majority", votes=votes
        )

    def _by_table(self, facts: UnitFacts, votes: Poll, reading: Reading) -> Decision:
        last = len(votes.answers) >= self.rule.horizon
        if not reading.stop and not last:
            return self._again(facts, votes, "worth_asking")
        trouble = self._trouble(facts, votes)
        if trouble:
            return self._again(facts, votes, trouble)
        if last and reading.sure < self.rule.confidence:
            return refer(facts, self.court, "contested")
        if self._jury_on_severe(facts):
            return refer(facts, self.court, "severe_conflict")
        answer = majority_answer(facts, votes.winners)
        return settle(facts, self.court, answer, source="human_majority", rule="panel", votes=votes)

    def _again(self, facts: UnitFacts, votes: Poll, code: str) -> Decision:
        if len(facts.answers("human")) >= self.rule.horizon and not facts.seats_pending:
            return refer(facts, self.court, code, "max_votes")
        return ask_again(facts, self.court, (code,), votes)

    def _trouble(self, facts: UnitFacts, votes: Poll) -> str:
        """Return why the people's votes give no answer, empty if they do."""
        if not votes.lead.majority:
            return "no_majority"
        rule = facts.schema.categories
        required = (
            rule is not None and exact_value(votes.winners, facts.schema) in rule.required_for
        )
        if self.court.settings.categories == "verdict_only" or not required:
            return ""
        if not votes.categories.of:
            return ""
        if votes.categories.ties:
            return "category_tie"
        return "" if votes.categories.majority else "no_common_category"

    def _jury_on_severe(self, facts: UnitFacts) -> bool:
        lead = leading(facts.answers("juror"), facts.schema, self.court.settings.caution)
        return lead.majority and self._severe_conflict(facts, lead.value)

    def _evidence(self, found: Decision, reading: Reading, *, random: bool) -> dict[str, object]:
        """Return what the decision rests on, in numbers and ids only."""
        seen = {key: value for key, value in found.evidence.items() if key != "min_share"}
        sure = reading.unsafe > reading.safe
        against = reading.pattern.given and (
            reading.pattern.said * 2 > reading.pattern.given
            if not sure
            else reading.pattern.said * 2 < reading.pattern.given
        )
        audit = found.outcome == "settled" and found.rule == "panel" and bool(against)
        return {
            **seen,
            "max_votes": self.rule.horizon,
            "random": random,
            "panel": {
                "unsafe": reading.unsafe,
                "safe": reading.safe,
                "jury_pattern": [reading.pattern.said, reading.pattern.given],
                "jury_about": reading.pattern.stratum,
                "prior": _pair(reading.prior),
                "posterior": _pair(
                    Beta(reading.prior.a + reading.unsafe, reading.prior.b + reading.safe)
                ),
                "probability_unsafe": round(reading.probability, _DIGITS),
                "says_unsafe": reading.says_unsafe,
                "sure": round(reading.sure, _DIGITS),
                "gain": None if reading.gain is None else round(reading.gain, _DIGITS),
                "cost": self.rule.cost,
                "fit": self.rule.fit.digest,
            },
            "juror_audit": audit,
        }


def load_panel(options: Mapping[str, object], *, taxonomy: Taxonomy, overlap: int) -> Panel:
    """Return the panel of a project.

    Raises:
        PolicyError: An unknown option, or a value of the wrong type or out of range.
    """
    rule = read_panel_options(options, overlap=overlap)
    court = Court.of(NAME, VERSION, rule.settings, taxonomy, reads_jury=True)
    return Panel(court, rule)


@lru_cache(maxsize=1024)
def _table(prior: Beta, stakes: Stakes, horizon: int) -> Rounds:
    return stop_table(prior, stakes, horizon=horizon)


def _pair(beta: Beta) -> list[float]:
    return [round(beta.a, _DIGITS), round(beta.b, _DIGITS)]
