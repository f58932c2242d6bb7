from __future__ import annotations

import pytest

from jury.policy.base import PolicyError
from jury.policy.decision import Decision
from jury.policy.facts import ItemFacts
from jury.policy.known import defaults, known_options
from jury.policy.parts import ByPart, part_of
from jury.policy.registry import load_policy, policy_names
from tests.jury.policy.cases import TAXONOMY, policy, unit, votes

STRICT = {"target": "response", "name": "low_agreement", "options": {"min_share": 1.0}}


def decide(judge: object, *targets: str) -> tuple[Decision, ...]:
    cast = votes("safe", "safe", "unsafe threat")
    units = tuple(unit(target, *cast) for target in targets)
    assert isinstance(judge, ByPart)
    return judge.decide(ItemFacts(1, has_response=True, units=units))


def test_a_part_decides_its_target_and_the_base_the_rest() -> None:
    found = decide(policy("majority", {"for": [STRICT]}), "prompt", "response")
    assert [each.outcome for each in found] == ["settled", "reannotate"]


def test_a_part_for_turns_decides_every_turn() -> None:
    turns = {**STRICT, "target": "turn"}
    found = decide(policy("majority", {"for": [turns]}), "turn:1", "turn:3", "prompt")
    assert [each.outcome for each in found] == ["reannotate", "reannotate", "settled"]


def test_the_first_part_that_fits_decides() -> None:
    parts = [{"target": "response", "question": "safety"}, {**STRICT, "target": "response"}]
    judge = policy("majority", {"for": parts})
    assert isinstance(judge, ByPart)
    assert part_of(judge, "response", "safety").name == "majority"
    assert part_of(judge, "response", "refusal").name == "low_agreement"


def test_the_options_of_a_whole_load_to_the_same_whole() -> None:
    judge = policy("majority", {"for": [STRICT, {"question": "refusal", "name": "panel"}]})
    again = policy("majority", judge.options)
    assert again.options == judge.options
    assert again.reads_jury
    assert not policy("majority", {"for": [STRICT]}).reads_jury


@pytest.mark.parametrize(
    ("name", "parts", "message"),
    [
        ("majority", "panel", "must be a list of tables"),
        ("majority", ["panel"], "must be a list of tables"),
        ("majority", [{"name": "panel"}], "names a target, a question or both"),
        ("majority", [{"target": "prompt", "share": 1}], "has no “share”"),
        ("majority", [{"target": "prompt", "options": 5}], "“options” must be a table"),
        ("majority", [{"target": "prompt", "name": "jury"}], "There is no policy “jury”"),
        ("majority", [{"target": "prompt", "options": {"cost": 1}}], "no option “cost”"),
        ("majority", [{"target": "prompt", "name": "aegis2"}], "cannot be a part"),
        ("majority", [{"target": "prompt"}, {"target": "prompt"}], "twice"),
        ("aegis2", [{"target": "prompt", "question": "safety"}], "derives prompt"),
        ("aegis2", [{"target": "response"}], "derives response"),
    ],
)
def test_a_part_that_does_not_fit_is_refused(name: str, parts: object, message: str) -> None:
    with pytest.raises(PolicyError, match=message):
        policy(name, {"for": parts})


@pytest.mark.parametrize("name", policy_names())
def test_what_may_be_set_is_what_the_loader_takes(name: str) -> None:
    usual = defaults(name, taxonomy=TAXONOMY, overlap=3)
    # tests/jury/policy/test_floors.py and test_curtailment.py have what is there only where it is set.
    always = [o for o in known_options(name) if o.kind not in {"floors", "flag"} and not o.beside]
    assert {option.name for option in always} == set(usual) - {"fit", "class_weights"}
    for option in always:
        value = option.read(str(usual[option.name]))
        assert value == usual[option.name]
        load_policy(name, {**usual, option.name: value}, taxonomy=TAXONOMY, overlap=3)


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("min_share", "most", "must be a number from 0.5 to 1"),
        ("min_share", "nan", "must be a number"),
        ("max_votes", "4.5", "must be a whole number from 1 to 99"),
        ("caution", "bold", "must be one of permissive, defensive"),
    ],
)
def test_a_written_value_that_does_not_fit_is_refused(name: str, text: str, message: str) -> None:
    option = next(each for each in known_options("panel") if each.name == name)
    with pytest.raises(PolicyError, match=message):
        option.read(text)
