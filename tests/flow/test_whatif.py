"""What-if on stored votes: figures for a command, a job and a page, from one reading."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from django.core.management import CommandError, call_command
from pytest_django import DjangoDbBlocker

from annotator.catalog.models import Project
from annotator.catalog.queries import project_by_slug
from annotator.core.errors import Invalid
from annotator.flow import jobs
from annotator.flow.models import Job
from annotator.flow.tasks import WORK, run_sweep
from annotator.flow.verify import verify
from annotator.flow.whatif import what_if, wish
from annotator.quality.models import Decision
from jury.policy.whatif import LABELS_AN_ERROR
from jury.verdict import Answer
from tests.cast import make_cast
from tests.factories import add_votes, make_items, make_project, settle_all
from tests.standing import standing

pytestmark = pytest.mark.django_db

HARM = Answer("unsafe", ("violence",))


@pytest.fixture(scope="module")
def standing_ids(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[list[int]]:
    """Six items of a project: three settled, two split, one open."""
    yield from standing(_some_items, django_db_blocker)


@pytest.fixture
def ids(standing_ids: list[int], db: None) -> list[int]:
    """Return them as they were made."""
    return standing_ids


def _some_items() -> list[int]:
    project = make_project()
    rows = [{"id": f"i{n}", "prompt": f"Is lake {n} deep?", "response": "Yes."} for n in range(6)]
    made = make_items(project, *rows)
    settle_all(project, made[:3])
    for item in made[3:5]:
        votes: dict[str, str | Answer] = {"p1-a1": "safe", "p1-a2": "safe", "p1-a3": HARM}
        add_votes(
            project,
            item,
            {name: {"prompt": v, "response": "safe"} for name, v in votes.items()},
            seconds=30.0,
        )
    return made


def report(*words: str, capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    call_command("whatif", "--project", "p1", *words, "--json")
    found = json.loads(capsys.readouterr().out)
    assert isinstance(found, dict)
    return found


def test_the_command_reports_and_changes_nothing(
    ids: list[int], capsys: pytest.CaptureFixture[str]
) -> None:
    before = list(Decision.objects.values())
    found = report(
        "--policy", "majority", "--option", "min_share=1.0", "max_votes=7", capsys=capsys
    )
    totals = found["totals"]
    assert isinstance(totals, dict)
    assert found["units"] == totals["units"] == 12
    assert totals["then"] == {"settled": 8, "reannotate": 2, "adjudicate": 0, "waiting": 2}
    assert totals["moved"] == [{"now": "settled", "then": "reannotate", "units": 2}]
    assert totals["labels"] >= 2
    # Two targets an answer: 20 seconds of the clear ones, 30 of the split ones, halved.
    assert totals["hours"] == pytest.approx(totals["labels"] * 10 / 3600)
    assert totals["money"] is None
    assert "per_label or per_hour" in totals["reason"]["money"]
    assert found["in_force"]["version"] == 1  # type: ignore[index]
    rows = found["rows"]
    assert isinstance(rows, list)
    assert "2 safe, 1 unsafe" in {row["state"] for row in rows}
    assert list(Decision.objects.values()) == before


def test_a_price_in_the_project_file_gives_money(
    ids: list[int], capsys: pytest.CaptureFixture[str]
) -> None:
    Project.objects.update(price_per_label=0.25)
    totals = report("--policy", "majority", "--option", "min_share=1.0", capsys=capsys)["totals"]
    assert isinstance(totals, dict)
    assert totals["money"] == pytest.approx(totals["labels"] * 0.25)


def test_the_words_of_the_command_name_every_state(
    ids: list[int], capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("whatif", "--project", "p1", "--policy", "panel")
    said = capsys.readouterr().out
    assert "prompt safety: 2 safe, 1 unsafe" in said
    assert "rulings expected to change" in said


def test_a_slider_has_a_report_at_each_price_from_one_reading(ids: list[int]) -> None:
    project = project_by_slug("p1")
    wanted = wish(project, "panel", {"random_share": 0.0})
    found = what_if(project, wanted, slider=True)
    stops = found["stops"]
    assert isinstance(stops, list)
    assert [stop["labels_an_error"] for stop in stops] == list(LABELS_AN_ERROR)
    labels = [stop["totals"]["labels"] for stop in stops]
    assert labels == sorted(labels)
    assert labels[0] < labels[-1]
    at_50 = next(stop for stop in stops if stop["labels_an_error"] == 50)
    assert at_50["totals"] == found["totals"]
    assert what_if(project, wish(project, "majority", {}), slider=True)["stops"] == []


@pytest.mark.parametrize(
    ("words", "field"),
    [
        (("--policy", "coin"), "policy"),
        (("--policy", "majority", "--option", "min_share=2"), "min_share"),
        (("--policy", "majority", "--option", "cost=1"), "policy"),
        (("--policy", "majority", "--option", "min_share"), "option"),
    ],
)
def test_what_does_not_fit_is_named(
    ids: list[int], words: tuple[str, ...], field: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(CommandError) as refused:
        call_command("whatif", "--project", "p1", *words, "--json")
    assert refused.value.returncode == 2
    assert list(json.loads(capsys.readouterr().out)["fields"]) == [field]


def test_options_start_from_what_is_in_force_and_else_from_the_defaults(ids: list[int]) -> None:
    project = project_by_slug("p1")
    assert wish(project, "majority", {"min_share": 1.0}).options["max_votes"] == 5
    assert wish(project, "panel", {}).options["max_votes"] == 11
    with pytest.raises(Invalid):
        wish(project, "panel", {"horizon": 50})


def test_a_large_project_gets_its_figures_from_a_job(ids: list[int]) -> None:
    cast = make_cast(project_by_slug("p1").id, make_project("p2", people=0).id)
    payload = {"name": "majority", "options": {"min_share": 1.0}}
    jobs.start(cast.manager.actor, "p1", Job.Kind.WHATIF, payload)
    assert jobs.run_waiting(WORK) == 1
    job = Job.objects.get()
    assert (job.state, job.done, job.total) == ("done", 6, 6)
    assert job.result is not None
    assert job.result["totals"]["then"]["reannotate"] == 2


def test_a_project_file_asks_for_more_people_by_category_and_target(ids: list[int]) -> None:
    """By category in the base policy, by target in a part, and both in one file."""
    policy = {
        "name": "majority",
        "options": {"category_floor": {"violence": 4}},
        "for": [{"target": "response", "options": {"human_floor": 2, "max_votes": 4}}],
    }
    make_project(policy=policy)
    run_sweep()
    rows = Decision.objects.filter(current=True).order_by("unit__item", "unit__target")
    found = {(row.unit.item_id, row.unit.target): row for row in rows.select_related("unit")}
    assert found[ids[3], "prompt"].evidence["floor"] == 3  # settled before, and stays so
    (late,) = make_items(project_by_slug("p1"), {"id": "late", "prompt": "Hm?", "response": "Yes."})
    said: dict[str, str | Answer] = {"prompt": HARM, "response": "safe"}
    add_votes(project_by_slug("p1"), late, {f"p1-a{n}": said for n in (1, 2, 3)})
    by_target = {
        row.unit.target: row
        for row in Decision.objects.filter(current=True, unit__item=late).select_related("unit")
    }
    assert by_target["response"].outcome == "settled"
    prompt = by_target["prompt"]
    assert (prompt.outcome, prompt.reasons) == ("reannotate", ["category_floor"])
    assert "Violence asks for four people." in prompt.words
    assert verify(project_by_slug("p1")).document()["details"] == []
