"""Real, messy data through the same doors as everybody's; not collected where it is absent."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

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
