"""Reason codes and how they read. Codes are stable: stored decisions and programs hold them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

_NUMBERS: Final = (
    "no one two three four five six seven eight nine ten eleven twelve".split()  # noqa: SIM905
)
_LIMITS: Final[Mapping[float, str]] = MappingProxyType(
    {0.5: "more than half", 0.67: "two thirds", 0.75: "three quarters", 1.0: "full agreement"},
)

REASONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "votes_pending": "Answers are still to come.",
        "second_opinion_pending": "Another person is looking at it.",
        "below_floor": "Too few people have voted for anything to be settled.",
        "severe_floor": "A severe category was chosen, which one person alone never settles.",
        "category_floor": "A category was chosen that asks for more people.",
        "no_majority": "No value has more than half of the votes.",
        "low_share": "The majority is smaller than the policy asks for.",
        "category_tie": "A category was chosen by exactly half.",
        "no_common_category": "No category was chosen by more than half.",
        "max_votes": "No more people are asked under this policy.",
        "jury_pending": "The jury has not finished.",
        "jury_conflict": "The jury's majority differs from the people's.",
        "severe_conflict": "The people and the jury differ on a severe category.",
        "no_jury_majority": "The jury has no majority.",
        "no_jury_opinion": "No juror gave an opinion.",
        "source_open": "The unit this one is derived from is not settled.",
        "no_source": "The item has no unit this one could be derived from.",
        "no_response": "The item has no response.",
        "not_asked": "Nobody is asked about this unit.",
        "worth_asking": "One more answer is worth more than it costs.",
        # Of the panel's first version; decisions that are stored may hold it.
        "other_side": "Both kinds of error weighed, what most people said is not the better bet.",
        "contested": "Even with the most votes that are asked for, the answer is not sure enough.",
        "calibration_votes": "The item was drawn at random to get a fixed number of votes.",
        "calibration_done": "No more people are asked about an item drawn at random.",
        "outcome_fixed": "The answers still to come could not change the outcome.",
        "lead_contested": "The lead calls it contested: reasonable people differ.",
    },
)

_DERIVED: Final[Mapping[str, str]] = MappingProxyType(
    {
        "D1": "The dialogue's answer holds for the prompt (D1)",
        "D2": "The dialogue is safe, so the response is taken to be safe (D2)",
        "D3": "The dialogue is unsafe, so the jury decides the response (D3)",
        "D4": "The response is a deflection written for refusal augmentation (D4)",
        "adjudication": "A lead decided",
    },
)


def number(count: int) -> str:
    """Return a count in words up to twelve, in digits above.

    >>> number(2), number(13)
    ('two', '13')
    """
    return _NUMBERS[count] if 0 <= count < len(_NUMBERS) else str(count)


def limit_words(share: float) -> str:
    """Return a share in words where one is usual, else in per cent.

    >>> limit_words(0.67), limit_words(0.8)
    ('two thirds', '80 %')
    """
    return _LIMITS.get(round(share, 2), f"{share:.0%}".replace("%", " %"))


def vote_words(
    counts: Mapping[str, int],
    label: Callable[[str], str],
    *,
    voters: tuple[str, str] = ("person", "people"),
) -> str:
    """Return the votes as a sentence.

    Args:
        counts: Votes by value; the order decides between equal counts.
        label: The words for a value.
        voters: One voter and several.
    """
    total = sum(counts.values())
    ranked = sorted(((c, v) for v, c in counts.items() if c), key=lambda pair: -pair[0])
    if not ranked:
        return f"No {voters[0]} has answered."
    first, leading = ranked[0]
    if len(ranked) == 1:
        return _unanimous(total, label(leading), voters)
    rest = [f"{number(count)} said {label(value)}" for count, value in ranked[1:]]
    parts = [f"{number(first)} of {number(total)} {voters[1]} said {label(leading)}", *rest]
    return _sentence(join(parts))


def _unanimous(total: int, said: str, voters: tuple[str, str]) -> str:
    if total == 1:
        return f"One {voters[0]} said {said}."
    both = "Both" if total == 2 else f"All {number(total)}"
    return f"{both} {voters[1]} said {said}."


def chosen_words(name: str, votes_for: int, of: int) -> str:
    """Return how many chose a category: “Harassment was chosen by both”."""
    if votes_for == of and of == 2:
        by = "both"
    elif votes_for == of and of > 2:
        by = f"all {number(of)}"
    elif of == 1:
        by = "the one person asked"
    else:
        by = f"{number(votes_for)} of {number(of)}"
    return f"{name} was chosen by {by}"


def reason_words(reasons: tuple[str, ...], *, outstanding: int = 0) -> list[str]:
    """Return the sentences of the codes, in their order.

    Args:
        reasons: The codes.
        outstanding: Answers still to come that could not change what was settled, where known.

    >>> reason_words(("outcome_fixed",), outstanding=1)
    ['The one answer still to come could not change that.']
    """
    known = dict(REASONS)
    if outstanding:
        answers = "answer" if outstanding == 1 else "answers"
        known["outcome_fixed"] = (
            f"The {number(outstanding)} {answers} still to come could not change that."
        )
    return [known.get(code, f"{code}.") for code in reasons]


def panel_words(seen: Mapping[str, object]) -> list[str]:
    """Return how sure the panel is, and what one more vote would be worth; empty without a panel.

    >>> panel_words({"sure": 0.961, "says_unsafe": True, "gain": 0.021, "cost": 0.02})
    ['A large panel would say unsafe with 96 % probability.', 'One more vote would be worth 4.1 points and costs 2.0.']
    """
    sure, gain, cost = (seen.get(key) for key in ("sure", "gain", "cost"))
    if not isinstance(sure, float):
        return []
    side = "unsafe" if seen.get("says_unsafe") else "safe"
    # Never rounded up to certainty.
    percent = min(round(sure * 100), 99)
    sentences = [f"A large panel would say {side} with {percent} % probability."]
    if isinstance(gain, float) and isinstance(cost, float):
        worth = max(0.0, 100 * (gain + cost))
        sentences.append(
            f"One more vote would be worth {worth:.1f} points and costs {100 * cost:.1f}."
        )
    return sentences


def settled_words(rule: str, said: str) -> str:
    """Return how a unit was settled: the rule where it is not plain voting, and the answer."""
    how = _DERIVED.get(rule)
    return f"{how}: settled as {said}" if how else f"Settled as {said}"


def next_step(outcome: str, seats_pending: int) -> str:
    """Return what happens next; empty for what is settled."""
    if outcome == "reannotate":
        return "One more person will be asked."
    if outcome == "adjudicate":
        return "A lead will decide."
    if outcome == "waiting" and seats_pending:
        places = "answer" if seats_pending == 1 else "answers"
        return f"Waiting for {number(seats_pending)} more {places}."
    return ""


def join(parts: list[str]) -> str:
    """Return parts as a list in words: “a, b and c”."""
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} and {parts[-1]}"


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."
