"""The seven facts that are planted in the sample, as the pages show them to a lead."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from statistics import fmean

from checks.client import Client, demand
from checks.labelers import CONTESTED, PROJECT
from checks.tables import Row, cell, number, numbers, table

SIMULATED = (
    "Ana (simulated)",
    "Ben (simulated)",
    "Carla (simulated)",
    "Deniz (simulated)",
    "Emeka (simulated)",
    "Fumiko (simulated)",
)
HASTY, LENIENT = "Ben (simulated)", "Emeka (simulated)"
GULLIBLE, STEADY = "gullible (scripted)", ("lenient (scripted)", "strict (scripted)")
NEAR = ("HA-099", "HA-068")
PAGES = ("", "/quality", "/jury", "/data", "/people", "/releases", "/guidelines", "/items")


def _page(browser: Client, name: str) -> str:
    return browser.page(f"/projects/{PROJECT}{name}")


def _people(browser: Client) -> dict[str, Row]:
    found = table(_page(browser, "/quality"), "People and their votes")
    return {name: found.row(name) for name in SIMULATED}


def hasty(browser: Client) -> None:
    """Somebody takes less than half of the team's time and is wrong more often."""
    people = _people(browser)
    own, team = numbers(cell(people[HASTY], "Median time"))[:2]
    demand(own < team / 2, f"{HASTY}: {own} s, the team {team} s")
    agreed = {name: number(row, "As ruled") for name, row in people.items()}
    others = fmean(share for name, share in agreed.items() if name != HASTY)
    demand(agreed[HASTY] <= others - 4, f"as ruled, in per cent: {agreed}")


def lenient(browser: Client) -> None:
    """Somebody says unsafe much less often than the others on the same units."""
    gaps = {
        name: number(row, "Others said unsafe") - number(row, "Said unsafe")
        for name, row in _people(browser).items()
    }
    widest = max(gaps, key=lambda name: gaps[name])
    demand(widest == LENIENT and gaps[LENIENT] >= 5, f"said unsafe less, in points: {gaps}")


def mistaken(browser: Client) -> None:
    """Manipulation and Harassment are confused more than any other two categories."""
    found = table(_page(browser, "/quality"), "Pairs of categories that are confused")
    first, *others = found.rows()
    names = cell(first, "Categories")
    demand("Harassment" in names and "Manipulation" in names, f"most confused: {names}")
    many = number(first, "Units")
    demand(many >= 7, f"confused on {many} units only")
    demand(all(number(row, "Units") < many for row in others), "another pair is as confused")


def gullible(browser: Client) -> None:
    """One juror flips on injected texts, the others hardly ever."""
    found = table(_page(browser, "/jury"), "Jurors against people")
    flips = {name: numbers(cell(found.row(name), "Flips"))[:2] for name in (GULLIBLE, *STEADY)}
    shares = {name: changed / tried for name, (changed, tried) in flips.items()}
    demand(shares[GULLIBLE] >= 0.2, f"flips: {flips}")
    demand(all(shares[name] <= shares[GULLIBLE] / 2 for name in STEADY), f"flips: {flips}")
    demand("not a model" in cell(found.row(GULLIBLE), "Juror"), "a juror is not marked")


def guideline(browser: Client) -> None:
    """Agreement on manipulation rose with version 1.1 of the guideline."""
    found = table(_page(browser, "/quality"), "Agreement before and after a change")
    alphas = {
        cell(row, "Version"): number(row, "Alpha")
        for row in found.rows()
        if "Manipulation" in cell(row, "Rule")
    }
    demand(set(alphas) == {"1.0", "1.1"}, f"versions: {alphas}")
    demand(alphas["1.1"] >= alphas["1.0"] + 0.15, f"alpha by version: {alphas}")


def contested(browser: Client) -> None:
    """Exactly the two planted items are contested."""
    found = table(_page(browser, "/quality"), "Contested units")
    items = {cell(row, "Item") for row in found.rows()}
    demand(items == CONTESTED, f"contested: {sorted(items)}")


def near_duplicates(browser: Client) -> None:
    """The import found the one pair of near-duplicates."""
    found = table(_page(browser, "/data"), "Pairs of near-duplicates")
    pairs = [tuple(row.values()) for row in found.rows()]
    demand(pairs == [NEAR], f"near-duplicates: {pairs}")


def marked(browser: Client) -> None:
    """Every page says that people are simulated and jurors are scripted."""
    for name in PAGES:
        words = _page(browser, name).casefold()
        demand("simulated" in words and "scripted" in words, f"{name or '/'}: no banner")


FACTS: Mapping[str, Callable[[Client], None]] = {
    "hasty annotator": hasty,
    "lenient annotator": lenient,
    "manipulation taken for harassment": mistaken,
    "juror that flips on injected text": gullible,
    "guideline change that helped": guideline,
    "two contested items": contested,
    "near-duplicate pair": near_duplicates,
    "marked as a sample": marked,
}
