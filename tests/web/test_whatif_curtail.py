"""Curtailment on the what-if page: a list of yes and no beside the other options, without scripts."""

from __future__ import annotations

import re

import pytest
from pytest_django import Settings

from annotator.catalog.queries import project_by_slug
from annotator.flow import jobs
from annotator.flow.tasks import WORK
from annotator.flow.verify import verify
from annotator.quality.models import Decision
from tests.factories import add_votes, make_items
from tests.web.house import House, action
from tests.web.test_whatif_page import fields, page

pytestmark = pytest.mark.django_db

CURTAILED = "?show=1&policy=majority&option-curtail=true&option-human_floor="


def chosen(html: str, name: str) -> str:
    """Return what is chosen in a list of the form."""
    field = re.search(rf'<select[^>]*name="option-{name}"[^>]*>(.*?)</select>', html)
    assert field
    found = re.search(r'<option value="([^"]+)" selected>', field[1])
    assert found
    return found[1]


def test_it_is_off_at_first_and_the_options_of_the_draw_are_not_read(house: House) -> None:
    plain = page(house)
    assert chosen(plain, "curtail") == "false"
    assert re.search(r'name="option-random_share"[^>]*value="0.03"', plain)
    off = page(house, "?show=1&policy=majority&option-curtail=&option-random_share=0.5")
    assert fields(off, "/apply")["option-curtail"] == ""
    assert "data-same" in off


def test_a_floor_that_leaves_nothing_out_is_refused_at_its_field(house: House) -> None:
    refused = page(house, f"{CURTAILED}3", status=400)
    note = re.search(r'<small id="option-human_floor-note" class="problem">([^<]+)', refused)
    assert note is not None
    assert "set it to 2, or leave it out" in note[1]


def test_it_is_chosen_by_a_list_applied_told_in_words_and_taken_back(house: House) -> None:
    (waiting,) = make_items(house.project, {"id": "two", "prompt": "Is tea hot?", "response": "Y"})
    both = {"prompt": "safe", "response": "safe"}
    add_votes(house.project, waiting, {"p1-a1": both, "p1-a2": both})
    shown = page(house, f"{CURTAILED}2&option-random_share=0")
    assert chosen(shown, "curtail") == "true"
    client = house.client("manager")
    client.post(action(shown, "/apply"), fields(shown, "/apply"))
    jobs.run_waiting(WORK)
    options = project_by_slug("p1").policy.options
    assert (options["curtail"], options["random_share"], options["human_floor"]) == (True, 0.0, 2)
    found = Decision.objects.filter(current=True, unit__item=waiting)
    assert [decision.reasons for decision in found] == [["outcome_fixed"]] * 2
    words = client.get("/projects/p1/quality").content.decode()
    assert "Do not wait for a first answer that could not change the outcome" in words
    assert "drawn at random" not in words

    back = page(house, "?show=1&policy=majority&option-curtail=false&option-human_floor=3")
    client.post(action(back, "/apply"), fields(back, "/apply"))
    jobs.run_waiting(WORK)
    assert not {"curtail", "random_share", "seed"} & set(project_by_slug("p1").policy.options)
    assert verify(project_by_slug("p1")).document()["differences"] == 0


def test_a_job_makes_the_figures_of_curtailment_too(house: House, settings: Settings) -> None:
    settings.WHATIF_ITEMS_AT_ONCE = 1
    client = house.client("manager")
    shown = page(house)
    for choice, floor in (("true", "2"), ("false", "3")):
        wish = {"option-curtail": choice, "option-human_floor": floor, "option-random_share": "0.2"}
        posted = {**fields(shown, "/figures"), **wish}
        posted.pop("look", None)
        sent = client.post(action(shown, "/figures"), posted, follow=True)
        jobs.run_waiting(WORK)
        done = client.get(sent.redirect_chain[-1][0]).content.decode()
        assert chosen(done, "curtail") == choice
        assert fields(done, "/apply")["option-human_floor"] == floor


def test_the_share_drawn_at_random_is_told_in_words(house: House) -> None:
    shown = page(house, f"{CURTAILED}2")
    client = house.client("manager")
    client.post(action(shown, "/apply"), fields(shown, "/apply"))
    words = client.get("/projects/p1/quality").content.decode()
    assert "3.0 % of the items, drawn at random, always get all first answers." in words
