"""The set-aside page: by plain forms, for managers only, previewed, made, lifted, gone on with."""

from __future__ import annotations

import re
from urllib.parse import quote

import pytest

from annotator.catalog.models import Membership
from annotator.flow import jobs
from annotator.flow.models import Job
from annotator.flow.tasks import WORK
from annotator.flow.verify import verify
from annotator.labeling.models import Vote
from annotator.panel.models import Vote as JurorVote
from annotator.quality.models import PolicyRun, SetAside
from tests.factories import add_votes
from tests.web.house import House, action, hidden

pytestmark = pytest.mark.django_db

PAGE = "/projects/p1/quality/set-aside"
REASON = "Answered without reading."


def rater(name: str = "p1-a3") -> str:
    row = Membership.objects.get(project__slug="p1", person__username=name)
    return f"person:{row.pseudonym}"


def page(house: House, query: str = "", status: int = 200) -> str:
    answer = house.client("manager").get(f"{PAGE}{query}")
    assert answer.status_code == status
    return answer.content.decode()


def fields(html: str) -> dict[str, str]:
    """Return the hidden fields of the form that sets aside."""
    form = re.search(r'<form[^>]*action="[^"]*/make"[^>]*>(.*?)</form>', html, re.DOTALL)
    assert form
    found = re.findall(r'name="([^"]+)" value="([^"]*)"', form[1])
    return {name: value for name, value in found if name != "csrfmiddlewaretoken"}


def make(house: House, query: str = "") -> None:
    """Set a3's answers aside by the forms of the page, and let a worker decide again."""
    html = page(house, f"?show=1&rater={rater()}{query}")
    answer = house.client("manager").post(
        action(html, "/make"), {**fields(html), "code": "unreliable", "reason": REASON}
    )
    assert answer.status_code == 303
    assert jobs.run_waiting(WORK) == 1


def test_the_pages_lead_here_for_those_who_may(house: House) -> None:
    for path in ("/projects/p1/quality", "/projects/p1/people"):
        html = house.client("manager").get(path).content.decode()
        assert f'{PAGE}?show=1&amp;rater={rater()}"' in html, path
    jury = house.client("manager").get("/projects/p1/jury").content.decode()
    assert f'{PAGE}?show=1&amp;rater=juror:CANARYjuror:1"' in jury
    assert PAGE not in house.client("adjudicator").get("/projects/p1/quality").content.decode()
    parts = ("", "ann1", "adjudicator", "manager", "outsider", "administrator")
    assert [house.client(part).get(PAGE).status_code for part in parts] == [
        *(302, 403, 403, 200, 404, 200)
    ]
    posts = ("make", "resume", "none/lift")
    for end, ours in zip(posts, (400, 409, 404), strict=True):
        got = [house.client(part).post(f"{PAGE}/{end}").status_code for part in parts]
        assert got == [302, 403, 403, ours, 404, ours], end


def test_a_preview_says_what_would_change_and_changes_nothing(house: House) -> None:
    before = list(Vote.objects.order_by("pk").values())
    html = page(house, f"?show=1&rater={rater()}")
    assert "4 answers, 4 units, 2 items." in html
    facts = dict(re.findall(r"<dt>([^<]+)</dt><dd[^>]*>([^<]+)</dd>", html))
    assert facts["Count now"] == "4"
    assert facts["Rulings that fall"] == "3"
    assert facts["Seats that open for others"] == "2"
    assert "Without these" in html
    assert list(Vote.objects.order_by("pk").values()) == before
    assert not SetAside.objects.exists()


def test_answers_are_set_aside_and_lifted_by_plain_forms(house: House) -> None:
    make(house)
    row = SetAside.objects.get()
    assert (row.code, row.reason, row.answers) == ("unreliable", REASON, 4)
    assert row.created_by == house.cast.manager.id
    html = page(house)
    assert REASON in html
    assert "all answers" in html
    assert verify(house.project).document()["differences"] == 0
    answer = house.client("manager").post(action(html, "/lift"))
    assert answer.status_code == 303
    assert jobs.run_waiting(WORK) == 1
    html = page(house)
    assert "No answers are set aside." in html
    assert 'id="lifted-h"' in html
    assert verify(house.project).document()["differences"] == 0


def test_the_preview_calls_coefficients_by_their_names(house: House) -> None:
    html = page(house, f"?show=1&rater={rater()}")
    assert "Alpha, ordinal" in html
    assert "alpha_ordinal" not in html


def test_a_juror_version_and_filters_by_the_form(house: House) -> None:
    query = "?show=1&rater=juror:CANARYjuror:1&import=1&category=fraud&from=2026-01-01T08:30"
    html = page(house, query)
    assert "1 answer, 1 unit, 1 item." in html
    assert "by what they say" in html
    assert hidden(html, "from") == "2026-01-01T08:30"
    answer = house.client("manager").post(
        action(html, "/make"), {**fields(html), "code": "other", "reason": REASON}
    )
    assert answer.status_code == 303
    assert jobs.run_waiting(WORK) == 1
    assert JurorVote.objects.filter(counts=False).count() == 1
    shown = page(house)
    assert "CANARYjuror, version 1" in shown
    assert "import 1" in shown
    assert "naming Fraud" in shown
    assert "from 1 Jan 2026 08:30" in shown


def test_what_is_wrong_is_said_beside_its_field(house: House) -> None:
    html = page(house, f"?show=1&rater={rater()}&from=2026-02-02T00:00&until=2026-01-01T00:00", 400)
    assert "The end must be later than the beginning." in html
    assert 'aria-describedby="until-note"' in html
    assert "Choose one person or one juror." in page(house, "?show=1", 400)
    page(house, f"?show=1&rater={quote('person:<b>')}", 400)
    html = page(house, f"?show=1&rater={rater()}")
    answer = house.client("manager").post(
        action(html, "/make"), {**fields(html), "code": "unreliable", "reason": "short"}
    )
    assert answer.status_code == 400
    said = answer.content.decode()
    assert "Say why, in 10 characters or more." in said
    assert re.search(r'<option value="unreliable" selected', said)
    assert not SetAside.objects.exists()


def test_when_the_votes_moved_the_preview_is_shown_anew(house: House) -> None:
    html = page(house, f"?show=1&rater={rater()}")
    add_votes(house.project, house.open_items[0], {"p1-a3": {"prompt": "safe", "response": "safe"}})
    answer = house.client("manager").post(
        action(html, "/make"), {**fields(html), "code": "unreliable", "reason": REASON}
    )
    assert answer.status_code == 409
    said = answer.content.decode()
    assert "The votes changed since you looked: it is about 6 answers on 3 items now." in said
    assert REASON in said
    assert fields(said)["seen"] != fields(html)["seen"]
    assert not SetAside.objects.exists()


def test_a_run_that_was_stopped_goes_on(house: House) -> None:
    html = page(house, f"?show=1&rater={rater()}")
    posted = {**fields(html), "code": "unreliable", "reason": REASON}
    house.client("manager").post(action(html, "/make"), posted)
    running = page(house)
    assert "Deciding again" in running
    Job.objects.update(state=Job.State.STOPPED)
    stopped = page(house)
    assert "Stopped" in stopped
    assert house.client("manager").post(action(stopped, "/resume")).status_code == 303
    assert jobs.run_waiting(WORK) == 1
    assert PolicyRun.objects.get().state == "done"
    assert 'id="run"' not in page(house)


def test_every_kind_of_job_has_its_words_on_the_jobs_page(house: House) -> None:
    make(house)
    shown = house.client("manager").get("/projects/p1/jobs").content.decode()
    assert "Deciding again about answers set aside, or back" in shown
    assert "2 seats opened" in shown
    for kind in Job.Kind.values:
        Job.objects.create(project_id=house.project.id, kind=kind, state=Job.State.STOPPED)
    for path in ("/projects/p1/jobs", "/projects/p1/data", "/jobs"):
        assert house.client("manager").get(path).status_code == 200, path


def test_annotators_and_leads_see_nothing_of_it(house: House) -> None:
    parts = ("ann1", "adjudicator")
    paths = ("/projects/p1", "/projects/p1/label", "/projects/p1/adjudicate")
    make(house)
    for part in parts:
        for path in paths:
            html = house.client(part).get(path, follow=True).content.decode()
            assert "aside" not in re.sub(r"</?aside[^>]*>", "", html), (part, path)
