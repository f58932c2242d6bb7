"""How far the jury is and what it has cost, by counts: what counting everything gives."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from annotator.catalog.queries import ProjectView
from annotator.flow import tasks
from annotator.flow.jury import ask
from annotator.flow.recounting import KINDS, recount, states
from annotator.flow.stored_votes import import_votes
from annotator.flow.verify import verify
from annotator.intake.models import StateDelta
from annotator.intake.state_counts import counts_of
from annotator.panel import queries, queue
from annotator.panel.models import Call, Inquiry, Juror, JurorVersion
from jury.opinion import CallRecord, Outcome, Usage
from jury.opinion import Opinion as Said
from jury.verdict import Answer
from tests.factories import make_items, make_project

pytestmark = pytest.mark.django_db

NONE = {"queued": 0, "leased": 0, "given": 0, "abstained": 0, "failed": 0}


@pytest.fixture
def project() -> ProjectView:
    """Five items, asked of two jurors."""
    found = make_project("p1", targets=["prompt"], jurors=("j1", "j2"))
    make_items(found, *({"id": f"i{n}", "prompt": f"Egg {n}?"} for n in range(5)))
    return found


def exact(project: ProjectView) -> dict[str, dict[str, int]]:
    """The counts are what counting gives; return how far each juror is."""
    assert +counts_of(project.id, KINDS) == states(project)
    return queries.progress(project.id)


def outcome(row: Inquiry, state: str, cost: float | None) -> Outcome:
    """One call that ends, or only releases, an inquiry."""
    call = CallRecord(
        request_key=f"{row.public_id}.{state}",
        attempt=1,
        status=200,
        error="",
        raw_reply="{}",
        usage=Usage(1, 1, cost),
        seconds=0.1,
        started=0.0,
    )
    said = (Said("prompt", {"safety": Answer("safe")}, "Because."),) if state == "given" else ()
    return Outcome(row.pk, "j1", state, opinions=said, calls=(call,), attempts=1)  # type: ignore[arg-type]


def flush(juror: str, **ends: float | None) -> int:
    """Lease as many of a juror's inquiries and let each end in its way."""
    version = JurorVersion.objects.get(juror__name=juror, current=True).pk
    claimed = queue.claim(owner="me", room={version: len(ends)}, lease_seconds=60)
    rows = [Inquiry.objects.get(pk=each.id) for each in claimed]
    pairs = zip(rows, ends.items(), strict=True)
    return queue.flush(owner="me", outcomes=[outcome(row, *end) for row, end in pairs])


def test_asking_twice_counts_once(project: ProjectView) -> None:
    assert exact(project) == {name: {**NONE, "queued": 5} for name in ("j1", "j2")}
    assert ask(project) == 0
    assert exact(project)["j1"]["queued"] == 5
    ids = list(Inquiry.objects.values_list("item_id", flat=True).distinct())
    assert queue.open_inquiries(project.id, ids, purpose="canary") == 10
    assert exact(project)["j1"]["queued"] == 5  # the panel's only


def test_outcomes_and_their_cost_are_told(project: ProjectView) -> None:
    tasks.run_sweep()
    assert flush("j1", given=0.000_123_45, abstained=None, failed=0.1, released=0.2) == 4
    assert StateDelta.objects.count() == 1  # a flush is one row
    assert exact(project)["j1"] == {**NONE, "queued": 2, "given": 1, "abstained": 1, "failed": 1}
    assert queries.spent(project.id) == pytest.approx(0.300_123_45, abs=1e-12)
    late = outcome(Inquiry.objects.get(state="given"), "given", 0.7)
    assert queue.flush(owner="me", outcomes=[replace(late, opinions=())]) == 0
    assert queries.spent(project.id) == pytest.approx(1.000_123_45, abs=1e-12)  # paid all the same
    tasks.run_sweep()
    exact(project)
    assert queries.spent(project.id) == pytest.approx(1.000_123_45, abs=1e-12)
    assert "state_count" not in {each.kind for each in verify(project).details}


def test_leases_that_run_out_and_retries_and_stops(project: ProjectView) -> None:
    version = JurorVersion.objects.get(juror__name="j1", current=True).pk
    queue.claim(owner="me", room={version: 2}, lease_seconds=-1)
    assert exact(project)["j1"] == {**NONE, "queued": 3, "leased": 2}
    assert queue.return_expired() == 2
    assert exact(project)["j1"] == {**NONE, "queued": 5}
    flush("j1", failed=0.0, given=0.0)
    assert queue.retry_failed(project.id, juror="j1") == 1
    assert exact(project)["j1"] == {**NONE, "queued": 4, "given": 1}
    assert queue.withdraw_queued(project.id) == 9
    assert exact(project) == {
        "j1": {**NONE, "given": 1, "failed": 4},
        "j2": {**NONE, "failed": 5},
    }


def test_what_was_queued_for_a_juror_that_is_no_more_is_nobodys(project: ProjectView) -> None:
    Juror.objects.filter(name="j2").update(active=False)
    assert queue.end_superseded() == 5
    assert exact(project)["j2"] == NONE
    Juror.objects.filter(name="j2").update(active=True)
    assert queue.queue_again(project.id) == 5
    assert exact(project)["j2"] == {**NONE, "queued": 5}


def test_imported_opinions_are_told(project: ProjectView, tmp_path: Path) -> None:
    rows = [
        {"item": f"i{n}", "rater": "other", "kind": "juror", "target": "prompt", **said}
        for n, said in enumerate(
            (
                {"state": "given", "safety": "safe"},
                {"state": "skipped"},
                {"state": "given", "safety": "unsafe"},
            )
        )
    ]
    file = tmp_path / "votes.jsonl"
    file.write_text("\n".join(map(json.dumps, rows)))
    report = import_votes(file, project=project)
    assert (report.imported, report.rejected) == (3, 0), report
    assert exact(project)["other"] == {**NONE, "given": 2, "abstained": 1}


def test_recounting_mends(project: ProjectView) -> None:
    flush("j1", given=0.5)
    Inquiry.objects.filter(juror_version__juror__name="j2").update(state="failed")
    Call.objects.update(cost=0.25)
    assert {each.kind for each in verify(project).details} == {"state_count"}
    recount(project)
    assert exact(project)["j2"] == {**NONE, "failed": 5}
    assert queries.spent(project.id) == 0.25
