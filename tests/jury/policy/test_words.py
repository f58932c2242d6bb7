from __future__ import annotations

import ast
from pathlib import Path

import pytest

from jury.policy import words
from jury.policy.decision import explain
from jury.policy.facts import ItemFacts
from jury.policy.words import REASONS
from jury.verdict import Answer
from tests.jury.policy.cases import SAFETY, TAXONOMY, decide, jury, policy, unit, votes


@pytest.mark.parametrize(
    ("cast", "known", "text"),
    [
        (
            ("unsafe harassment", "unsafe harassment", "safe"),
            {},
            (
                "Two of three people said unsafe and one said safe. The policy settles at two thirds. "
                "Settled as unsafe; Harassment was chosen by both."
            ),
        ),
        (
            ("safe", "unsafe threat"),
            {"seats_pending": 1},
            (
                "One of two people said safe and one said unsafe. The policy settles at two thirds. "
                "Answers are still to come. Waiting for one more answer."
            ),
        ),
        (
            ("safe", "safe", "safe", "unsafe threat", "unsafe threat"),
            {},
            (
                "Three of five people said safe and two said unsafe. The policy settles at two thirds. "
                "The majority is smaller than the policy asks for. "
                "No more people are asked under this policy. A lead will decide."
            ),
        ),
        (
            ("unsafe threat", "unsafe harassment", "safe"),
            {},
            (
                "Two of three people said unsafe and one said safe. The policy settles at two thirds. "
                "A category was chosen by exactly half. Harassment was chosen by one of two and "
                "Threat was chosen by one of two. One more person will be asked."
            ),
        ),
        (
            ("safe", "safe", "safe"),
            {"adjudicated": Answer("unsafe", ("threat",)), "adjudicated_contested": True},
            (
                "All three people said safe. A lead decided: settled as unsafe; Threat. "
                "The lead calls it contested: reasonable people differ."
            ),
        ),
        (
            (),
            {},
            (
                "No person has answered. Too few people have voted for anything to be settled. "
                "One more person will be asked."
            ),
        ),
    ],
)
def test_a_decision_reads_as_sentences(
    cast: tuple[str, ...], known: dict[str, object], text: str
) -> None:
    assert explain(decide(policy(), *votes(*cast), **known), SAFETY, TAXONOMY) == text


def test_a_jury_ruling_says_that_it_is_one() -> None:
    units = (
        unit("dialogue", *votes("unsafe threat", "unsafe threat", "unsafe threat")),
        unit("response", *jury("safe", "safe", "unsafe threat"), asked_of_people=False),
    )
    _, response = policy("aegis2").decide(ItemFacts(1, has_response=True, units=units))
    assert explain(response, SAFETY, TAXONOMY) == (
        "Two of three jurors said safe and one said unsafe. "
        "The dialogue is unsafe, so the jury decides the response (D3): settled as safe."
    )


def test_every_reason_code_in_the_policies_has_words() -> None:
    folder = Path(words.__file__).parent
    used = {
        arg.value
        for path in folder.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in {"wait", "refer"}
        for arg in node.args
        if isinstance(arg, ast.Constant) and isinstance(arg.value, str)
    }
    assert used
    assert used <= set(REASONS)
