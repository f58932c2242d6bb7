"""The what-if page: by clicks and plain forms, for managers only, refused clearly."""

from __future__ import annotations

import json
import re

import pytest
from django.test import Client
from pytest_django import Settings

from annotator.catalog.queries import project_by_slug
from annotator.flow import jobs, redecide
from annotator.flow.tasks import WORK
from annotator.flow.verify import verify
from annotator.flow.whatif import wish
from annotator.labeling.models import Assignment
from annotator.quality.models import Decision, PolicyFit, PolicyRun
from tests.factories import add_votes, make_items
from tests.web.house import House, action

pytestmark = pytest.mark.django_db

PAGE = "/projects/p1/quality/what-if"
STRICT = "?show=1&policy=majority&option-min_share=1.0&option-max_votes=7"


def page(house: House, query: str = "", status: int = 200) -> str:
    answer = house.client("manager").get(f"{PAGE}{query}")
    assert answer.status_code == status
    return answer.content.decode()


def fields(html: str, end: str) -> dict[str, str]:
    """Return the hidden fields of the form whose address ends so."""
    form = re.search(rf'<form[^>]*action="[^"]*{end}"[^>]*>(.*?)</form>', html, re.DOTALL)
    assert form, end
    found = re.findall(r'name="([^"]+)" value="([^"]*)"', form[1])
    return {name: value for name, value in found if name != "csrfmiddlewaretoken"}


def split_item(house: House) -> int:
    """Return an item settled by two to one."""
    (item,) = make_items(
        house.project, {"id": "split", "prompt": "Is the bath warm?", "response": "It is."}
    )
    votes = {"p1-a1": "safe", "p1-a2": "safe", "p1-a3": "needs_caution"}
    by_person = {name: {"prompt": v, "response": "safe"} for name, v in votes.items()}
    by_person["p1-a3"]["prompt"] = "unsafe"
    add_votes(house.project, item, by_person)
    return item


def test_the_quality_page_leads_here_for_those_who_may(house: House) -> None:
    link = f'href="{PAGE}"'
    assert link in house.client("manager").get("/projects/p1/quality").content.decode()
    assert link not in house.client("adjudicator").get("/projects/p1/quality").content.decode()
    got = [
        house.client(part).get(PAGE).status_code
        for part in ("", "ann1", "adjudicator", "manager", "outsider")
    ]
    assert got == [302, 403, 403, 200, 404]


def test_a_policy_is_chosen_and_its_options_come_with_their_values(house: House) -> None:
    shown = page(house)
    assert re.search(r'name="option-human_floor"[^>]*value="3"', shown)
    panel = page(house, "?policy=panel")
    for name in ("cost", "confidence", "horizon", "random_share", "human_floor"):
        assert f'name="option-{name}"' in panel
    assert 'name="option-cost"' not in shown


def test_options_shown_for_one_policy_are_not_taken_for_another(house: House) -> None:
    """A policy chosen in the list is asked for although the options below are still others'."""
    split_item(house)
    sent = "options_of=majority&option-human_floor=5&option-max_votes=7"
    shown = page(house, f"?show=1&policy=low_agreement&{sent}")
    assert re.search(r'<option value="low_agreement" selected>', shown)
    assert "Under “Low agreement adds a person" in shown
    assert re.search(r'name="option-human_floor"[^>]*value="3"', shown)
    kept = page(house, f"?show=1&policy=majority&{sent}")
    assert re.search(r'name="option-human_floor"[^>]*value="5"', kept)
    looked = page(house, f"?look=1&policy=panel&{sent}")
    assert 'name="option-cost"' in looked
    assert 'id="whatif"' not in looked


def test_the_figures_are_those_of_the_command_and_nothing_changes(house: House) -> None:
    split_item(house)
    before = list(Decision.objects.values())
    shown = page(house, STRICT)
    assert re.search(r'data-k="again">2<', shown)
    assert "2 safe, 1 unsafe" in shown
    assert "Label again" in shown
    assert list(Decision.objects.values()) == before


def test_what_is_wrong_stands_at_its_field(house: House) -> None:
    query = "?show=1&policy=majority&option-min_share=2&option-max_votes=some"
    shown = page(house, query, status=400)
    for name, words in (("min_share", "from 0.5 to 1"), ("max_votes", "a whole number")):
        at = re.search(rf'<small id="option-{name}-note" class="problem">([^<]+)', shown)
        assert at, name
        assert words in at[1]
    assert 'value="some"' in shown
    crossed = page(house, "?show=1&policy=majority&option-human_floor=9", status=400)
    assert "must not exceed" in crossed
    assert "There is no policy" in page(house, "?show=1&policy=coin", status=400)


def test_fewest_people_by_category_are_asked_for_in_the_form(house: House) -> None:
    """Shown in the figures, applied from the form, kept in it, and told in words."""
    split_item(house)
    query = "?show=1&policy=majority&option-category_floor="
    shown = page(house, f"{query}violence+4")
    assert re.search(r'name="option-category_floor"[^>]*value="violence 4"', shown)
    assert re.search(r'data-k="again">1<', shown)
    client = house.client("manager")
    client.post(action(shown, "/apply"), fields(shown, "/apply"))
    jobs.run_waiting(WORK)
    assert project_by_slug("p1").policy.options["category_floor"] == {"violence": 4}
    words = client.get("/projects/p1/quality").content.decode()
    assert "Once anybody chose Violence, never with fewer than 4." in words
    assert re.search(r'name="option-category_floor"[^>]*value="violence 4"', page(house))
    for wrong, why in (("soup 2", "no category"), ("violence", "each with a number of people")):
        found = page(house, f"{query}{wrong}", status=400)
        note = re.search(r'<small id="option-category_floor-note" class="problem">([^<]+)', found)
        assert note is not None
        assert why in note[1]


def test_where_the_hours_come_from_is_said(house: House) -> None:
    split_item(house)
    assert re.search(r"the active seconds of the latest \d+ answers", page(house, STRICT))


def test_the_slider_gets_its_figures_from_the_server(house: House) -> None:
    shown = page(house, "?show=1&policy=panel&option-random_share=0")
    found = re.search(r'<script id="price-stops" type="application/json">(.*?)</script>', shown)
    assert found
    stops = json.loads(found[1])
    assert len(stops) > 8
    rows = shown.count('<tr class="state')
    assert {len(stop["rows"]) for stop in stops} == {rows}
    assert "whatif.js" in shown
    assert "whatif.js" not in page(house, STRICT)


def test_applying_and_rolling_back_by_forms(house: House) -> None:
    item = split_item(house)
    client = house.client("manager")
    shown = page(house, STRICT)
    sent = client.post(action(shown, "/apply"), fields(shown, "/apply"), follow=True)
    assert sent.status_code == 200
    assert "The policy is in force" in sent.content.decode()
    assert project_by_slug("p1").policy.version == 2
    jobs.run_waiting(WORK)
    assert (
        Decision.objects.get(current=True, unit__item=item, unit__target="prompt").outcome
        == "reannotate"
    )
    done = page(house)
    assert "Roll back to version 1" in done
    back = client.post(action(done, "/roll-back"), follow=True)
    assert "in force again" in back.content.decode()
    jobs.run_waiting(WORK)
    assert "Rolled back" in page(house)
    assert project_by_slug("p1").policy.version == 1
    assert verify(project_by_slug("p1")).document()["differences"] == 0


def test_a_roll_back_after_work_began_is_a_conflict(house: House) -> None:
    split_item(house)
    client = house.client("manager")
    shown = page(house, STRICT)
    client.post(action(shown, "/apply"), fields(shown, "/apply"))
    jobs.run_waiting(WORK)
    done = page(house)
    Assignment.objects.filter(opened_by_run__isnull=False).update(holders=[1])
    answer = client.post(action(done, "/roll-back"))
    assert answer.status_code == 409
    assert "Work has begun" in answer.content.decode()
    assert project_by_slug("p1").policy.version == 2


def test_figures_about_an_older_version_are_not_applied(house: House) -> None:
    client = house.client("manager")
    shown = page(house, STRICT)
    client.post(action(shown, "/apply"), fields(shown, "/apply"))
    jobs.run_waiting(WORK)
    late = {**fields(shown, "/apply"), "option-max_votes": "9"}
    answer = client.post(action(shown, "/apply"), late)
    assert answer.status_code == 409
    assert "version 2 is in force" in answer.content.decode()
    assert PolicyRun.objects.count() == 1


def test_only_managers_write_and_only_with_a_token(house: House) -> None:
    posts = ("what-if/apply", "what-if/figures", "fits", "fits/1/dismiss", "runs/1/roll-back")
    for end in (*posts, "runs/1/resume"):
        address = f"/projects/p1/quality/{end}"
        assert house.client("adjudicator").post(address).status_code == 403
        assert house.client("outsider").post(address).status_code == 404
        assert house.client("manager", csrf=True).post(address).status_code == 403
        assert Client().post(address).status_code == 302
    assert not PolicyRun.objects.exists()
    for end in ("fits/1/dismiss", "runs/1/roll-back", "runs/1/resume"):
        assert house.client("manager").post(f"/projects/p1/quality/{end}").status_code == 404


def test_a_large_project_is_figured_out_by_a_job(house: House, settings: Settings) -> None:
    split_item(house)
    settings.WHATIF_ITEMS_AT_ONCE = 1
    client = house.client("manager")
    shown = page(house)
    assert "a job makes the figures" in shown
    posted = {**fields(shown, "/figures"), "option-min_share": "1.0", "option-max_votes": "7"}
    look = {**posted, "policy": "panel"}
    looked = client.post(action(shown, "/figures"), look)
    assert looked.headers["Location"] == f"{PAGE}?policy=panel"
    assert not jobs.run_waiting(WORK)
    del posted["look"]
    sent = client.post(action(shown, "/figures"), posted, follow=True)
    assert "The figures are being made" in sent.content.decode()
    address = sent.redirect_chain[-1][0]
    jobs.run_waiting(WORK)
    done = client.get(address).content.decode()
    assert re.search(r'data-k="again">2<', done)
    assert fields(done, "/apply")["option-min_share"] == "1"
    bar = client.get(address, headers={"HX-Request": "true"})
    assert (bar.status_code, bar.headers["HX-Refresh"]) == (286, "true")
    assert client.get(f"{PAGE}?job=nothing").status_code == 404


def test_a_large_project_is_fitted_by_a_job(house: House, settings: Settings) -> None:
    settings.WHATIF_ITEMS_AT_ONCE = 1
    project = project_by_slug("p1")
    redecide.carry_on(redecide.begin(project, wish(project, "panel", {})))
    answer = house.client("manager").post("/projects/p1/quality/fits", follow=True)
    assert "The panel is fitted." in answer.content.decode()
    assert jobs.run_waiting(WORK) == 1
    assert "0 fits proposed" in house.client("manager").get("/projects/p1/jobs").content.decode()


def test_a_fit_is_asked_for_shown_accepted_or_dismissed(house: House) -> None:
    client = house.client("manager")
    assert "Fits on your own votes" not in page(house)
    assert client.post("/projects/p1/quality/fits").status_code == 400
    panel = page(house, "?show=1&policy=panel&option-random_share=0")
    client.post(action(panel, "/apply"), fields(panel, "/apply"))
    jobs.run_waiting(WORK)
    rows = [
        {"id": f"f{n}", "prompt": f"Is pan {n} clean?", "response": "It is."} for n in range(52)
    ]
    project = project_by_slug("p1")
    for item in make_items(project, *rows):
        both = {"prompt": "safe", "response": "safe"}
        add_votes(project, item, {"p1-a1": both, "p1-a2": both}, move_on=False)
    shown = client.post(action(page(house), "/fits"), follow=True).content.decode()
    assert "2 fits are proposed" in shown
    assert "No reliability: 0 random units" in shown
    first, second = PolicyFit.objects.order_by("pk")
    would = page(house, f"?fit={first.pk}")
    assert "With the proposed fit" in would
    assert "Posterior of the policy&#x27;s fit" in would
    client.post(action(would, "/apply"), fields(would, "/apply"))
    jobs.run_waiting(WORK)
    assert project_by_slug("p1").policy.version == 3
    gone = client.post(action(page(house), f"/{second.pk}/dismiss"), follow=True)
    assert "dismissed" in gone.content.decode()
    left = page(house)
    assert 'class="tag safe">In force' in left
    assert 'class="tag accent">Proposed' not in left
    assert page(house, "?fit=999", status=404)
    assert page(house, "?fit=one", status=404)
