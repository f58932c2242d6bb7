"""L08: the disk is full in the middle of an export."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.concurrency.team import Team
from tests.house import ROOT

ITEMS = 30
GATES = ("all_settled", "min_alpha", "human_judged_share", "no_open_seats")
SCRIPT = """
mount -t tmpfs -o size=8k none "$1" || exit 99
cd "$1" && shift
printf old > out.jsonl
"$@"
echo "exit $?"
ls -A
cat out.jsonl
"""


def on_a_small_disk(house: Team, folder: Path, *words: str) -> str:
    """Run a command in a folder of two pages that only it sees, and tell what is there afterwards."""
    apart = (
        ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "--map-root-user", "--mount"]
    )
    done = subprocess.run(
        [*apart, "sh", "-c", SCRIPT, "sh", str(folder), sys.executable, str(ROOT / "run"), *words],
        env=house.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def test_l08_an_export_that_finds_the_disk_full_leaves_the_old_one(
    house: Team, tmp_path: Path
) -> None:
    house.prepare(items=ITEMS, people=1, overlap=1)
    worker = house.client(house.run("web"), "p0", patience=1)
    assert worker.wait(120) == 0
    assert len(house.ledger("ack")) == ITEMS
    overrides = [f"--override={gate}=only to fill a disk" for gate in GATES]
    house.commands([["freeze", "--project", "race", *overrides]])
    small = tmp_path / "small"
    small.mkdir()
    said = on_a_small_disk(
        house,
        small,
        "manage",
        "export",
        "race/1",
        "--format",
        "jsonl",
        "--shape",
        "units",
        "-o",
        "out.jsonl",
    )
    assert "No space left on device" in said
    assert said.endswith("exit 3\nout.jsonl\nold"), said
