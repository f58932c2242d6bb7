"""Every figure of the quality page stands with its size, and the command line agrees."""

from __future__ import annotations

import json
import re
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from annotator.catalog.queries import members, project_by_slug
from annotator.quality.queries.agreement import agreement
from tests.factories import add_votes, make_items
from tests.repeats import ask_again
from tests.web.house import House

PAGE = "/projects/p1/quality"


def page(house: House, query: str = "", who: str = "adjudicator") -> str:
    answer = house.client(who).get(f"{PAGE}{query}")
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_command_on_the_page_prints_the_pages_digits(house: House, tmp_path: Path) -> None:
    shown = page(house, "?target=prompt")
    command = re.search(r"\./run manage agreement (--votes votes\.csv [^<]+)", shown)
    assert command is not None
    answer = house.client("adjudicator").get(f"{PAGE}/votes.csv?target=prompt")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="votes.csv"'
    file = tmp_path / "votes.csv"
    file.write_bytes(b"".join(answer))
    said = StringIO()
    words = command[1].replace("votes.csv", str(file)).replace("&quot;", "").split()
    call_command("agreement", *words, stdout=said)
    printed = json.loads(said.getvalue().splitlines()[-1])
    here = agreement(house.project, target="prompt")
    assert printed["alpha_ordinal"] == here.document["alpha_ordinal"]
    assert printed["ci95"] == here.document["ci95"]
    assert printed["units"] == here.n_units


def test_no_category_is_hidden(house: House) -> None:
    shown = page(house)
    for category in house.project.taxonomy.categories:
        assert f'<th scope="row">{category.name}' in shown
    assert "too few: n = 1" in shown


@pytest.mark.parametrize("who", ["people", "jury"])
@pytest.mark.parametrize("target", ["prompt", "response"])
def test_the_switch_turns_the_whole_page(house: House, target: str, who: str) -> None:
    shown = page(house, f"?target={target}&who={who}")
    assert re.search(rf'href="\?target={target}&[^"]*" aria-current="true"', shown)
    assert ("Jurors against people" in shown) is (who == "jury")


@pytest.mark.parametrize(
    "query", ["?target=none", "?who=all", "?target=prompt__item", "?who=__class__"]
)
def test_a_view_that_does_not_exist_is_refused(house: House, query: str) -> None:
    assert house.client("manager").get(f"{PAGE}{query}").status_code == 400
    assert house.client("manager").get(f"{PAGE}/votes.csv{query}").status_code == 400


def test_a_question_the_target_is_not_asked_falls_back_to_its_own(house: House) -> None:
    assert "safe" in page(house, "?target=prompt&question=refusal")


def test_people_are_shown_with_size_and_interval_by_name(house: House) -> None:
    shown = page(house)
    table = shown[shown.index('id="people-h"') :]
    names = re.findall(r'<th scope="row"><bdi>([^<]+)</bdi>', table)
    assert len(names) > 2
    assert names == sorted(names, key=str.casefold)
    assert re.search(r"of \d+, \d+ to \d+ %", table)


def test_undefined_is_a_dash_with_a_reason_and_never_a_zero(house: House) -> None:
    answer = house.client("administrator").get("/projects/p2/quality")
    shown = answer.content.decode()
    assert answer.status_code == 200
    assert '<span class="val">—' in shown
    assert "0.000" not in shown
    assert "nan" not in shown.casefold().replace("manage", "")


def test_the_policy_is_told_in_words(house: House) -> None:
    shown = page(house)
    assert f"Ask {house.project.overlap} people about every unit" in shown
    assert "Then a lead decides." in shown


def test_quality_is_for_leads_and_auditors(house: House) -> None:
    got = [
        house.client(part).get(PAGE).status_code
        for part in ("", "ann1", "adjudicator", "manager", "outsider")
    ]
    assert got == [302, 403, 200, 200, 404]


def test_who_was_asked_again_stands_with_agreement_and_alpha(house: House) -> None:
    assert "repeats-h" not in page(house)
    for item, first, again in zip(
        house.open_items, ("safe", "unsafe", "safe"), ("safe", "unsafe", "unsafe"), strict=True
    ):
        said = {f"p1-a{n}": {"prompt": first, "response": "safe"} for n in (1, 2, 3)}
        add_votes(house.project, item, said)
        ask_again(house.project, item, "p1-a1", {"prompt": again})
        ask_again(house.project, item, "p1-a2", {"response": "safe"})
        ask_again(house.project, item, "p1-a3", {"prompt": first})
    shown = page(house)
    table = shown[shown.index('id="repeats-h"') :]
    rows = [
        " ".join(re.sub(r"<svg.*?</svg>|<[^>]+>", " ", row, flags=re.DOTALL).split())
        for row in re.findall(r"<tr>.*?</tr>", table[: table.index("</section>")], re.DOTALL)
    ]
    assert rows[1:] == [
        "p1-a1 Safety 3 6 67 % of 3, 21 to 94 % 0.44 -0.67 to 1.00",
        "p1-a2 Safety 3 6 100 % of 3, 44 to 100 % — only one value occurs",
        "p1-a3 Safety 3 6 100 % of 3, 44 to 100 % 1.00 too little variety for an interval",
    ]


def test_each_rater_stands_with_their_mean_among_the_others(house: House) -> None:
    """Two say the same of five units; the third, on four of them, what chance alone would give."""
    project = project_by_slug("p2")
    rows = ({"id": f"m{n}", "prompt": f"Text {n}", "response": "Yes"} for n in range(5))
    for item, (both, third) in zip(
        make_items(project, *rows),
        (
            ("safe", "unsafe"),
            ("unsafe", "unsafe"),
            ("safe", "safe"),
            ("unsafe", "safe"),
            ("safe", ""),
        ),
        strict=True,
    ):
        said = {"first": both, "second": both} | ({"third": third} if third else {})
        add_votes(project, item, {name: {"prompt": value} for name, value in said.items()})
    answer = house.client("administrator").get("/projects/p2/quality?target=prompt")
    shown = answer.content.decode()
    table = shown[shown.index('id="matrix-h"') :].partition("</table>")[0]
    pseudonyms = {each.username: each.pseudonym for each in members(project.id)}
    found = {}
    for name, cell in re.findall(r'<th scope="row"><bdi>([^<]+)</bdi>.*?</th>(<td.*?</td>)', table):
        found[name] = " ".join(re.sub(r"<[^>]+>", " ", cell).split())
    # One on five units and 0 on four: 5/9.
    assert found == {
        pseudonyms["first"]: "0.56 9",
        pseudonyms["second"]: "0.56 9",
        pseudonyms["third"]: "0.00 8",
    }
