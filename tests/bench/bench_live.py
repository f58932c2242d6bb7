"""What live agreement costs who submits, and how fast its page and its API answer. By hand:

    python -m tests.bench.bench_live --data FOLDER [--size N] [--jury]
    python -m tests.bench.bench_live --url postgresql://user@host:port/name

The database is one that `bench_million --seed-only` filled, with the same options. Rounds of eight submitting processes
alternate, with the counts and without (a submit appends no delta, and the worker finds nothing to
fold), on the same database and beside a worker. --rounds 0 leaves the rounds out, --page-runs 0 the
pages. Afterwards the project's counts are made anew.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from tests.bench import million
from tests.bench.bench_million import SERVER, database_of
from tests.house import ROOT, House, say
from tests.services.postgres import Postgres

SUBMITTER = Path(__file__).with_name("submitter.py")
PEOPLE = million.FRESH


def main() -> None:
    """Measure, print."""
    options = _options()
    found: dict[str, Any] = {"load_before": os.getloadavg()[0]}
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="concord-bench-"))
        house = House(Path(folder))
        house.environment["DATABASE_URL"] = options.url or _kept(stack, options)
        stack.callback(house.close)
        people = dict.fromkeys((*million.FRESH, *million.VETERANS), "annotator")
        house.add_people(million.SLUG, {**people, million.LEAD: "manager"})
        house.manage("collectstatic", "--noinput")
        if options.page_runs:
            found["pages"] = _pages(house, options)
        if options.rounds:
            found["submits"] = _alternate(house, options)
            house.manage("recount", "--project", million.SLUG)
    found["load_after"] = os.getloadavg()[0]
    sys.stdout.write(json.dumps(found, indent=1) + "\n")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--data", type=Path, help="the folder of bench_million")
    where.add_argument("--url", help="a database on a server that runs")
    parser.add_argument("--size", type=int, default=1_000_000)
    parser.add_argument("--jury", action="store_true", help="three jurors have answered all")
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--page-runs", type=int, default=40)
    parser.add_argument("--rebuild", action="store_true", help="make the counts anew first")
    return parser.parse_args()


def _kept(stack: ExitStack, options: argparse.Namespace) -> str:
    """Return the address of a database in the kept cluster, which runs until the stack closes."""
    server = Postgres(durable=True, kept=options.data / "postgres", settings=SERVER)
    url = stack.enter_context(server).url
    name = database_of(options.size, jury=options.jury)
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


def _pages(house: House, options: argparse.Namespace) -> Any:
    words = [sys.executable, "-m", "tests.bench.live_pages", "--runs", str(options.page_runs)]
    words += ["--rebuild"] if options.rebuild else []
    environment = {**house.environment, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr.decode())
    return json.loads(done.stdout)


def _alternate(house: House, options: argparse.Namespace) -> dict[str, Any]:
    """Let rounds alternate, the first in turn as well; return medians and the ratio of each pair."""
    ways = {"without": ["without"], "with counts": []}
    rounds: dict[str, list[dict[str, float]]] = {name: [] for name in ways}
    for number in range(-1, options.rounds):  # the first, short one warms up
        for name in sorted(ways, reverse=number % 2 == 0):
            seconds = options.seconds if number >= 0 else 3
            result = _round(house, ways[name], seconds, f"{len(name)}{number}")
            say(f"{name}: {result}")
            if number >= 0:
                rounds[name].append(result)
    found: dict[str, Any] = {
        name: {key: round(statistics.median(each[key] for each in ran), 2) for key in ran[0]}
        for name, ran in rounds.items()
    }
    for key in ("cycles_per_second", "submit_ms", "python_cpu_ms"):
        ratios = [
            on[key] / off[key]
            for on, off in zip(rounds["with counts"], rounds["without"], strict=True)
        ]
        found[f"ratio of {key}"] = {
            "median": round(statistics.median(ratios), 3),
            "each": [round(ratio, 3) for ratio in ratios],
        }
    return found


def _round(house: House, way: Sequence[str], seconds: float, name: str) -> dict[str, float]:
    environment = {**house.environment, "PYTHONPATH": str(ROOT)}
    worker = subprocess.Popen(
        [sys.executable, str(ROOT / "manage.py"), "worker"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    stamp = f"{name}-{int(time.time())}"
    words = [sys.executable, str(SUBMITTER), million.SLUG]
    processes = [
        subprocess.Popen(
            [*words, person, str(seconds), stamp, *way],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for person in PEOPLE
    ]
    try:
        for process in processes:
            assert process.stdout is not None
            process.stdout.readline()
        time.sleep(3)  # the worker has started too
        results = [json.loads(each) for each in _answers(processes)]
    finally:
        worker.terminate()
        worker.wait()
    submits = [ms for result in results for ms in result["submits"]]
    return {
        "cycles_per_second": round(len(submits) / seconds, 1),
        "submit_ms": round(statistics.median(submits), 2),
        "submit_p95_ms": round(statistics.quantiles(submits, n=20)[-1], 2),
        "python_cpu_ms": round(sum(each["cpu"] for each in results) * 1000 / len(submits), 2),
        "load": round(os.getloadavg()[0], 1),
    }


def _answers(processes: Sequence[subprocess.Popen[str]]) -> list[str]:
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    return [process.communicate()[0] for process in processes]


if __name__ == "__main__":
    main()
