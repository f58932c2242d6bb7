"""`./run demo --check` holds, and fails when a part of the machine is missing.

Who is faster, and when the jury answers, changes no release; the seed and the overlap do.
"""

from __future__ import annotations

import json
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.concurrency.sizes import SOAK
from tests.house import RUN, plain_environment
from tests.services import tied

pytestmark = pytest.mark.slow

Report = dict[str, Any]
KEYS = ("settled_first_pass", "reannotated_units", "adjudicated_units", "rulings", "annotations")


def _check(home: Path, *options: str) -> tuple[int, Report]:
    """Run the check; return its exit code and its report."""
    words = [*RUN, "demo", "--check", "--home", str(home), *options]
    done = subprocess.run(
        tied.command(words, ends_by=signal.SIGTERM),
        env=plain_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout.splitlines()[-1])


def _failed(report: Report) -> list[str]:
    return [step["name"] for step in report["steps"] if not step["ok"]]


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Report:
    """The report of a run with one client at a time."""
    code, report = _check(tmp_path_factory.mktemp("alone"), "--concurrency", "1")
    assert (code, _failed(report)) == (0, []), report["steps"]
    return report


def test_eight_clients_and_a_slow_shuffled_jury_make_the_same_release(
    alone: Report, tmp_path: Path
) -> None:
    options = ("--concurrency", "8", "--shuffle-jury", "--jury-delay", "0.2")
    code, report = _check(tmp_path, *options)
    assert (code, _failed(report)) == (0, []), report["steps"]
    assert report["exports"] == alone["exports"]
    assert report["release_sha256"] == alone["release_sha256"]
    assert [report[key] for key in KEYS] == [alone[key] for key in KEYS]


def test_without_a_jury_process_it_fails(tmp_path: Path) -> None:
    code, report = _check(tmp_path, "--no-jury", "--patience", "15")
    assert (code, report["ok"], _failed(report)) == (1, False, ["serve"])


if SOAK:  # each takes a minute; the sample's own tests show another seed's other answers

    def test_with_an_overlap_of_two_it_fails_or_counts_otherwise(
        alone: Report, tmp_path: Path
    ) -> None:
        code, report = _check(tmp_path, "--overlap", "2", "--patience", "15")
        assert code == 1 or [report[key] for key in KEYS] != [alone[key] for key in KEYS]

    def test_without_the_sweep_it_fails(tmp_path: Path) -> None:
        code, report = _check(tmp_path, "--no-sweep", "--patience", "15")
        assert (code, report["ok"], _failed(report)) == (1, False, ["opinions"])

    def test_another_seed_makes_another_release(alone: Report, tmp_path: Path) -> None:
        code, report = _check(tmp_path, "--seed", "2")
        assert (code, _failed(report)) == (0, []), report["steps"]
        for name in ("jsonl", "csv"):
            assert report["exports"][name]["sha256"] != alone["exports"][name]["sha256"]
        assert report["release_sha256"] != alone["release_sha256"]
