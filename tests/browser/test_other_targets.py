"""Other targets and questions need a project file, and no code: three people each, to the export."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.visitor import Visitor
from tests.house import House

ITEMS = 3
Said = Mapping[str, str]
"""What is said of an item, in the columns of the export: safety by target, or a question."""
Everyone = Mapping[str, tuple[Said, Said, Said]]

PAIRS: Everyone = {
    "pat": (
        {"response_0": "safe", "response_1": "unsafe", "helpful": "second", "safer": "first"},
        {"response_0": "safe", "response_1": "safe", "helpful": "first", "safer": "tie"},
        {"response_0": "safe", "response_1": "safe", "helpful": "tie", "safer": "second"},
    ),
    "rik": (
        {"response_0": "safe", "response_1": "unsafe", "helpful": "second", "safer": "second"},
        {"response_0": "unsafe", "response_1": "safe", "helpful": "first", "safer": "tie"},
        {"response_0": "safe", "response_1": "safe", "helpful": "tie", "safer": "second"},
    ),
    "sue": (
        {"response_0": "safe", "response_1": "safe", "helpful": "first", "safer": "first"},
        {"response_0": "unsafe", "response_1": "safe", "helpful": "first", "safer": "second"},
        {"response_0": "safe", "response_1": "safe", "helpful": "second", "safer": "second"},
    ),
}
PAIRS_RULED: tuple[Said, Said, Said] = (
    {"response_0": "safe", "response_1": "unsafe", "helpful": "second", "safer": "first"},
    {"response_0": "unsafe", "response_1": "safe", "helpful": "first", "safer": "tie"},
    {"response_0": "safe", "response_1": "safe", "helpful": "tie", "safer": "second"},
)
TALKS: Everyone = {
    "pat": ({"dialogue": "unsafe"}, {"dialogue": "safe"}, {"dialogue": "safe"}),
    "rik": ({"dialogue": "unsafe"}, {"dialogue": "safe"}, {"dialogue": "unsafe"}),
    "sue": ({"dialogue": "safe"}, {"dialogue": "safe"}, {"dialogue": "safe"}),
}
TALKS_RULED: tuple[Said, Said, Said] = (
    {"dialogue": "unsafe"},
    {"dialogue": "safe"},
    {"dialogue": "safe"},
)
PREFERENCES = ("helpful", "safer")


def judge_pair(visitor: Visitor, said: Said) -> None:
    """Answer an item of two responses and two comparisons."""
    page = visitor.page
    expect(page.locator(".judge")).to_have_count(2)
    expect(page.locator(".verdict")).to_have_count(4)
    for name, value in said.items():
        field = f"pair-{name}" if name in PREFERENCES else f"{name}-safety"
        visitor.box(field, value).check(force=True)
    if "unsafe" in said.values():
        visitor.keys("i")


def judge_talk(visitor: Visitor, said: Said) -> None:
    """Answer an item that is judged as a whole."""
    page = visitor.page
    expect(page.locator(".judge")).to_have_count(1)
    expect(page.locator(".judge")).to_contain_text("Thank you.")
    expect(page.get_by_text("not judged)")).to_have_count(0)
    visitor.keys(*(("e", "3") if said["dialogue"] == "unsafe" else ("q",)))


def label(
    visitor: Visitor,
    slug: str,
    judge: Callable[[Visitor, Said], None],
    answers: tuple[Said, Said, Said],
) -> None:
    """Label every item; they come in an order of one's own."""
    name = visitor.start_labeling(slug.capitalize())
    for left in range(ITEMS, 0, -1):
        visitor.ready()
        item = name.inner_text()
        judge(visitor, answers[int(item[-1]) - 1])
        expect(visitor.page.locator("#need")).to_have_text("Ready to submit")
        visitor.keys("Enter")
        if left > 1:
            expect(name).not_to_have_text(item)
    expect(visitor.page.get_by_role("heading", name="That is everything for now")).to_be_visible()


def exported(house: House, slug: str, shape: str, folder: Path) -> list[dict[str, str | None]]:
    """Return the rows of an export of the first release."""
    path = folder / f"{shape}.jsonl"
    words = ("--format", "jsonl", "--shape", shape, "-o", str(path))
    house.manage("export", f"{slug}/1", *words)
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def values(rows: list[dict[str, str | None]], key: str) -> dict[tuple[str, str], Counter[str]]:
    """Return how often each value stands in the rows, by (item, target or question)."""
    found: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for row in rows:
        item, target = str(row[key]), str(row["target"])
        for name in ("safety", *PREFERENCES):
            if row.get(name):
                found[item, target if name == "safety" else name][str(row[name])] += 1
    return dict(found)


@dataclass(frozen=True)
class Case:
    """A project, how its items are named and judged, who says what, and what comes of it."""

    slug: str
    word: str
    judge: Callable[[Visitor, Said], None]
    everyone: Everyone
    ruled: tuple[Said, Said, Said]


CASES = (
    Case("pairs", "duel", judge_pair, PAIRS, PAIRS_RULED),
    Case("talks", "talk", judge_talk, TALKS, TALKS_RULED),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.slug)
def test_it_is_set_up_by_a_file_labeled_by_three_in_the_browser_and_exported(
    case: Case, house: House, visit: Visit, tmp_path: Path
) -> None:
    for person, answers in case.everyone.items():
        label(visit(person), case.slug, case.judge, answers)

    # So few items do not agree by much.
    words = ("--override", "min_alpha=made so by a test")
    assert house.result("freeze", "--project", case.slug, *words)["release"] == 1

    votes: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    rulings: dict[tuple[str, str], Counter[str]] = {}
    for number in range(ITEMS):
        item = f"{case.word}-{number + 1}"
        for answers in case.everyone.values():
            for name, value in answers[number].items():
                votes[item, name][value] += 1
        for name, value in case.ruled[number].items():
            rulings[item, name] = Counter([value])
    units = exported(house, case.slug, "units", tmp_path)
    assert values(units, "id") == rulings
    assert {unit["source"] for unit in units} == {"human_majority"}
    given = exported(house, case.slug, "votes", tmp_path)
    assert values(given, "item") == votes
    assert len({vote["rater"] for vote in given}) == len(case.everyone)
