"""Legs side by side: what each said is whole, and no process outlives the run."""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from tests.house import ROOT, plain_environment
from tests.lanes import side_by_side

PATIENCE = 60.0
SCRIPT = """
import os, sys, time
name, report = sys.argv[1:]
print(name, "begins", flush=True)
time.sleep(0.3)
print(name, "ends", flush=True)
os.write(int(report), name.upper().encode())
"""


def leg(name: str, report: int) -> Sequence[str]:
    return (sys.executable, "-I", "-S", "-c", SCRIPT, name, str(report))


def test_each_is_whole_and_a_lane_without_legs_takes_from_the_others() -> None:
    began = time.monotonic()
    ended = list(side_by_side([["a", "b", "c", "d"], ["x"], []], leg))

    assert sorted(each.name for each in ended) == ["a", "b", "c", "d", "x"]
    for each in ended:
        assert each.output == f"{each.name} begins\n{each.name} ends\n"
        assert each.report == each.name.upper()
    assert sum(each.seconds for each in ended) > time.monotonic() - began


def test_one_that_breaks_has_no_report() -> None:
    (ended,) = side_by_side([["a"]], lambda name, report: ("/bin/sh", "-c", "echo so; kill -9 $$"))

    assert (ended.output, ended.report) == ("so\n", "")


def marked(word: str) -> dict[int, str]:
    """Return the command lines of the processes whose environment holds a word."""
    found = {}
    for folder in Path("/proc").iterdir():
        try:
            if folder.name.isdigit() and word.encode() in (folder / "environ").read_bytes():
                found[int(folder.name)] = (folder / "cmdline").read_bytes().decode()
        except OSError:
            continue
    return found


def wait_for(done: Callable[[], bool], what: object) -> None:
    until = time.monotonic() + PATIENCE
    while not done():
        assert time.monotonic() < until, what
        time.sleep(0.1)


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_no_process_outlives_the_run_however_it_ends(how: signal.Signals) -> None:
    mark = secrets.token_hex(16)
    with subprocess.Popen(
        [sys.executable, "-m", "tests.legs", "static", "races"],
        cwd=ROOT,
        env={**plain_environment(), "LANES_TEST": mark, "CONCORD_TEST_DATABASE_URL": ""},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as run:
        try:
            words = ("-m tests.legs static", "--part", "-D", "--junitxml")
            running = marked(mark)
            wait_for(
                lambda: all(
                    any(word in line.replace("\0", " ") for line in marked(mark).values())
                    for word in words
                ),
                running,
            )
            if how is signal.SIGINT:
                os.killpg(run.pid, how)  # as a terminal does, which reaches them all
            else:
                run.send_signal(how)
            assert run.wait(PATIENCE) in {130, -signal.SIGKILL}
        finally:
            run.kill()
    wait_for(lambda: not marked(mark), marked(mark))
