"""`set_aside` and `lift_set_aside`: looked at, made, gone on with, lifted; exit codes of the contract."""

from __future__ import annotations

import pytest

from annotator.catalog.models import Membership
from annotator.catalog.queries import ProjectView
from annotator.flow.aside_wish import Choice, grounds_of, wanted_of
from annotator.flow.asides import begin
from annotator.flow.verify import verify
from annotator.labeling.models import Vote
from annotator.quality.models import SetAside
from tests.commands.test_setting_up import exit_code, run
from tests.factories import make_items, make_project, settle_all

pytestmark = pytest.mark.django_db

WHY = ("--code", "unreliable", "--reason", "Clicked through without reading.")


@pytest.fixture
def project() -> ProjectView:
    """Two items, each judged alike by three people."""
    project = make_project(jurors=("j1",))
    rows = [{"id": f"i{n}", "prompt": f"Is tea {n} hot?", "response": "Wait."} for n in (1, 2)]
    settle_all(project, make_items(project, *rows))
    return project


def pseudonym(username: str = "p1-a1") -> str:
    return Membership.objects.get(person__username=username).pseudonym


def test_looked_at_made_listed_and_lifted(project: ProjectView) -> None:
    whose = ("set_aside", "--project", "p1", "--person", pseudonym())
    seen = run(*whose, "--preview")
    assert (seen["answers"], seen["counting"], seen["items"]) == (4, 4, 2)
    assert not SetAside.objects.exists()
    made = run(*whose, *WHY)
    assert (made["items"], made["seats_opened"]) == (2, 2)
    assert Vote.objects.filter(counts=True).count() == 8
    listed = run("set_aside", "--project", "p1", "--list")["set_asides"]
    assert isinstance(listed, list)
    assert [(each["id"], each["code"]) for each in listed] == [(made["id"], "unreliable")]
    assert exit_code(*whose, "--resume") == 2
    lifted = run("lift_set_aside", "--project", "p1", made["id"])
    assert (lifted["settled"], lifted["seats_cancelled"]) == (4, 2)
    assert exit_code("lift_set_aside", "--project", "p1", made["id"]) == 4
    assert Vote.objects.filter(counts=True).count() == 12
    assert verify(project).document()["differences"] == 0


def test_what_is_wrong_changes_nothing(project: ProjectView) -> None:
    whose = ("set_aside", "--project", "p1", "--person", pseudonym())
    assert exit_code(*whose) == 2
    assert exit_code(*whose, "--code", "unreliable", "--reason", "short") == 2
    assert exit_code("set_aside", "--project", "p1", "--person", "nobody", *WHY) == 2
    assert exit_code(*whose, "--until", "2026-01-01", *WHY) == 4
    assert exit_code("set_aside", "--project", "p1", "--juror", "j1", *WHY) == 4
    assert exit_code("lift_set_aside", "--project", "p1", "none") == 2
    assert not SetAside.objects.exists()


def test_what_was_interrupted_goes_on(project: ProjectView) -> None:
    choice = wanted_of(project, Choice(person=pseudonym()))
    begin(project, choice, grounds_of("other", "Asked again elsewhere."))
    assert exit_code("set_aside", "--project", "p1", "--person", pseudonym("p1-a2"), *WHY) == 4
    assert run("set_aside", "--project", "p1", "--resume")["items"] == 2
    assert verify(project).document()["differences"] == 0
