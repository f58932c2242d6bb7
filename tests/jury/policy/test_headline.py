"""The headline agreement is unbiased under every policy; that of all votes is not.

Each unit has a share of people who would say unsafe, drawn from Beta(a, b). With people drawn at random the
true nominal alpha is var(p) / (m (1 - m)) = 1 / (a + b + 1), whatever the policy does.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import Final

import numpy as np
import pytest

from jury.agreement.alpha import Nominal
from jury.agreement.columns import columns
from jury.agreement.statistic import evaluate
from jury.agreement.table import table_from_columns
from jury.policy.base import Policy
from jury.policy.facts import ItemFacts, Vote
from jury.policy.headline import headline_votes
from jury.verdict import Answer
from tests.jury.policy.cases import policy, unit

SAFE, UNSAFE = Answer("safe"), Answer("unsafe", ("threat",))
ROUNDS: Final = 20


@dataclass(frozen=True, slots=True)
class Trial:
    """A policy as a project would have it, the Beta that the units' shares are drawn from, how many.

    The panel's headline, and that with curtailment, is of its random items alone: it takes more units
    to see a bias.
    """

    name: str
    overlap: int
    options: dict[str, object]
    shares: tuple[float, float] = (0.5, 0.5)
    units: int = 100


CURTAILED: Final = {"curtail": True, "random_share": 0.3}
# Asking again biases alpha up where most units are alike and down where they are far apart; curtailment
# alone biases it up: units whose first votes agree get no more of them.
TRIALS: Final = {
    "majority": Trial("majority", 3, {"min_share": 0.8, "max_votes": 15}),
    "low_agreement": Trial("low_agreement", 3, {"max_votes": 15}),
    "jury_conflict": Trial("jury_conflict", 3, {"min_share": 0.75, "max_votes": 15}),
    "aegis2": Trial("aegis2", 3, {"min_share": 0.75, "max_votes": 15}),
    "panel": Trial("panel", 2, {"cost": 0.02, "random_share": 0.3}, (1.0, 5.0), 200),
    "panel with one first vote": Trial(
        "panel", 1, {"cost": 0.005, "random_share": 0.3}, (1.0, 5.0), 200
    ),
    "majority, curtailed": Trial("majority", 3, {**CURTAILED, "max_votes": 3}, (1.0, 5.0), 200),
    "low_agreement, curtailed, asked again": Trial(
        "low_agreement", 4, {**CURTAILED, "max_votes": 15}, units=200
    ),
}
REPLICATES: Final = 25


def asked(judge: Policy, trial: Trial, item: int, rng: np.random.Generator) -> list[Vote]:
    """Return a unit's votes when the policy has nobody more to ask."""
    share = rng.beta(*trial.shares)

    def answer() -> Answer:
        return UNSAFE if rng.random() < share else SAFE

    jury = tuple(Vote(f"j{n}", "juror", answer()) for n in range(3))
    # With curtailment one after another: a seat that is open when the unit is settled is cancelled.
    begun = 0 if "curtail" in trial.options else trial.overlap
    votes = [Vote(f"p{n}", "human", answer(), round=1) for n in range(begun)]
    while len(votes) < ROUNDS:
        left = max(0, trial.overlap - len(votes))
        facts = unit(
            "dialogue", *votes, *jury, jurors_expected=3, jurors_done=3, seats_pending=left
        )
        (found,) = judge.decide(ItemFacts(item, has_response=True, units=(facts,)))
        if found.outcome not in {"reannotate", "waiting"}:
            break
        votes.append(Vote(f"p{len(votes)}", "human", answer(), round=1 if left else 2))
    return votes


def alpha(votes: list[tuple[int, list[Vote]]]) -> float:
    table = table_from_columns(
        columns((str(item), vote.rater, vote.answer.value) for item, cast in votes for vote in cast)
    )
    value = evaluate(table, Nominal()).value
    assert value is not None
    return value


@pytest.mark.slow
@pytest.mark.parametrize("name", TRIALS)
def test_the_headline_is_unbiased_and_all_votes_together_are_not(name: str) -> None:
    trial = TRIALS[name]
    judge = policy(trial.name, trial.options, overlap=trial.overlap)
    rng = np.random.default_rng(1)
    truth = 1 / (sum(trial.shares) + 1)
    headline, everything = [], []
    for replicate in range(REPLICATES):
        items = range(replicate * trial.units, (replicate + 1) * trial.units)
        cast = [(item, asked(judge, trial, item, rng)) for item in items]
        assert {len(votes) for _, votes in cast} - {trial.overlap}
        everything.append(alpha(cast))
        headline.append(
            alpha([(item, list(headline_votes(judge, item, votes))) for item, votes in cast])
        )
    assert abs(np.mean(headline) - truth) < 3.5 * np.std(headline) / sqrt(REPLICATES)
    assert abs(np.mean(everything) - truth) > 3.5 * np.std(everything) / sqrt(REPLICATES)


def test_first_votes_count_and_of_random_items_the_fixed_number_on_random_items() -> None:
    votes = [Vote(f"p{n}", "human", SAFE, round=1 if n < 2 else 2) for n in range(7)]
    jury = Vote("j", "juror", SAFE, round=1)
    never, always = (policy("panel", {"random_share": share}, overlap=2) for share in (0, 1))
    assert headline_votes(never, 1, [jury, *votes]) == ()
    assert headline_votes(always, 1, [jury, *votes]) == tuple(votes[:5])
    assert headline_votes(policy("majority"), 1, votes) == tuple(votes[:2])
    seldom, often = (policy(options={"curtail": True, "random_share": share}) for share in (0, 1))
    assert headline_votes(seldom, 1, [jury, *votes]) == ()
    assert headline_votes(often, 1, [jury, *votes]) == tuple(votes[:3])
