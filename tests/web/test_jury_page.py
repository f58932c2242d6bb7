"""The jury's page: what it tells of jurors, and what its buttons do."""

from __future__ import annotations

import pytest

from annotator.flow.models import Job
from annotator.flow.recounting import recount
from annotator.panel.models import Inquiry, Juror
from tests.web.house import House

PAGE = "/projects/p1/jury"


def page(house: House) -> str:
    answer = house.client("manager").get(PAGE)
    assert answer.status_code == 200
    return answer.content.decode()


def act(house: House, action: str) -> int:
    return house.client("manager").post(f"{PAGE}/control", {"action": action}).status_code


def test_a_juror_stands_beside_its_baseline_and_its_reference(house: House) -> None:
    shown = page(house)
    assert "CANARYjuror" in shown
    assert "Reference: Majority of people&#x27;s first votes" in shown
    assert "Always the same" in shown
    assert "not tried" in shown


def test_a_script_is_marked_and_a_model_is_not(house: House) -> None:
    Juror.objects.update(base_url="http://127.0.0.1:9/v1")
    assert "scripted, not a model" not in page(house)
    Juror.objects.update(base_url="scripted")
    assert "scripted, not a model" in page(house)


def test_two_jurors_of_one_family_are_warned_about(house: House) -> None:
    first = Juror.objects.get(project=house.project.id)
    Juror.objects.filter(pk=first.pk).update(family="kin")
    assert "They tend to make the same mistakes" not in page(house)
    Juror.objects.create(
        project_id=house.project.id, name="second", base_url="", model="m", family="kin"
    )
    assert "They tend to make the same mistakes" in page(house)


def test_pausing_and_resuming_reach_every_juror(house: House) -> None:
    assert act(house, "pause") == 302
    assert not Juror.objects.filter(paused_reason="").exists()
    assert "paused by a manager" in page(house)
    assert act(house, "resume") == 302
    assert not Juror.objects.exclude(paused_reason="").exists()


@pytest.mark.parametrize("action", ["run", "retry_failed"])
def test_asking_is_a_job_and_a_second_one_waits_for_the_first(house: House, action: str) -> None:
    assert act(house, action) == 302
    job = Job.objects.get()
    assert (job.kind, job.payload) == ("jury", {"retry_failed": action == "retry_failed"})
    assert act(house, "run") == 302
    assert Job.objects.count() == 1
    assert "running already" in page_after_refusal(house)


def page_after_refusal(house: House) -> str:
    browser = house.client("manager")
    browser.post(f"{PAGE}/control", {"action": "run"})
    return browser.get(PAGE).content.decode()


def all_are(house: House, state: str) -> None:
    """Let all inquiries be in a state, and counted so."""
    Inquiry.objects.update(state=state)
    recount(house.project)


def test_stopping_takes_back_what_is_queued(house: House) -> None:
    all_are(house, "queued")
    assert act(house, "stop") == 302
    assert set(Inquiry.objects.values_list("state", "reason")) == {("failed", "stopped")}
    assert "Ask again what failed" in page(house)


def test_an_unknown_action_is_refused(house: House) -> None:
    assert act(house, "delete") == 400


def test_a_run_that_rests_ends_the_asking(house: House) -> None:
    browser = house.client("manager")
    all_are(house, "queued")
    moving = browser.get(PAGE, headers={"HX-Request": "true"})
    assert (moving.status_code, b"every 2s" in moving.content) == (200, True)
    all_are(house, "given")
    resting = browser.get(PAGE, headers={"HX-Request": "true"})
    assert (resting.status_code, b"every 2s" in resting.content) == (286, False)


def test_without_jurors_the_page_says_where_they_come_from(house: House) -> None:
    shown = house.client("administrator").get("/projects/p2/jury").content.decode()
    assert "There is no juror yet" in shown


def test_the_jury_is_for_managers(house: House) -> None:
    for part, status in (("", 302), ("ann1", 403), ("adjudicator", 403), ("outsider", 404)):
        assert house.client(part).get(PAGE).status_code == status
        assert house.client(part).post(f"{PAGE}/control", {"action": "run"}).status_code == status
    assert not Job.objects.exists()
