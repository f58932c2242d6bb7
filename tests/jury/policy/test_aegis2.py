from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jury.policy.decision import Decision
from jury.policy.facts import ItemFacts, Vote
from jury.verdict import Answer
from tests.jury.policy.cases import jury, policy, unit, votes


def judged(  # noqa: PLR0913 - the parts of one item, named
    people: tuple[str, ...],
    opinions: tuple[str, ...] = (),
    *,
    done: int = 3,
    options: dict[str, object] | None = None,
    augmented: bool = False,
    has_response: bool = True,
    lead: Answer | None = None,
) -> tuple[Decision, Decision, Decision]:
    units = (
        unit(
            "response",
            *jury(*opinions),
            unit=3,
            asked_of_people=False,
            jurors_expected=3,
            jurors_done=done,
        ),
        unit("dialogue", *votes(*people), unit=1, adjudicated=lead),
        unit("prompt", unit=2, asked_of_people=False),
    )
    item = ItemFacts(1, has_response=has_response, units=units, refusal_augmented=augmented)
    response, dialogue, prompt = policy("aegis2", options).decide(item)
    assert [response.unit, dialogue.unit, prompt.unit] == [3, 1, 2]
    return dialogue, prompt, response


def brief(decision: Decision) -> tuple[str, str, str, str | None]:
    value = decision.answer.value if decision.answer else None
    return decision.outcome, decision.source, decision.rule, value


def test_d1_and_d2_a_safe_dialogue_holds_for_both_and_is_inherited() -> None:
    dialogue, prompt, response = judged(("safe", "safe", "unsafe threat"), ("unsafe threat",) * 3)
    assert brief(dialogue) == ("settled", "human_majority", "majority", "safe")
    assert brief(prompt) == ("settled", "inherited", "D1", "safe")
    assert brief(response) == ("settled", "inherited", "D2", "safe")
    assert not prompt.human_judged
    assert not response.human_judged


def test_d1_hands_on_the_categories() -> None:
    _, prompt, _ = judged(("unsafe threat",) * 3)
    assert prompt.answer == Answer("unsafe", ("threat",))


@pytest.mark.parametrize(
    ("opinions", "expected"),
    [
        (("unsafe threat", "unsafe threat", "safe"), ("settled", "llm_jury", "D3", "unsafe")),
        (("safe", "safe", "unsafe threat"), ("settled", "llm_jury", "D3", "safe")),
        (
            ("safe", "needs_caution", "needs_caution"),
            ("settled", "llm_jury", "D3", "needs_caution"),
        ),
        (("safe", "unsafe threat"), ("adjudicate", "", "", None)),
        (("safe", "needs_caution", "unsafe threat"), ("adjudicate", "", "", None)),
        ((), ("adjudicate", "", "", None)),
    ],
)
def test_d3_the_jury_decides_the_response_of_an_unsafe_dialogue(
    opinions: tuple[str, ...], expected: tuple[str, str, str, str | None]
) -> None:
    _, _, response = judged(("unsafe threat",) * 3, opinions)
    assert brief(response) == expected


def test_d3_waits_for_the_jury() -> None:
    _, _, response = judged(("unsafe threat",) * 3, ("safe", "safe"), done=2)
    assert (response.outcome, response.reasons) == ("waiting", ("jury_pending",))


def test_d4_a_deflection_is_safe_by_construction() -> None:
    _, _, response = judged(("unsafe threat",) * 3, augmented=True)
    assert brief(response) == ("settled", "refusal_data_augmentation", "D4", "safe")
    assert not response.human_judged


def test_caution_follows_the_switch() -> None:
    people = ("needs_caution",) * 3
    _, _, permissive = judged(people)
    assert permissive.rule == "D2"
    _, _, defensive = judged(people, ("safe",) * 3, options={"caution": "defensive"})
    assert defensive.rule == "D3"


def test_an_open_dialogue_holds_back_what_derives_from_it() -> None:
    _, prompt, response = judged(("safe", "unsafe threat"))
    assert prompt.reasons == response.reasons == ("source_open",)


def test_a_lead_on_the_dialogue_is_still_inherited_by_the_prompt() -> None:
    _, prompt, _ = judged(("safe",), lead=Answer("unsafe", ("threat",)))
    assert brief(prompt) == ("settled", "inherited", "D1", "unsafe")


def test_units_without_a_source_or_a_response_wait() -> None:
    _, _, response = judged(("safe",) * 3, has_response=False)
    assert response.reasons == ("no_response",)
    alone = ItemFacts(1, has_response=True, units=(unit("prompt", asked_of_people=False),))
    (decision,) = policy("aegis2").decide(alone)
    assert decision.reasons == ("no_source",)


def test_a_lead_may_rule_on_a_derived_unit() -> None:
    ruled = unit("prompt", asked_of_people=False, adjudicated=Answer("safe"))
    (decision,) = policy("aegis2").decide(ItemFacts(1, has_response=False, units=(ruled,)))
    assert decision.source == "adjudicator"


def test_who_is_asked_what() -> None:
    judge = policy("aegis2")
    assert judge.human_targets == ("dialogue",)
    assert judge.derived_targets == ("prompt", "response")
    assert judge.asks_people("dialogue", "safety")
    assert not judge.asks_people("response", "safety")
    assert judge.asks_people("response", "refusal")
    assert judge.reads_jury


TEXTS = st.sampled_from(["safe", "needs_caution", "unsafe threat", "unsafe weapons"])


@settings(max_examples=100, deadline=None)
@given(st.lists(TEXTS, max_size=5), st.lists(TEXTS, max_size=3), st.booleans())
def test_what_no_person_judged_never_counts_as_human(
    people: list[str],
    opinions: list[str],
    augmented: bool,  # noqa: FBT001 - hypothesis fills it by name
) -> None:
    for decision in judged(tuple(people), tuple(opinions), augmented=augmented)[1:]:
        assert not decision.human_judged
        assert decision.evidence["n_human"] == 0


@settings(max_examples=60, deadline=None)
@given(
    st.permutations(votes("safe", "safe", "unsafe threat") + jury("safe", "unsafe threat", "safe"))
)
def test_order_of_votes_never_matters(cast: list[Vote]) -> None:
    def run(order: tuple[Vote, ...]) -> Decision:
        item = ItemFacts(1, has_response=False, units=(unit("dialogue", *order),))
        return policy("aegis2").decide(item)[0]

    assert run(tuple(cast)) == run(tuple(sorted(cast, key=lambda vote: vote.rater)))
