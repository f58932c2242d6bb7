from __future__ import annotations

import csv
import io
from typing import cast

import krippendorff
import numpy as np
import pytest

from annotator.catalog.queries import ProjectView
from annotator.core.errors import Invalid
from annotator.quality.queries.agreement import agreement
from annotator.quality.queries.categories import categories_forest, confusion_pairs
from annotator.quality.queries.guideline import guideline_effect
from annotator.quality.queries.population import Population, Scope
from annotator.quality.queries.votes import vote_rows, votes_csv
from jury.agreement.report import report
from jury.agreement.rows import VoteRow
from jury.verdict import Answer
from tests.factories import (
    add_opinions,
    add_votes,
    make_item,
    make_items,
    make_project,
    publish_guideline,
)

pytestmark = pytest.mark.django_db

VALUES = ("safe", "needs_caution", "unsafe")
PATTERNS = ((3, 0, 0), (2, 1, 0), (0, 1, 2), (0, 0, 3), (2, 0, 1), (3, 0, 0))


def voted(slug: str = "p1") -> ProjectView:
    """A project whose items were voted on in the patterns above."""
    project = make_project(slug, targets=["prompt"])
    items = make_items(project, *({"id": f"i{n}", "prompt": f"Text {n}"} for n in range(6)))
    for item, pattern in zip(items, PATTERNS, strict=True):
        chosen = [value for value, n in zip(VALUES, pattern, strict=True) for _ in range(n)]
        add_votes(
            project,
            item,
            {f"{slug}-a{n}": {"prompt": value} for n, value in enumerate(chosen, start=1)},
        )
    return project


def test_alpha_is_the_referees() -> None:
    found = agreement(voted(), target="prompt")
    assert (found.n_units, found.n_votes, found.raters) == (6, 18, 3)
    assert found.headline == "alpha_ordinal"
    for level in ("nominal", "ordinal"):
        expected = krippendorff.alpha(
            value_counts=np.array(PATTERNS), value_domain=[0, 1, 2], level_of_measurement=level
        )
        assert found.document[f"alpha_{level}"] == pytest.approx(expected, abs=1e-9)
    low, high = found.interval or (1.0, 0.0)
    assert low <= (found.value or 0.0) <= high


def test_the_votes_file_gives_the_same_digits() -> None:
    project = voted()
    found = agreement(project, target="prompt")
    text = "".join(votes_csv(Scope(project, "prompt")))
    rows = list(csv.DictReader(io.StringIO(text)))
    votes = [VoteRow(row["item"], row["rater"], row["label"], row["kind"]) for row in rows]
    assert report(votes, order=VALUES) == found.document
    assert "--order safe,needs_caution,unsafe" in found.command


def test_later_rounds_are_no_part_of_the_headline() -> None:
    project = voted()
    item = make_item(project, "disputed", response=None)
    first = {f"p1-a{n}": {"prompt": v} for n, v in enumerate(VALUES, start=1)}
    add_votes(project, item, first)
    before = agreement(project, target="prompt").document
    add_votes(project, item, {"p1-a4": {"prompt": "unsafe"}})
    assert agreement(project, target="prompt").document == before
    assert agreement(project, target="prompt", population="all").n_votes == 22


def test_without_a_second_vote_alpha_is_none_with_a_reason() -> None:
    project = make_project(targets=["prompt"])
    add_votes(project, make_item(project, response=None), {"p1-a1": {"prompt": "safe"}})
    found = agreement(project, target="prompt")
    assert (found.value, found.interval, found.n_units) == (None, None, 0)
    assert found.reason


def test_jurors_are_a_population_of_their_own() -> None:
    project = make_project(targets=["prompt"], jurors=("j1", "j2"))
    item = make_item(project, response=None)
    add_opinions(project, item, {"j1": {"prompt": "safe"}, "j2": {"prompt": "unsafe"}})
    add_votes(project, item, {f"p1-a{n}": {"prompt": "safe"} for n in (1, 2, 3)})
    assert agreement(project, target="prompt", population="juror").n_votes == 2
    assert agreement(project, target="prompt", population="human_juror").n_votes == 5


@pytest.mark.parametrize("population", ["first_pass", "all", "juror", "human_juror"])
def test_people_and_jurors_are_compared_whatever_the_population(population: Population) -> None:
    project = make_project(targets=["prompt"], jurors=("j1", "j2"))
    for item, value in zip(
        make_items(project, *({"id": f"i{n}", "prompt": f"Text {n}"} for n in range(3))),
        VALUES,
        strict=True,
    ):
        add_opinions(project, item, {"j1": {"prompt": value}, "j2": {"prompt": "safe"}})
        add_votes(project, item, {f"p1-a{n}": {"prompt": value} for n in (1, 2, 3)})
    found = agreement(project, target="prompt", population=population).document
    everybody = vote_rows(Scope(project, "prompt", population="human_juror"))
    both = report([VoteRow(*row) for row in everybody], bootstrap=0)
    assert found["by_kind"] == both["by_kind"]
    assert None not in both["by_kind"].values()
    assert not [name for name in cast("dict[str, str]", found["reason"]) if "by_kind" in name]
    assert found["labels"] == {"juror": 6, "human_juror": 15}.get(population, 9)


def test_sets_of_categories_have_set_alphas() -> None:
    project = voted()
    found = agreement(project, target="prompt", level="fine")
    assert found.headline == "alpha_masi"
    assert found.value is not None
    chosen = agreement(project, target="prompt", level="violence")
    assert chosen.headline == "alpha_nominal"
    assert chosen.prevalence["yes"] == pytest.approx(6 / 18)


@pytest.mark.parametrize(
    "wrong",
    [{"target": "nobody"}, {"question": "none"}, {"level": "deep"}, {"population": "everybody"}],
)
def test_unknown_names_are_refused_with_what_there_is(wrong: dict[str, str]) -> None:
    with pytest.raises(Invalid, match="known"):
        agreement(make_project(), **{"target": "prompt", **wrong})  # type: ignore[arg-type]


def test_the_forest_hides_no_category() -> None:
    project = voted()
    forest = {row.category: row for row in categories_forest(project, "prompt")}
    assert tuple(forest) == project.taxonomy.ids
    violence = forest["violence"]
    counts = np.array([(3 - unsafe, unsafe) for _, _, unsafe in PATTERNS])
    expected = krippendorff.alpha(
        value_counts=counts, value_domain=[0, 1], level_of_measurement="nominal"
    )
    assert violence.alpha == pytest.approx(expected, abs=1e-9)
    assert (violence.positives, violence.few) == (6, "too few: n = 6")
    assert forest["malware"].alpha is None
    assert forest["malware"].reason


def test_confused_categories_are_named_with_their_counts() -> None:
    project = make_project(targets=["prompt"])
    item = make_item(project, response=None)
    chosen = (("harassment",), ("manipulation",), ("manipulation", "threat"))
    add_votes(
        project,
        item,
        {f"p1-a{n}": {"prompt": Answer("unsafe", c)} for n, c in enumerate(chosen, start=1)},
    )
    pairs = {(p.first, p.second): (p.units, p.votes) for p in confusion_pairs(project, "prompt")}
    assert pairs == {("harassment", "manipulation"): (1, 2), ("harassment", "threat"): (1, 1)}


def test_a_guidelines_effect_is_told_by_version() -> None:
    project = make_project(targets=["prompt"])
    for number, version in enumerate(("1.0", "1.0", "1.1", "1.1")):
        if number == 2:
            publish_guideline(project, "1.1")
        item = make_item(project, f"g{number}", response=None)
        mine = Answer("unsafe", ("manipulation",))
        other = mine if version == "1.1" and number == 2 else Answer("unsafe", ("harassment",))
        votes = {"p1-a1": mine, "p1-a2": other, "p1-a3": other}
        if number == 3:
            votes = dict.fromkeys(votes, Answer("safe"))
        add_votes(project, item, {k: {"prompt": v} for k, v in votes.items()}, guideline=version)
    before, after = guideline_effect(project, "manipulation")
    assert (before.version, after.version) == ("1.0", "1.1")
    assert (before.agreement.n_units, after.agreement.n_units) == (2, 2)
    assert after.agreement.alpha == 1.0
    assert (before.agreement.alpha or 0.0) < 0.1
