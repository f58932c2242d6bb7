"""The page of a freeze that commits: beside the house that the page tests share there is no room for it."""

from __future__ import annotations

import pytest

from annotator.flow import jobs, tasks
from annotator.release.models import Release
from tests.web.house import make_house

PAGE = "/projects/p1/releases"
REASON = "A trial run; the rest comes later."


@pytest.mark.django_db(transaction=True)
def test_a_freeze_under_way_is_asked_about_until_it_rests() -> None:
    browser = make_house().client("manager")  # a freeze reads from a connection of its own
    form = {"override-all_settled": REASON, "override-no_open_seats": REASON}
    browser.post(f"{PAGE}/freeze", form)
    running = browser.get(PAGE, headers={"HX-Request": "true"})
    assert (running.status_code, b"every 2s" in running.content) == (200, True)
    jobs.run_waiting(tasks.WORK)
    resting = browser.get(PAGE, headers={"HX-Request": "true"})
    assert (resting.status_code, b"every 2s" in resting.content) == (286, False)
    assert b"Release 1" in resting.content
    assert Release.objects.get().manifest["gates"][0]["override"] == REASON
