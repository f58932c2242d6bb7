"""Whose votes the headline agreement is about: those that were fixed before any vote was seen.

Asking again, curtailment and stop tables give disputed units more votes than easy ones. Agreement over
all votes is then biased by our own policy: disputed units weigh more. Unbiased are the first-pass votes,
and on items drawn at random the fixed number of votes that they always get.
"""

from __future__ import annotations

from collections.abc import Sequence

from jury.policy.base import Policy
from jury.policy.facts import Vote
from jury.policy.panel.policy import Panel


def headline_votes(
    policy: Policy, item: int, votes: Sequence[Vote], *, first: int = 1
) -> tuple[Vote, ...]:
    """Return the votes of one unit that count in the headline agreement, in the order given.

    Args:
        policy: The policy that decided who was asked.
        item: The item's id, which says whether it was drawn at random.
        votes: The people's blind votes on the unit, as first submitted, in the order they came.
        first: The round of the first pass; later rounds were opened after votes were seen.
    """
    people = [vote for vote in votes if vote.kind == "human"]
    fixed = policy.rule.random_votes if isinstance(policy, Panel) and policy.is_random(item) else 0
    return tuple(vote for place, vote in enumerate(people) if vote.round == first or place < fixed)
