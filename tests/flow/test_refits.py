"""Fits are proposed from the project's own votes; nothing changes until a manager accepts one."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, cast

import pytest
from django.core.management import call_command
from pytest_django import DjangoDbBlocker

from annotator.catalog.queries import ProjectView, project_by_slug
from annotator.core.errors import Conflict, Invalid, NotFound
from annotator.flow import jobs, redecide, refits
from annotator.flow.models import Job
from annotator.flow.projects import apply
from annotator.flow.tasks import WORK
from annotator.flow.verify import verify
from annotator.flow.whatif import what_if, wish
from annotator.labeling.models import Assignment
from annotator.quality.models import Decision, FitAnswer, PolicyFit
from annotator.quality.queries.runs import proposals
from jury.policy.fits import keep_fits, with_fit
from jury.policy.panel.fit import DEFAULT_FIT, Fit
from tests.cast import make_cast
from tests.factories import add_votes, make_items, make_project
from tests.flow.refit_world import PANEL, UNITS, a_project
from tests.standing import standing

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def standing_project(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[ProjectView]:
    """The project that the tests share."""
    yield from standing(a_project, django_db_blocker)


@pytest.fixture
def project(standing_project: ProjectView, db: None) -> ProjectView:
    """Return the project as it was made."""
    return standing_project


def test_a_fit_is_proposed_with_its_figures_and_changes_nothing(project: ProjectView) -> None:
    before = list(Decision.objects.order_by("pk").values())
    (made,) = refits.propose_fits(project)
    assert (made.target, made.question, made.units) == ("prompt", "safety", UNITS)
    assert made.held_out["patterns"] > made.held_out["overall"]
    assert made.weight > 0
    assert {(p["said"], p["given"]) for p in made.patterns} == {(0, 1), (1, 1)}
    assert made.reliability is None
    assert "0 random units" in made.no_reliability
    assert Fit.from_document(made.document).digest == made.digest
    assert list(Decision.objects.order_by("pk").values()) == before
    assert project_by_slug("p1").policy.version == project.policy.version
    assert proposals(project.id) == (made,)


def test_the_same_evidence_is_proposed_once_and_the_task_waits_for_more(
    project: ProjectView,
) -> None:
    assert refits.queue_due() == 1
    assert refits.queue_due() == 0
    assert jobs.run_waiting(WORK) == 1
    job = Job.objects.get()
    assert (job.state, job.result, job.done) == ("done", {"proposed": 1}, UNITS)
    assert refits.propose_fits(project) == ()
    assert PolicyFit.objects.count() == 1
    assert refits.queue_due() == 0
    more = [{"id": f"m{n}", "prompt": f"Is cup number {n} full?"} for n in range(7)]
    for item in make_items(project, *more):
        add_votes(project, item, {"p1": {"prompt": "safe"}})
    assert refits.queue_due() == 1


def test_an_accepted_fit_is_a_version_and_its_decisions_name_it(project: ProjectView) -> None:
    (made,) = refits.propose_fits(project)
    assert set(Decision.objects.values_list("fit", flat=True)) == {DEFAULT_FIT.digest}
    wanted = refits.accepted(project, [made.id])
    foretold = what_if(project, wanted)
    assert foretold["basis"][0]["fit"] == made.digest  # type: ignore[index]
    run = redecide.begin(project, wanted, seen=project.policy.version, fits=[made.id])
    redecide.carry_on(run)
    now = project_by_slug("p1")
    assert now.policy.version == project.policy.version + 1
    current = Decision.objects.filter(current=True)
    assert set(current.values_list("fit", flat=True)) == {made.digest}
    answer = FitAnswer.objects.get(fit=made.id)
    assert (answer.answer, answer.policy_version_id) == ("accepted", now.policy.id)
    assert proposals(project.id) == ()
    assert verify(now).document()["differences"] == 0
    with pytest.raises(Conflict, match="answered already"):
        redecide.begin(now, wish(now, "panel", {"cost": 0.01}), fits=[made.id])


def test_verify_finds_a_decision_with_a_foreign_fit(project: ProjectView) -> None:
    Decision.objects.filter(pk=Decision.objects.filter(current=True).earliest("pk").pk).update(
        fit="0" * 64
    )
    details = cast("list[dict[str, object]]", verify(project).document()["details"])
    assert [each["kind"] for each in details] == ["fit"]


def test_a_manager_dismisses_a_proposal_once(project: ProjectView) -> None:
    cast = make_cast(project.id, make_project("p2", people=0).id)
    (made,) = refits.refit_now(cast.manager.actor, "p1")
    refits.dismiss(cast.manager.actor, "p1", made.id)
    assert proposals(project.id) == ()
    with pytest.raises(Conflict, match="answered already"):
        refits.dismiss(cast.manager.actor, "p1", made.id)
    with pytest.raises(NotFound):
        refits.dismiss(cast.outsider.actor, "p1", made.id)
    with pytest.raises(NotFound):
        refits.accepted(project, [made.id + 1])


def test_applying_the_file_again_keeps_the_fit(project: ProjectView) -> None:
    (made,) = refits.propose_fits(project)
    redecide.carry_on(redecide.begin(project, refits.accepted(project, [made.id])))
    again = project_by_slug("p1")
    document = {
        "contract": 1,
        "project": {
            "slug": "p1",
            "name": "P1",
            "taxonomy": "aegis2@2.0",
            "targets": ["prompt"],
            "questions": ["safety"],
            "overlap": 1,
        },
        "policy": dict(PANEL),
        "juror": [
            {
                "name": "j1",
                "base_url": "http://127.0.0.1:9000/v1",
                "model": "m1",
                "price_in": 0.0,
                "price_out": 0.0,
            }
        ],
    }
    assert apply(document) == ()
    assert project_by_slug("p1").policy == again.policy


def test_the_commands_propose_accept_and_roll_back(capsys: pytest.CaptureFixture[str]) -> None:
    a_project()

    def said(*words: str) -> dict[str, object]:
        call_command(*words, "--project", "p1", "--json")
        found = json.loads(capsys.readouterr().out)
        assert isinstance(found, dict)
        return found

    proposed = said("refit")["proposed"]
    assert isinstance(proposed, list)
    assert proposed[0]["units"] == UNITS
    applied = said("apply_policy", "--fits")
    assert applied["version"] == 2
    assert applied["items"] == UNITS
    back = said("rollback_policy")
    assert (back["version"], back["restored"]) == (1, UNITS)
    assert Assignment.objects.filter(opened_by_run__isnull=False, state="open").count() == 0


def parts(options: Mapping[str, object]) -> list[dict[str, Any]]:
    """Return the parts of a policy's options."""
    return cast("list[dict[str, Any]]", options["for"])


class TestFitsInOptions:
    """Where a fit stands in a policy's options."""

    BASE: Mapping[str, object] = {"cost": 0.02, "fit": None}

    def test_a_fit_makes_a_part_of_its_own(self) -> None:
        found = with_fit(self.BASE, target="prompt", question="safety", fit={"units": 9})
        (part,) = parts(found)
        assert found["fit"] is None
        assert part["options"] == {"cost": 0.02, "fit": {"units": 9}}

    def test_a_second_fit_replaces_the_first_and_leaves_others(self) -> None:
        one = with_fit(self.BASE, target="prompt", question="safety", fit=1)
        two = with_fit(one, target="response", question="safety", fit=2)
        three = with_fit(two, target="prompt", question="safety", fit=3)
        fits = [(p["target"], p["options"]["fit"]) for p in parts(three)]
        assert fits == [("prompt", 3), ("response", 2)]

    def test_a_wider_part_keeps_what_it_has(self) -> None:
        wide = {"target": "", "question": "safety", "name": "panel", "options": {"fit": None}}
        found = with_fit({"for": [wide]}, target="prompt", question="safety", fit=1)
        assert [p["target"] for p in parts(found)] == ["prompt", ""]

    @pytest.mark.parametrize(
        "options",
        [{}, {"for": [{"target": "prompt", "question": "", "name": "majority", "options": {}}]}],
    )
    def test_where_the_panel_does_not_decide_there_is_no_room(
        self, options: Mapping[str, object]
    ) -> None:
        with pytest.raises(ValueError, match="does not decide"):
            with_fit(options, target="prompt", question="safety", fit=1)

    def test_a_file_keeps_the_fits_in_force_and_may_say_its_own(self) -> None:
        fitted = with_fit(self.BASE, target="prompt", question="safety", fit=7)
        cheaper = keep_fits({"cost": 0.01, "fit": None}, fitted)
        (part,) = parts(cheaper)
        assert part["options"] == {"cost": 0.01, "fit": 7}
        own = {"target": "prompt", "question": "safety", "name": "panel", "options": {"fit": 8}}
        assert keep_fits({"cost": 0.01, "fit": None, "for": [own]}, fitted)["for"] == [own]
        assert keep_fits({"max_votes": 5}, fitted) == {"max_votes": 5}


@pytest.mark.parametrize(
    ("part", "field"),
    [
        ({"target": "dialogue"}, "project.targets"),
        ({"question": "helpful"}, "project.questions"),
        ({"name": "panel"}, "policy.options"),
    ],
)
def test_a_part_about_what_is_not_judged_is_refused(part: Mapping[str, str], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        make_project(policy={"name": "majority", "for": [part]})
    assert field in refused.value.fields
