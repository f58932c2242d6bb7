"""What another policy would do with the votes that are stored: by vote state, and in all.

A row is a vote state: the votes on a unit, the jury's, and what is in force now. Expectations rest
on the posterior of :mod:`jury.policy.belief`. The interval of the expected number of changed rulings
holds 95 % of that number's distribution, each unit's own uncertainty in it (2,000 seeded draws of
one binomial per kind of unit); how uncertain the fit itself is, it does not hold.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from jury.policy.base import Policy
from jury.policy.belief import Belief, beliefs, caution_in, gain_of_a_label
from jury.policy.cases import Case, Cases, Standing, drawn
from jury.policy.decision import Decision
from jury.policy.facts import Kind, UnitFacts
from jury.policy.outlook import Ahead, Outlook
from jury.policy.panel.lean import lean_of
from jury.policy.rates import Rates
from jury.verdict import Caution

DRAWS: Final = 2000
LABELS_AN_ERROR: Final = (2, 5, 10, 15, 20, 30, 50, 75, 100, 150, 200, 300, 500)
"""Prices of the panel's label that are looked at beside each other: labels one error is worth."""
NO_SIDES: Final = "The question has no safe and unsafe, so nothing is expected of further answers."
BY_LEAD: Final = "adjudicator"


@dataclass(frozen=True, slots=True)
class State:
    """A vote state: what the units of a row share.

    Attributes:
        target: The target; `turn` stands for every `turn:N`.
        question: The question's key.
        votes: (value, people who chose it), those chosen, in the question's order. Needs caution is
            read as the policy in question reads it.
        jury: (value, jurors), likewise; empty while no person has voted.
        lead: Whether a lead has decided.
        drawn: Whether the policy in question draws these items at random.
        now: The outcome in force.
    """

    target: str
    question: str
    votes: tuple[tuple[str, int], ...]
    jury: tuple[tuple[str, int], ...]
    lead: bool
    drawn: bool
    now: str


@dataclass(frozen=True, slots=True)
class Expected:
    """An expected number with its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(slots=True)
class Row:
    """What becomes of the units in one vote state.

    Attributes:
        units: How many.
        outcomes: Units by what the other policy does with them at once.
        gain: Errors that a further label on such a unit is expected to remove; None where nothing
            can be expected of one.
        labels: Answers expected until all are settled or with a lead; None with a reason.
        leads: Units a lead is expected to decide; None with a reason.
        changed_now: Rulings in force that change at once, without any new answer.
        changed: Rulings in force that are expected not to stand in the end; None with a reason.
        reason: Why figures are None.
        left_out: Units that the sums leave out, since nothing can be expected of them.
    """

    units: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    gain: float | None = None
    labels: float | None = 0.0
    leads: float | None = 0.0
    changed_now: int = 0
    changed: Expected | None = None
    reason: str = ""
    left_out: int = 0
    _likely: list[tuple[int, float]] = field(default_factory=list)
    _gained: float = 0.0
    _valued: int = 0

    def value(self, count: int, gain: float) -> None:
        """Take note of what a label on so many units is worth; the row shows the mean."""
        self._gained += count * gain
        self._valued += count
        self.gain = self._gained / self._valued

    def take(self, count: int, outcome: str, ahead: Ahead | None, *, changed_now: bool) -> None:
        """Add so many units of one kind; no `ahead` where nothing can be expected."""
        self.units += count
        self.outcomes[outcome] += count
        self.changed_now += count * changed_now
        if ahead is None or self.labels is None or self.leads is None:
            self.labels = self.leads = None
            self.reason = NO_SIDES
            return
        self.labels += count * ahead.labels
        self.leads += count * ahead.leads
        if ahead.changed:
            self._likely.append((count, ahead.changed))

    def close(self, rng: np.random.Generator) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        """Draw how many rulings change; fill in the expectation and its interval."""
        total = np.zeros(DRAWS, np.int64)
        for count, probability in self._likely:
            total += rng.binomial(count, min(1.0, probability), DRAWS)
        if not self.reason:
            mean = sum(count * probability for count, probability in self._likely)
            self.changed = expected(mean, total)
        return total


@dataclass(frozen=True, slots=True)
class Report:
    """What a policy would do.

    Attributes:
        units: All units (of each question).
        rows: By vote state, in a stable order.
        totals: All rows together.
        beliefs: What the expectations rest on, by (target, question).
        rates: What a label costs.
    """

    units: int
    rows: Mapping[State, Row]
    totals: Row
    beliefs: Mapping[tuple[str, str], Belief]
    rates: Rates


def study(cases: Cases, now: Policy, other: Policy, rates: Rates) -> Report:
    """Return what `other` would do with the cases, where `now` is in force."""
    found = cases.cases
    believed = beliefs(found, other, now)
    ahead: dict[object, Ahead] = {}
    rows: dict[State, Row] = {}
    for case in found:
        _take_case(case, (now, other), believed, (rows, ahead))
    rng = np.random.default_rng(0)
    totals, drawn_total = Row(), np.zeros(DRAWS, np.int64)
    for state in sorted(rows, key=_order):
        row = rows[state]
        changes = row.close(rng)
        _add(totals, row)
        if not row.reason:
            drawn_total += changes
    if totals.left_out and totals.left_out == totals.units:
        totals.labels = totals.leads = None
        totals.reason = NO_SIDES
    else:
        mean = sum(row.changed.value for row in rows.values() if row.changed)
        totals.changed = expected(mean, drawn_total)
    ordered = {state: rows[state] for state in sorted(rows, key=_order)}
    return Report(totals.units, ordered, totals, believed, rates)


def expected(mean: float, draws: np.ndarray[tuple[int], np.dtype[np.int64]]) -> Expected:
    """Return a mean with the interval between the 2.5 % and the 97.5 % quantile of draws."""
    low, high = np.quantile(draws, [0.025, 0.975])
    return Expected(float(mean), float(low), float(high))


def _take_case(
    case: Case,
    policies: tuple[Policy, Policy],
    believed: Mapping[tuple[str, str], Belief],
    into: tuple[dict[State, Row], dict[object, Ahead]],
) -> None:
    now, other = policies
    rows, known = into
    missing = any(standing is None for standing in case.standing)
    stands = _stands(case, now.decide(case.facts) if missing else ())
    for place, outcome in enumerate(other.decide(case.facts)):
        unit, standing = case.facts.units[place], stands[place]
        by_lead = outcome.source == BY_LEAD and standing.outcome == "settled"
        caution = caution_in(other, unit.target, unit.question)
        drawn_ = drawn(other, case.facts.item, unit)
        votes = _votes(unit, "human", caution)
        state = State(
            target=unit.target.partition(":")[0],
            question=unit.question,
            votes=votes,
            jury=_votes(unit, "juror", caution) if votes else (),
            lead=by_lead,
            drawn=drawn_,
            now=standing.outcome,
        )
        row = rows.setdefault(state, Row())
        lean = lean_of(unit, caution)
        if by_lead:
            row.take(case.count, "settled", Ahead(), changed_now=False)
            continue
        value = outcome.answer.value if outcome.answer else ""
        ruled = unit.schema.collapse(standing.value, caution) if standing.value else ""
        differs = bool(ruled and value) and unit.schema.collapse(value, caution) != ruled
        if lean is None:
            resting = outcome.outcome in {"settled", "waiting"}
            nothing = Ahead(changed=float(differs)) if resting else None
            row.take(case.count, outcome.outcome, nothing, changed_now=differs)
            continue
        belief = believed[unit.target.partition(":")[0], unit.question]
        key = (state, lean, ruled, outcome.outcome, outcome.reasons, value)
        if key not in known:
            look = Outlook(other, case.facts, place, belief, lean, caution, ruled)
            known[key] = look.ahead(outcome)
        row.value(case.count, gain_of_a_label(belief.posterior(lean)))
        row.take(case.count, outcome.outcome, known[key], changed_now=differs)


def _stands(case: Case, decided: tuple[Decision, ...]) -> tuple[Standing, ...]:
    return tuple(
        standing
        or Standing(
            decided[place].outcome, answer.value if (answer := decided[place].answer) else ""
        )
        for place, standing in enumerate(case.standing)
    )


def _votes(unit: UnitFacts, kind: Kind, caution: Caution) -> tuple[tuple[str, int], ...]:
    """Return how many chose which collapsed value."""
    counted: Counter[str] = Counter()
    for value, n in unit.counts(kind).items():
        counted[unit.schema.collapse(value, caution)] += n
    return tuple((value, n) for value, n in counted.items() if n)


def _order(state: State) -> tuple[object, ...]:
    """Open first, then the most split: what a policy is about stands at the top."""
    outcomes = ("reannotate", "adjudicate", "settled", "waiting")
    counts = sorted((n for _, n in state.votes), reverse=True)
    total = sum(counts)
    share = counts[0] / total if total else 2.0
    return (
        state.target,
        state.question,
        state.lead,
        outcomes.index(state.now),
        share,
        total,
        state.votes,
        state.jury,
        state.drawn,
    )


def _add(totals: Row, row: Row) -> None:
    totals.units += row.units
    totals.outcomes.update(row.outcomes)
    totals.changed_now += row.changed_now
    if row.labels is None or row.leads is None:
        totals.left_out += row.units
        return
    totals.labels = (totals.labels or 0.0) + row.labels
    totals.leads = (totals.leads or 0.0) + row.leads


def moved(report: Report) -> Counter[tuple[str, str]]:
    """Return how many units go from which outcome to which."""
    found: Counter[tuple[str, str]] = Counter()
    for state, row in report.rows.items():
        for outcome, units in row.outcomes.items():
            found[state.now, outcome] += units
    return found


def words_of(state: State, label: Iterable[tuple[str, str]] = ()) -> str:
    """Return a vote state in words: “2 unsafe, 1 safe; jury 3 of 3 unsafe”."""
    names = dict(label)

    def name(value: str) -> str:
        return names.get(value, value)

    def ranked(counts: tuple[tuple[str, int], ...]) -> list[tuple[str, int]]:
        return sorted(counts, key=lambda pair: -pair[1])

    people = ", ".join(f"{n} {name(value)}" for value, n in ranked(state.votes)) or "no votes"
    given = sum(n for _, n in state.jury)
    # Of two values the second is what the first leaves.
    named = ranked(state.jury) if len(state.jury) > 2 else ranked(state.jury)[:1]
    jury = ", ".join(f"{n} of {given} {name(value)}" for value, n in named)
    parts = [people, f"jury {jury}" if jury else "", "drawn at random" if state.drawn else ""]
    return "; ".join(part for part in parts if part)
