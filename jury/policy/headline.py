"""Whose votes the headline agreement is about: those that were fixed before any vote was seen.

Asking again, curtailment and stop tables give disputed units more votes than easy ones. Agreement over
all votes is then biased by our own policy: disputed units weigh more. Unbiased are the first-pass votes;
under the adaptive panel and with curtailment, the fixed number of votes that items drawn at random always
get.
"""

from __future__ import annotations

from collections.abc import Sequence

from jury.policy.base import Policy
from jury.policy.facts import Vote
from jury.policy.majority import Majority


def fixed_votes(policy: Policy, item: int) -> int | None:
    """Return on how many votes an item's agreement rests, None for all of its first pass.

    Under the adaptive panel and with curtailment an item that looks settled is asked less: only the
    random ones, which get their number whatever is said, tell how people agree. Of the others it is
    0. The policy is the one that decides there, see :func:`jury.policy.parts.part_of`.
    """
    return policy.fixed_votes(item) if isinstance(policy, Majority) else None


def headline_votes(
    policy: Policy, item: int, votes: Sequence[Vote], *, first: int = 1
) -> tuple[Vote, ...]:
    """Return the votes of one unit that count in the headline agreement, in the order given.

    Args:
        policy: The policy that decided who was asked about the unit.
        item: The item's id, which says whether it was drawn at random.
        votes: The people's blind votes on the unit, as first submitted, in the order they came.
        first: The round of the first pass; later rounds were opened after votes were seen.
    """
    people = tuple(vote for vote in votes if vote.kind == "human")
    fixed = fixed_votes(policy, item)
    if fixed is None:
        return tuple(vote for vote in people if vote.round == first)
    return people[:fixed]
