"""The machinery every voting policy shares: from one unit's facts to one decision."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from jury.policy.court import SEVERE_FLOOR, Court
from jury.policy.decision import CategoryCount, Decision, Outcome, Rule, Source
from jury.policy.facts import UnitFacts
from jury.policy.options import Settings
from jury.policy.tally import (
    CategoryTally,
    Lead,
    exact_value,
    leading,
    majority_severity,
    members,
    tally_categories,
    tally_others,
)
from jury.verdict import Answer

JURY_PENDING: Final = "jury_pending"
"""The reason of a decision that waits for nothing but the jury."""


@dataclass(frozen=True, slots=True)
class Poll:
    """The human votes on a unit, counted."""

    answers: tuple[Answer, ...]
    lead: Lead
    winners: tuple[Answer, ...]
    categories: CategoryTally

    @property
    def counts(self) -> tuple[CategoryCount, ...]:
        """Every category that got a person's vote.

        Those of the winning class are counted among its voters who were asked for any; those that
        only others chose (one of three said unsafe, threat) among all who voted.
        """
        return self.categories.counts + tally_others(self.answers, self.categories)


def poll(facts: UnitFacts, settings: Settings) -> Poll:
    """Return the human votes on a unit, counted."""
    answers = facts.answers("human")
    lead = leading(answers, facts.schema, settings.caution)
    winners = members(answers, facts.schema, settings.caution, lead.value) if lead.value else ()
    return Poll(answers, lead, winners, tally_categories(winners, facts.schema))


def decide_votes(facts: UnitFacts, court: Court) -> Decision:
    """Return the decision on a unit that people vote on; the jury is not looked at."""
    if facts.adjudicated is not None:
        return adjudicated(facts, facts.adjudicated, court)
    votes = poll(facts, court.settings)
    short = _too_few(facts, votes, court)
    if short is not None:
        return short
    trouble = _trouble(facts, votes, court.settings)
    if trouble:
        return ask_again(facts, court, trouble, votes)
    answer = majority_answer(facts, votes.winners)
    return settle(facts, court, answer, source="human_majority", rule="majority", votes=votes)


def adjudicated(facts: UnitFacts, answer: Answer, court: Court) -> Decision:
    """Return the decision of a lead, which nothing overrules."""
    contested = facts.adjudicated_contested
    return replace(
        settle(facts, court, answer, source="adjudicator", rule="adjudication"),
        contested=contested,
        reasons=("lead_contested",) if contested else (),
    )


def settle(
    facts: UnitFacts,
    court: Court,
    answer: Answer,
    *,
    source: Source,
    rule: Rule,
    votes: Poll | None = None,
) -> Decision:
    """Return a unit settled with an answer; its votes are counted where the caller has not."""
    counted = _counted(facts, court, "settled", (), votes)
    return replace(counted, answer=answer, source=source, rule=rule)


def wait(facts: UnitFacts, court: Court, *reasons: str) -> Decision:
    """Return a unit on which nothing is to be done yet."""
    return _counted(facts, court, "waiting", reasons)


def refer(facts: UnitFacts, court: Court, *reasons: str) -> Decision:
    """Return a unit for a lead to decide."""
    return _counted(facts, court, "adjudicate", reasons)


def ask_again(
    facts: UnitFacts, court: Court, reasons: tuple[str, ...], votes: Poll | None = None
) -> Decision:
    """Return one more person while the policy allows it, else a lead; nothing while a seat is out."""
    if facts.seats_pending:
        return wait(facts, court, *reasons, "second_opinion_pending")
    if len(facts.answers("human")) < court.settings.max_votes:
        return _counted(facts, court, "reannotate", reasons, votes)
    return refer(facts, court, *reasons, "max_votes")


def floor_of(facts: UnitFacts, court: Court) -> int:
    """Return the human votes below which this unit is not settled.

    A category in any vote, a person's or a juror's the policy reads, lifts it to that category's
    floor; that of a severe one is at least two.
    """
    floors = (court.floors.get(category, 0) for category in _chosen(facts, court))
    return max(court.settings.human_floor, *floors, 0)


def below(facts: UnitFacts, court: Court) -> str:
    """Return the reason why too few people have voted, empty if there are enough."""
    n = len(facts.answers("human"))
    if n >= floor_of(facts, court):
        return ""
    if n < court.settings.human_floor:
        return "below_floor"
    severe = n < SEVERE_FLOOR and _chosen(facts, court) & court.severe
    return "severe_floor" if severe else "category_floor"


def _chosen(facts: UnitFacts, court: Court) -> set[str]:
    """Return the categories in any vote that the policy reads."""
    kinds = ("human", "juror") if court.reads_jury else ("human",)
    return {c for v in facts.votes if v.kind in kinds for c in v.answer.categories}


def _too_few(facts: UnitFacts, votes: Poll, court: Court) -> Decision | None:
    """Return the decision on a unit with too few votes to look at, None if there are enough."""
    n = len(votes.answers)
    floor = floor_of(facts, court)
    if facts.seats_pending and n < max(floor, court.settings.overlap):
        return wait(facts, court, "votes_pending")
    code = below(facts, court)
    if code:
        # The floor stands above max_votes: a person is asked, however few the policy allows.
        return _counted(facts, court, "reannotate", (code,), votes)
    return None


def _trouble(facts: UnitFacts, votes: Poll, settings: Settings) -> tuple[str, ...]:
    """Return why the votes settle nothing, empty if they do."""
    lead = votes.lead
    if not lead.majority or lead.share is None:
        return ("no_majority",)
    # Rounded, so that two of three meets a bar written as 0.67.
    if round(lead.share, 2) < settings.min_share:
        return ("low_share",)
    rule = facts.schema.categories
    required = rule is not None and exact_value(votes.winners, facts.schema) in rule.required_for
    if settings.categories == "verdict_only" or not required or not votes.categories.of:
        return ()
    if votes.categories.ties:
        return ("category_tie",)
    return () if votes.categories.majority else ("no_common_category",)


def majority_answer(facts: UnitFacts, winners: tuple[Answer, ...]) -> Answer:
    """Return the answer of a winning class: exact value, majority categories, severity."""
    schema = facts.schema
    value = exact_value(winners, schema)
    asked = schema.categories is not None and value in schema.categories.asked_for
    categories = tally_categories(winners, schema).majority if asked else ()
    return Answer(value, categories, majority_severity(winners, schema, value))


def _counted(
    facts: UnitFacts,
    court: Court,
    outcome: Outcome,
    reasons: tuple[str, ...],
    votes: Poll | None = None,
) -> Decision:
    """Return an outcome with the votes it rests on."""
    votes = votes or poll(facts, court.settings)
    categories = votes.counts
    return Decision(
        unit=facts.unit,
        question=facts.question,
        outcome=outcome,
        share=votes.lead.share,
        reasons=reasons,
        evidence=_evidence(facts, court, votes.answers, categories),
        categories=categories,
    )


def _evidence(
    facts: UnitFacts,
    court: Court,
    answers: tuple[Answer, ...],
    categories: tuple[CategoryCount, ...],
) -> dict[str, object]:
    """Return what the decision rests on, in numbers and ids only."""
    settings = court.settings
    seen: dict[str, object] = {
        "policy": court.policy,
        "policy_version": court.version,
        "votes": facts.counts("human"),
        "n_human": len(answers),
        "categories": {c.category: [c.votes_for, c.of] for c in categories},
        "minority_categories": [c.category for c in categories if not c.majority],
        "seats_pending": facts.seats_pending,
        "overlap": settings.overlap,
        "floor": floor_of(facts, court),
        "max_votes": settings.max_votes,
        "min_share": settings.min_share,
        "caution": settings.caution,
    }
    if facts.schema.collapses:
        for caution in ("permissive", "defensive"):
            lead = leading(answers, facts.schema, caution)
            seen[caution] = {"value": lead.value or None, "share": lead.share}
    if lifted := _lifted(facts, court):
        seen["category_floors"] = lifted
    if court.reads_jury:
        seen |= _jury_evidence(facts, settings)
    return seen


def _lifted(facts: UnitFacts, court: Court) -> dict[str, int]:
    """Return the floors of the chosen categories that the option sets, above everybody's."""
    usual = court.settings.human_floor
    floors = {c: court.floors.get(c, 0) for c in sorted(_chosen(facts, court))}
    severe = {c: max(usual, SEVERE_FLOOR) if c in court.severe else usual for c in floors}
    return {c: n for c, n in floors.items() if n > severe[c]}


def _jury_evidence(facts: UnitFacts, settings: Settings) -> dict[str, object]:
    given = facts.answers("juror")
    lead = leading(given, facts.schema, settings.caution)
    winners = members(given, facts.schema, settings.caution, lead.value) if lead.value else ()
    counts = tally_categories(winners, facts.schema).counts
    return {
        "jury": facts.counts("juror"),
        "jury_share": lead.share,
        "jury_categories": {c.category: [c.votes_for, c.of] for c in counts},
        "n_juror": len(given),
        "jurors_expected": facts.jurors_expected,
        "jurors_done": facts.jurors_done,
        "jury_timed_out": facts.jury_timed_out,
    }
