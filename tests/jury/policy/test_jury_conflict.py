from __future__ import annotations

import pytest

from tests.jury.policy.cases import decide, jury, policy, votes

SAFE3 = ("safe", "safe", "safe")
THREAT3 = ("unsafe threat",) * 3

CASES = {
    "jury agrees": (SAFE3, ("safe", "safe", "unsafe threat"), "settled", ()),
    "caution counts as safe": (SAFE3, ("needs_caution", "needs_caution", "safe"), "settled", ()),
    "no jury majority": (SAFE3, ("safe", "unsafe threat"), "settled", ()),
    "all abstained": (SAFE3, (), "settled", ()),
    "jury differs": (SAFE3, ("unsafe threat",) * 3, "reannotate", ("jury_conflict",)),
    "jury still differs": (
        ("safe",) * 5,
        ("unsafe threat",) * 3,
        "adjudicate",
        ("jury_conflict", "max_votes"),
    ),
    "severe on the jury's side": (
        SAFE3,
        ("unsafe weapons",) * 3,
        "adjudicate",
        ("severe_conflict",),
    ),
    "severe on the people's side": (
        ("unsafe weapons",) * 3,
        ("safe",) * 3,
        "adjudicate",
        ("severe_conflict",),
    ),
    "severe category missed by the jury": (
        ("unsafe weapons",) * 3,
        ("unsafe threat",) * 3,
        "adjudicate",
        ("severe_conflict",),
    ),
    "other categories may differ": (THREAT3, ("unsafe harassment",) * 3, "settled", ()),
    "a jury without categories said nothing": (
        ("unsafe weapons",) * 3,
        ("unsafe",) * 3,
        "settled",
        (),
    ),
    "people first": (
        ("safe", "safe", "unsafe threat", "unsafe threat"),
        ("safe",) * 3,
        "reannotate",
        ("no_majority",),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_people_and_jury_lead_to_outcome(name: str) -> None:
    people, opinions, outcome, reasons = CASES[name]
    decision = decide(
        policy("jury_conflict"), *votes(*people), *jury(*opinions), jurors_expected=3, jurors_done=3
    )
    assert (decision.outcome, decision.reasons) == (outcome, reasons)
    if outcome == "settled":
        assert decision.source == "human_majority"


def test_the_jury_is_waited_for_until_it_is_late() -> None:
    judge = policy("jury_conflict")
    cast = (*votes(*SAFE3), *jury("safe"))
    waiting = decide(judge, *cast, jurors_expected=3, jurors_done=1)
    assert (waiting.outcome, waiting.reasons) == ("waiting", ("jury_pending",))
    late = decide(judge, *cast, jurors_expected=3, jurors_done=1, jury_timed_out=True)
    assert late.outcome == "settled"


def test_a_conflict_waits_for_the_seat_that_is_out() -> None:
    judge = policy("jury_conflict")
    for opinion in ("unsafe threat", "unsafe weapons"):
        decision = decide(judge, *votes(*SAFE3), *jury(opinion), seats_pending=1)
        assert decision.outcome == "waiting"
