"""Curtailment leaves out first votes that cannot change the outcome, all of them and no others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import chain, combinations, combinations_with_replacement, product

import pytest

from jury.policy.base import Policy
from jury.policy.cases import Cases
from jury.policy.decision import Decision, explain
from jury.policy.facts import ItemFacts, UnitFacts, Vote
from jury.policy.headline import fixed_votes
from jury.policy.parts import part_of
from jury.policy.registry import load_policy
from jury.taxonomy import Taxonomy
from jury.verdict import Answer, QuestionSchema
from tests.jury.policy.cases import SAFETY, TAXONOMY, answer, category, decide, policy, unit, votes

NEVER = {"curtail": True, "random_share": 0.0}
SEVERE = category("weapons", severe=True)
TWO = (category("threat"), SEVERE)
THREE = (*TWO, category("fraud"))
GRADED = replace(SAFETY, severity=("low", "high"))
Said = tuple[Answer, ...]


def every_answer(schema: QuestionSchema, taxonomy: Taxonomy) -> Said:
    """Return all answers there are, an unsafe one that came without categories among them."""
    ids = [each.id for each in taxonomy.categories]
    sets = list(chain.from_iterable(combinations(ids, n) for n in range(len(ids) + 1)))
    levels = ("", *schema.severity)
    return tuple(
        Answer(value, categories, severity)
        for value, severity in product(schema.value_keys, levels)
        for categories in (sets if value == "unsafe" else [()])
    )


def judged(judge: Policy, schema: QuestionSchema, said: Said, pending: int) -> Decision:
    cast = tuple(Vote(f"p{n}", "human", each) for n, each in enumerate(said))
    facts = UnitFacts(1, "prompt", "safety", schema, cast, seats_pending=pending)
    (found,) = judge.decide(ItemFacts(1, has_response=False, units=(facts,)))
    return found


def check_every_completion(
    options: Mapping[str, object],
    schema: QuestionSchema,
    taxonomy: Taxonomy,
    overlap: int,
    answers: Said = (),
) -> int:
    """Compare each way the votes can come with the rule that waits for all; return how many stop.

    What was said counts, not in which order (tests/jury/policy/test_invariance.py).
    """
    fixed = load_policy("majority", options, taxonomy=taxonomy, overlap=overlap)
    judge = load_policy("majority", {**NEVER, **options}, taxonomy=taxonomy, overlap=overlap)
    ends: dict[Said, set[Answer | None]] = {}
    for said in combinations_with_replacement(answers or every_answer(schema, taxonomy), overlap):
        end = judged(fixed, schema, said, 0)
        assert judged(judge, schema, said, 0) == end
        for n in range(overlap // 2 + 1, overlap):
            for begun in set(combinations(said, n)):
                ends.setdefault(begun, set()).add(end.answer)
    stopped = 0
    for begun, found in ends.items():
        left = overlap - len(begun)
        early = judged(judge, schema, begun, left)
        if len(found) == 1 and None not in found:
            assert (early.outcome, early.reasons) == ("settled", ("outcome_fixed",)), begun
            assert {early.answer} == found, begun
            assert early.evidence["outstanding"] == left
            stopped += 1
        else:
            assert (early.outcome, early.reasons) == ("waiting", ("votes_pending",)), begun
    return stopped


def tree(*categories: object) -> Taxonomy:
    return Taxonomy(id="t", version="1", title="T", categories=categories)  # type: ignore[arg-type]


WAYS = [
    {"min_share": share, "caution": caution, "categories": how}
    for share in (0.5, 0.67, 0.75)
    for caution in ("permissive", "defensive")
    for how in ("majority", "verdict_only")
]
OF_THREE = [way for way in WAYS if way["min_share"] != 0.75]
"""Two of three are less than three quarters: there the option is refused."""


def named(way: object) -> str:
    """Return a case's name."""
    return " ".join(map(str, way.values())) if isinstance(way, dict) else str(way)


@pytest.mark.parametrize(
    ("overlap", "options"),
    [
        *((3, way) for way in OF_THREE),
        *((5, way) for way in WAYS if way["categories"] == "majority"),
    ],
    ids=named,
)
def test_what_is_settled_early_is_what_all_votes_would_settle(
    overlap: int, options: dict[str, object]
) -> None:
    """Every completion of every beginning; and nobody is waited for in vain."""
    assert check_every_completion(options, SAFETY, tree(*THREE), overlap)


@pytest.mark.parametrize("options", OF_THREE, ids=named)
def test_a_severity_that_can_still_change_is_waited_for(options: dict[str, object]) -> None:
    assert check_every_completion(options, GRADED, tree(*TWO), 3)


@pytest.mark.parametrize(("share", "caution"), [(0.5, "permissive"), (0.67, "defensive")])
def test_of_four_with_severity(share: float, caution: str) -> None:
    assert check_every_completion({"min_share": share, "caution": caution}, GRADED, tree(*TWO), 4)


@pytest.mark.parametrize("floors", [{"threat": 4}, {"weapons": 5}, {"threat": 6}])
@pytest.mark.parametrize("share", [0.5, 0.67])
def test_a_floor_that_a_vote_to_come_may_raise_is_looked_at(
    share: float, floors: dict[str, int]
) -> None:
    """Of five votes three are enough, but for who chose what asks for four, five or six."""
    options = {"min_share": share, "category_floor": floors, "max_votes": 7}
    fixed = load_policy("majority", options, taxonomy=tree(*TWO), overlap=5)
    judge = load_policy("majority", {**NEVER, **options}, taxonomy=tree(*TWO), overlap=5)
    most = max(floors.values())
    for text in ("safe", "unsafe threat", "unsafe weapons"):
        for n in (3, 4):
            early = judged(judge, SAFETY, (answer(text),) * n, 5 - n)
            ends = {
                judged(fixed, SAFETY, (answer(text),) * n + more, 0).answer
                for more in combinations_with_replacement(every_answer(SAFETY, tree(*TWO)), 5 - n)
            }
            floor = floors.get(text.removeprefix("unsafe "), 0)
            same = len(ends) == 1 and None not in ends
            assert (early.outcome == "settled") == (same and n >= floor)
            if most > 5:
                assert early.outcome == "waiting"


def test_a_category_that_others_may_outvote_is_waited_for() -> None:
    """Three of five chose fraud, each other category but one: a sixth without it makes a draw."""
    names = ("fraud", "threat", "weapons")
    single = tuple(Answer("unsafe", (name,)) for name in names)
    all_but = tuple(Answer("unsafe", tuple(set(names) - {name})) for name in names)
    taxonomy = tree(*THREE)
    begun = votes(*["unsafe fraud"] * 3, "unsafe threat", "unsafe weapons")
    judge = load_policy("majority", NEVER, taxonomy=taxonomy, overlap=6)
    assert decide(judge, *begun, seats_pending=1).outcome == "waiting"
    found = check_every_completion({}, SAFETY, taxonomy, 6, (*single, *all_but, Answer("unsafe")))
    assert found


def test_two_of_three_who_agree_are_enough_and_the_words_say_why() -> None:
    judge = policy(options=NEVER)
    found = decide(judge, *votes("safe", "safe"), seats_pending=1)
    assert found.answer == Answer("safe")
    assert (found.source, found.rule, found.share) == ("human_majority", "majority", 1.0)
    assert found.evidence["floor"] == 2
    assert explain(found, SAFETY, TAXONOMY) == (
        "Both people said safe. The policy settles at two thirds. Settled as safe. "
        "The one answer still to come could not change that."
    )
    four = decide(policy(options=NEVER, overlap=6), *votes(*["safe"] * 4), seats_pending=2)
    assert explain(four, SAFETY, TAXONOMY).endswith(
        "The two answers still to come could not change that."
    )


@pytest.mark.parametrize(
    ("cast", "known", "outcome", "reasons"),
    [
        (["safe"], {"seats_pending": 2}, "waiting", ("votes_pending",)),
        (["safe", "unsafe threat"], {"seats_pending": 1}, "waiting", ("votes_pending",)),
        # The third seat was cancelled, and one of the two answers is another now.
        (["safe", "unsafe threat"], {}, "reannotate", ("below_floor",)),
        (["safe"], {}, "reannotate", ("below_floor",)),
        (["safe", "safe"], {}, "settled", ("outcome_fixed",)),
        (["safe", "safe", "unsafe threat"], {}, "settled", ()),
        (["safe"], {"adjudicated": Answer("unsafe")}, "settled", ()),
        (["safe", "safe"], {"adjudicated": Answer("unsafe")}, "settled", ()),
        (["safe", "safe"], {"asked_of_people": False}, "waiting", ("not_asked",)),
    ],
)
def test_what_is_not_fixed_goes_on_as_without_curtailment(
    cast: list[str], known: dict[str, object], outcome: str, reasons: tuple[str, ...]
) -> None:
    found = decide(policy(options=NEVER), *votes(*cast), **known)
    assert (found.outcome, found.reasons) == (outcome, reasons)
    if "adjudicated" in known:
        assert found.answer == Answer("unsafe")


def test_a_floor_in_between_is_kept() -> None:
    judge = policy(options={**NEVER, "human_floor": 4}, overlap=5)
    three, four = (decide(judge, *votes(*["safe"] * n), seats_pending=5 - n) for n in (3, 4))
    assert (three.outcome, four.outcome) == ("waiting", "settled")
    assert decide(policy(options={**NEVER, "min_share": 0.6}, overlap=5), *three_safe()).answer


def three_safe() -> tuple[Vote, ...]:
    return votes("safe", "safe", "safe")


def test_items_drawn_at_random_get_all_first_votes() -> None:
    judge = policy(options={"curtail": True, "random_share": 0.3, "seed": 7})
    panel = policy("panel", {"random_share": 0.3, "seed": 7, "random_votes": 3})
    drawn = {item for item in range(200) if fixed_votes(judge, item)}
    assert 30 < len(drawn) < 90
    assert drawn == {item for item in range(200) if fixed_votes(panel, item)}
    facts = unit("prompt", *votes("safe", "safe"), seats_pending=1)
    for item in range(200):
        (found,) = judge.decide(ItemFacts(item, has_response=False, units=(facts,)))
        assert found.outcome == ("waiting" if item in drawn else "settled")
        assert fixed_votes(judge, item) == (3 if item in drawn else 0)
        assert fixed_votes(policy(), item) is None


def test_a_part_curtails_where_it_decides_and_nowhere_else() -> None:
    part = {"target": "response", "name": "low_agreement", "options": {**NEVER, "min_share": 0.6}}
    judge = policy(options={"for": [part]})
    cast = votes("safe", "safe")
    units = tuple(unit(target, *cast, seats_pending=1) for target in ("prompt", "response"))
    found = judge.decide(ItemFacts(1, has_response=True, units=units))
    assert [each.outcome for each in found] == ["waiting", "settled"]
    there, elsewhere = (part_of(judge, target, "safety") for target in ("response", "prompt"))
    assert (fixed_votes(there, 1), fixed_votes(elsewhere, 1)) == (0, None)


def facts_of(item: int, said: Iterable[Answer]) -> ItemFacts:
    cast = tuple(Vote(f"p{n}", "human", each) for n, each in enumerate(said))
    facts = UnitFacts(item, "prompt", "safety", GRADED, cast, seats_pending=1)
    return ItemFacts(item, has_response=False, units=(facts,))


def test_what_if_keeps_apart_what_curtailment_tells_apart() -> None:
    """Drawn items, and severities of which one may still change: outcomes as asked one by one."""
    now, then = policy(), policy(options={"curtail": True, "random_share": 0.3})
    low, high = (Answer("unsafe", ("threat",), level) for level in ("low", "high"))
    items = [facts_of(n, (low, high if n % 2 else low)) for n in range(60)]
    cases = Cases((now, then), overlap=3)
    for item in items:
        cases.add(item)
    by_hand = [then.decide(item)[0].outcome for item in items]
    grouped = [o for c in cases.cases for o in [then.decide(c.facts)[0].outcome] * c.count]
    assert sorted(grouped) == sorted(by_hand)
    assert len(cases.cases) == 4
