from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
COMMAND = (sys.executable, "-m", "tests.ops.supervised")
PATIENCE = 20.0


@contextmanager
def supervised(folder: Path, *manners: str) -> Iterator[subprocess.Popen[str]]:
    command = [*COMMAND, str(folder), *manners]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def wait_for(done: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if done():
            return True
        time.sleep(0.05)
    return False


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0]
    except FileNotFoundError:
        return False
    return state != "Z"


def pids(folder: Path, count: int) -> list[int]:
    assert wait_for(lambda: len(list(folder.glob("*.pids"))) == count)
    return [int(pid) for file in sorted(folder.glob("*.pids")) for pid in file.read_text().split()]


def gone(running: list[int]) -> bool:
    return wait_for(lambda: not any(alive(pid) for pid in running))


def test_sigterm_ends_all_and_their_children(tmp_path: Path) -> None:
    with supervised(tmp_path, "plain", "plain") as process:
        running = pids(tmp_path, 2)
        process.terminate()

        assert process.wait(PATIENCE) == 0
        assert gone(running)


def test_who_does_not_listen_is_killed_after_the_grace(tmp_path: Path) -> None:
    with supervised(tmp_path, "deaf") as process:
        running = pids(tmp_path, 1)
        process.send_signal(signal.SIGINT)

        assert process.wait(PATIENCE) == 0
        assert gone(running)


def test_sigkill_of_the_supervisor_leaves_no_process_behind(tmp_path: Path) -> None:
    with supervised(tmp_path, "plain", "plain") as process:
        running = pids(tmp_path, 2)
        process.kill()

        assert gone(running)


def test_the_death_of_the_parent_ends_all(tmp_path: Path) -> None:
    shell = f"'{sys.executable}' -m tests.ops.supervised '{tmp_path}' plain & wait"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    # Who starts the tests under nohup means them to go on; this supervisor is not to inherit that.
    hangup = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    with subprocess.Popen(["/bin/sh", "-c", shell], env=environment) as parent:
        signal.signal(signal.SIGHUP, hangup)
        running = pids(tmp_path, 1)
        parent.kill()

    assert gone(running)


def test_a_dead_service_is_started_again_without_its_orphans(tmp_path: Path) -> None:
    with supervised(tmp_path, "plain") as process:
        first = pids(tmp_path, 1)
        (tmp_path / "s0.pids").unlink()
        os.kill(first[0], signal.SIGKILL)
        second = pids(tmp_path, 1)

        assert gone(first)
        assert set(first).isdisjoint(second)
        process.terminate()
        assert process.stdout
        assert "s0 ended (signal 9); again in 0.5 s" in process.stdout.read()


def test_who_ran_for_a_while_and_ends_with_3_is_started_again(tmp_path: Path) -> None:
    with supervised(tmp_path, "late", "plain") as process:
        assert process.stdout
        assert "s0 ended (exit 3); again in 0.5 s" in process.stdout.readline()
        assert process.poll() is None
        process.terminate()


def test_a_service_that_refuses_its_configuration_ends_all_with_3(tmp_path: Path) -> None:
    with supervised(tmp_path, "plain", "misconfigured") as process:
        assert process.wait(PATIENCE) == 3
        assert process.stdout
        assert "s1 refuses its configuration" in process.stdout.read()
