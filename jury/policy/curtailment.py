"""Curtailment, live: nobody waits for a first vote that cannot change the outcome.

The fixed rule decides once as many people have voted as the overlap says. A unit is settled earlier
where that rule would settle it with the very same answer (value, categories, severity) however the
outstanding votes came. It is the rule itself that is asked, about a few extremes: all outstanding
votes alike. These suffice, as each thing the rule looks at is monotone in one count, so that it is
worst where all votes to come push the same way, and it looks at each apart from the others:

- the share of the leading class, and the lead of its most frequent value over another: all say that
  other value;
- a category of the answer falls to half: all choose every category but that one; another category
  rises to half: all choose every one. With k of m votes that are counted for categories choosing it,
  the margin moves by 2k - m, which lies between these two;
- a severity overtakes that of the answer: all give it with the answer's value;
- the floor rises with the set of categories that were chosen: all choose every one.

Three values with equally many votes lead nowhere, which is not monotone; but two of them are then of
the leading class, and one of these two can only catch up if all votes to come say it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from typing import Final

from jury.policy.court import Court
from jury.policy.decision import Decision
from jury.policy.facts import UnitFacts, Vote
from jury.policy.options import Settings
from jury.policy.settle import decide_votes, floor_of, settle
from jury.policy.tally import leading
from jury.verdict import Answer

OUTCOME_FIXED: Final = "outcome_fixed"
"""The reason of a unit settled although first votes were outstanding."""


def decide_curtailed(facts: UnitFacts, court: Court, *, drawn: bool) -> Decision:
    """Return the decision on a unit that people vote on, first votes that cannot matter left out.

    Args:
        facts: The unit.
        court: What the policy judges by.
        drawn: Whether the item was drawn at random: then all first votes are waited for.
    """
    answer = None if drawn else fixed_answer(facts, court)
    if answer is None:
        return decide_votes(facts, _whole(court))
    found = settle(facts, court, answer, source="human_majority", rule="majority")
    outstanding = court.settings.overlap - len(facts.answers("human"))
    return replace(
        found,
        reasons=(OUTCOME_FIXED,),
        evidence={**found.evidence, "outstanding": outstanding},
    )


def fixed_answer(facts: UnitFacts, court: Court) -> Answer | None:
    """Return the answer that the outstanding first votes cannot change any more.

    None where they can, where none is outstanding, where a lead has decided, and below the floor.
    """
    outstanding = court.settings.overlap - len(facts.answers("human"))
    if facts.adjudicated is not None or outstanding <= 0:
        return None
    # Most units with votes to come end here: nothing is asked of them.
    if not _leads(facts, court.settings) or len(facts.answers("human")) < floor_of(facts, court):
        return None
    whole = _whole(court)
    found: Answer | None = None
    for extreme in _extremes(facts, court):
        votes = (Vote(f"+{n}", "human", extreme) for n in range(outstanding))
        completed = replace(facts, votes=(*facts.votes, *votes), seats_pending=0)
        answer = decide_votes(completed, whole).answer
        if answer is None or (found is not None and answer != found):
            return None
        found = answer
    return found


@lru_cache(maxsize=64)
def _whole(court: Court) -> Court:
    """Return the court of the fixed rule: nothing is settled before the overlap is reached."""
    return replace(court, settings=replace(court.settings, human_floor=court.settings.overlap))


def _leads(facts: UnitFacts, settings: Settings) -> bool:
    """Return whether the leading class has its share even if nobody else joins it."""
    lead = leading(facts.answers("human"), facts.schema, settings.caution)
    share = lead.votes / settings.overlap
    return bool(lead.value) and share > 0.5 and round(share, 2) >= settings.min_share


def _extremes(facts: UnitFacts, court: Court) -> Iterator[Answer]:
    """Yield what all outstanding votes may say alike, that which most often matters first."""
    schema = facts.schema
    for value in reversed(schema.value_keys):
        yield Answer(value)
    if schema.categories is not None:
        chosen = {c for answer in facts.answers("human") for c in answer.categories}
        known = chosen.union(court.categories)
        for value in schema.value_keys:
            if value in schema.categories.asked_for:
                yield Answer(value, tuple(known))
                # A category that nobody chose is not in the answer: it has nothing to lose.
                yield from (Answer(value, tuple(known - {each})) for each in sorted(chosen))
    for value in schema.value_keys:
        yield from (Answer(value, severity=severity) for severity in schema.severity)
