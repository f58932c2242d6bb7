"""Page, API and command line say the same of a busy project, for every population and level."""

from __future__ import annotations

import json
import os
import re
import shlex
from collections.abc import Iterator, Mapping
from io import StringIO
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import urlencode

import pytest
from django.core.management import call_command
from pytest_django import DjangoDbBlocker

from annotator.labeling.models import Assignment
from annotator.quality import counts
from annotator.quality.models import PatternDelta
from annotator.web.quality.switch import POPULATIONS
from jury.verdict import Answer
from tests.factories import add_opinions, add_votes, make_items
from tests.flow.test_live_counts import same, without_kinds
from tests.standing import standing
from tests.web.house import House

PAGE = "/projects/p1/quality"
CATEGORIES = ("violence", "manipulation", "fraud", "other", "threat")
LEVELS = ("verdict", "core", "fine", "manipulation", "core:other")
SOAK = os.environ.get("CONCORD_TEST_SOAK") == "true"
EVERY = {("prompt", "verdict"): tuple(POPULATIONS)}
"""Who is looked at, by target and level: everybody at once, then the headline and some of the others."""
for _place, _case in enumerate(
    (*(("prompt", level) for level in LEVELS[1:]), ("response", "verdict"))
):
    EVERY[_case] = tuple(
        who for at, who in enumerate(POPULATIONS) if SOAK or at == 0 or at % 5 == _place
    )


@pytest.fixture(scope="module")
def standing_busy(standing_house: House, django_db_blocker: DjangoDbBlocker) -> Iterator[House]:
    """The busy house that all of this is about."""
    yield from standing(lambda: fill(standing_house), django_db_blocker)


@pytest.fixture
def busy(standing_busy: House, db: None) -> House:
    """Return it as it was made."""
    return standing_busy


def fill(house: House) -> House:
    """Give many votes of all kinds: half of them are folded, the rest waits."""
    rng = Random(7)  # noqa: S311 - chance, no secret
    rows = ({"id": f"b{n}", "prompt": f"Text {n}", "response": "Yes"} for n in range(16))
    items = make_items(house.project, *rows)
    for number, item in enumerate(items):
        for seat in (1, 2, 3):
            open_ = Assignment.objects.filter(item=item, number=seat, state="open")
            if number % 8 == 7:
                open_.update(reason=("gold", "audit", "training")[seat - 1])
            if open_.exists():
                votes = {target: answer(rng) for target in ("prompt", "response")}
                add_votes(house.project, item, {f"p1-a{seat}": votes})
        opinions = {"prompt": answer(rng), "response": answer(rng)}
        add_opinions(house.project, item, {"CANARYjuror": opinions})
        if number == 8:
            assert counts.fold(house.project)
    assert PatternDelta.objects.exists()
    return house


def answer(rng: Random) -> Answer:
    """A mild opinion."""
    value = rng.choice(("safe", "safe", "needs_caution", "unsafe"))
    chosen = rng.sample(CATEGORIES, rng.randint(1, 3)) if value == "unsafe" else []
    return Answer(value, tuple(sorted(chosen)))


def printed(command: str, votes: bytes, folder: Path) -> dict[str, Any]:
    """Run the command of a page beside its file."""
    file = folder / "votes.csv"
    file.write_bytes(votes)
    words = shlex.split(command.replace("&quot;", '"'))
    words = [str(file) if word == "votes.csv" else word for word in words]
    said = StringIO()
    call_command("agreement", *words[words.index("agreement") + 1 :], stdout=said)
    found: dict[str, Any] = json.loads(said.getvalue().splitlines()[-1])
    return found


@pytest.mark.parametrize(("target", "level"), EVERY)
def test_page_api_and_command_agree(busy: House, target: str, level: str, tmp_path: Path) -> None:
    client = busy.client("manager")
    seen = 0
    for who in EVERY[target, level]:
        population = POPULATIONS[who]
        query = urlencode({"target": target, "level": level, "who": who})
        page = client.get(f"{PAGE}?{query}")
        shown = page.content.decode()
        command = re.search(r"\./run manage agreement [^<]+", shown)
        assert command is not None
        votes = b"".join(client.get(f"{PAGE}/votes.csv?{query}"))
        said = printed(command[0], votes, tmp_path)
        same(without_kinds(page.context["agreement"].document), without_kinds(said))
        there = client.get(
            "/api/v1/projects/p1/agreement?"
            + urlencode({"target": target, "level": level, "population": population})
        ).json()
        assert said.keys() <= there.keys()
        same(without_kinds({key: there[key] for key in said}), without_kinds(said))
        assert (there["as_of"], there["population"], bool(there["words"]))[1:] == (population, True)
        assert there["raters_as_of"]
        if population == "human_juror":
            same(there["by_kind"], said["by_kind"])
        _page_shows(shown, said)
        seen += votes.count(b"\n") > 2
    assert seen >= (6 if len(EVERY[target, level]) == len(POPULATIONS) else 2)


def test_one_figure_has_one_interval(busy: House) -> None:
    """Quality page, its line among the populations, overview and API draw the same replicates."""
    client = busy.client("manager")
    cards = client.get("/projects/p1/overview/agreement").context["figures"]
    assert [title for title, _ in cards] == ["Prompt", "Response"]
    for target, (_, card) in zip(("prompt", "response"), cards, strict=True):
        page = client.get(f"{PAGE}?target={target}").context
        view = page["agreement"]
        (line,) = (row.line for row in page["lines"] if row.current)
        there = client.get(f"/api/v1/projects/p1/agreement?target={target}").json()
        assert view.interval is not None
        assert view.interval == card.interval == line.interval
        assert list(view.interval) == there["ci95"][view.headline]
        assert there["intervals_as_of"] == there["as_of"]


def _page_shows(shown: str, said: Mapping[str, Any]) -> None:
    """Every coefficient stands in the page's table, with its digits or its reason."""
    table = re.sub(r"\s+", " ", shown[shown.index("All coefficients of these votes") :])
    for key, name in (("alpha_nominal", "Alpha, nominal"), ("ac1", "AC1")):
        row = table[table.index(name) :].partition("</tr>")[0]
        digits = re.search(r'<td class="r">([^<]+)</td>', row)
        assert digits is not None
        if said[key] is None:
            assert (digits[1], said["reason"][key] in row) == ("—", True)
        else:
            assert float(digits[1].replace("\u2212", "-")) == pytest.approx(said[key], abs=6e-5)


def test_alpha_never_stands_alone(busy: House) -> None:
    """Each row of alpha has its population, n, interval, percent agreement, AC1, prevalence."""
    shown = busy.client("manager").get(f"{PAGE}?target=prompt").content.decode()
    table = shown[shown.index('id="lines-h"') :].partition("</table>")[0]
    rows = re.findall(r'<tr><th scope="row">.*?</tr>', table, re.DOTALL)
    assert len(rows) >= 6
    for row in rows:
        assert row.count("<td") == 5
        assert re.search(r"Prevalence: [^<]+\d %", row)
    for name in ("First pass (headline)", "Gold", "Audit", "Training", "People and jury"):
        assert name in table


def test_what_costs_agreement_leads_to_its_items(busy: House) -> None:
    shown = busy.client("manager").get(f"{PAGE}?target=prompt").content.decode()
    part = shown[shown.index('id="costly-h"') :].partition("</section>")[0]
    assert re.search(r"Without these \d+ items the coefficient above would be 0\.\d+ higher", part)
    links = re.findall(r'href="(/projects/p1/items/[^"]+)"', part)
    assert links
    assert busy.client("manager").get(links[0]).status_code == 200


def test_raters_are_held_against_each_other(busy: House) -> None:
    shown = busy.client("manager").get(f"{PAGE}?target=prompt&who=jury").content.decode()
    table = shown[shown.index('id="matrix-h"') :].partition("</table>")[0]
    assert "CANARYjuror" in table
    assert len(re.findall(r'<th scope="row">', table)) >= 4


@pytest.mark.parametrize("query", ["?level=deep", "?level=verdict__x", "?who=first_pass"])
def test_a_level_or_population_that_does_not_exist_is_refused(house: House, query: str) -> None:
    assert house.client("manager").get(f"{PAGE}{query}").status_code == 400
