"""Real, messy data through the same doors as everybody's; not collected where it is absent."""

from __future__ import annotations

import csv
import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from django.test import Client

from annotator.accounts.models import Person
from annotator.accounts.services import create_person
from annotator.catalog.queries import project_by_slug
from annotator.flow.intake import import_items
from annotator.flow.projects import apply
from annotator.flow.stored_votes import import_votes
from annotator.intake.models import Item, Turn
from annotator.quality.queries.agreement import agreement
from tests.services import tied

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared"
EXPECTED = json.loads((SHARED / "reference" / "expected.json").read_text())

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def document(slug: str, **project: object) -> dict[str, object]:
    """Return a project file for these data."""
    return {
        "contract": 1,
        "project": {
            "slug": slug,
            "name": slug,
            "taxonomy": "aegis2@2.0",
            "questions": ["safety"],
            **project,
        },
    }


def test_conversations_of_123_raters_keep_their_alpha(tmp_path: Path) -> None:
    folder = SHARED / "data" / "dices"
    apply(document("dices", targets=["dialogue"]))
    project = project_by_slug("dices")
    imported = import_items(folder / "items.jsonl", project=project).document()
    assert (imported["rows"], imported["imported"], imported["rejected"]) == (350, 350, 0)
    assert Turn.objects.filter(item__project=project.id).count() > 350 * 2

    verdict = {"No": "safe", "Yes": "unsafe", "Unsure": "needs_caution"}
    votes = tmp_path / "votes.csv"
    with (folder / "votes.csv").open(newline="") as source, votes.open("w", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["item", "target", "rater", "kind", "state", "safety"])
        for row in csv.DictReader(source):
            writer.writerow(
                [row["item"], "dialogue", row["rater"], "human", "given", verdict[row["label"]]]
            )
    stored = import_votes(votes, project=project).document()
    assert (stored["rows"], stored["imported"]) == (43_050, 43_050)

    view = agreement(project, target="dialogue", bootstrap=200)
    wanted = EXPECTED["dices/votes.csv"]
    assert view.document["alpha_nominal"] == pytest.approx(wanted["alpha_nominal"], abs=1e-9)
    assert view.document["percent_agreement"] == pytest.approx(
        wanted["percent_agreement"], abs=1e-9
    )
    low, high = view.document["ci95"]["alpha_nominal"]  # type: ignore[index]
    about = wanted["ci95_alpha_nominal_about"]
    assert low == pytest.approx(about[0], abs=0.01)
    assert high == pytest.approx(about[1], abs=0.01)
    assert not Item.objects.filter(project=project.id, state=Item.State.OPEN).exists()

    client = Client()
    root = create_person(username="root", administrator=True)
    client.force_login(Person.objects.get(pk=root))
    page = client.get("/projects/dices/quality").content.decode()
    assert "0.1609" in page


def test_the_main_job_on_real_pairs_over_http() -> None:
    words = [sys.executable, "-m", "tests.golden.do_not_answer", "--limit", "150"]
    done = subprocess.run(
        tied.command(words, ends_by=signal.SIGTERM),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    report = json.loads(done.stdout)
    assert report["imported"]["rows"] == report["imported"]["imported"] == 150
    assert sum(person["submitted"] for person in report["people"]) == 450
    assert report["scores"]["rulings"] == 150
    assert report["recomputed"]["differences"] == 0
    assert report["recomputed"]["checked"] + report["recomputed"]["adjudicated"] == 150
    assert report["verify"]["differences"] == 0
    for juror in report["jury"]["opinions"].values():
        assert juror["given"] + juror["abstained"] == 150
