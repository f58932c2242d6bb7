"""A large project on PostgreSQL: labeling in a closed loop over HTTP, and the lead's pages.

Run by hand, not collected:
    python -m tests.bench.bench_million --url postgresql://user@host:port/new_name --items 1000000
creates the database if it is not there, fills it, serves it with `./run serve` (gunicorn 2 x 4) and
prints the figures; --plans FILE keeps the query plans, --json FILE the figures.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

from tests.bench import million
from tests.house import ROOT, House, say

LOOP = Path(__file__).with_name("annotator_loop.py")
ANNOTATORS = 8


def main() -> None:
    """Seed what is missing, measure, print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--url", required=True)
    parser.add_argument("--items", type=int, default=100_000)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seed-only", action="store_true")
    parser.add_argument("--cycles", type=int, default=200)
    parser.add_argument("--page-runs", type=int, default=3, help="0: no pages")
    parser.add_argument("--plans", type=Path)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="concord-bench-") as folder:
        house = House(Path(folder))
        house.environment["DATABASE_URL"] = options.url
        try:
            tokens = _prepare(house, options)
            if not options.seed_only:
                _report(_measure(house, tokens, options), options)
        finally:
            house.close()


def _prepare(house: House, options: argparse.Namespace) -> dict[str, str]:
    """Return the tokens of the project's people by name."""
    fresh = _create(options.url)
    people = dict.fromkeys((*million.FRESH, *million.VETERANS), "annotator")
    if not fresh:
        return house.add_people(million.SLUG, {**people, million.LEAD: "manager"})
    house.manage("migrate")
    house.apply(million.DOCUMENT)
    tokens = house.add_people(million.SLUG, {**people, million.LEAD: "manager"})
    say(json.dumps(million.seed(options.url, options.items)))
    return tokens


def _create(url: str) -> bool:
    """Create the database of an address; False if it is there already."""
    name = urlsplit(url).path.removeprefix("/")
    with psycopg.connect(url.removesuffix(name) + "postgres", autocommit=True) as connection:
        if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            return False
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return True


def _measure(house: House, tokens: dict[str, str], options: argparse.Namespace) -> dict[str, Any]:
    found: dict[str, Any] = {"items": options.items, "load_before": os.getloadavg()[0]}
    lead = ["--plans", str(options.plans)] if options.plans else []
    if options.page_runs:
        lead += ["--lead", million.LEAD, "--page-runs", str(options.page_runs)]
    for name, people, more in (
        ("fresh", million.FRESH, lead),
        ("veterans", million.VETERANS, []),
    ):
        words = [*more, "--cycles", str(options.cycles)]
        found[f"in process, {name}"] = _in_process(house, people, words)
    where = urlsplit(house.serve()).netloc
    crowds = {"fresh": million.FRESH, "veterans": million.VETERANS}
    rates: dict[str, list[dict[str, float]]] = {name: [] for name in crowds}
    for number in range(-1, options.rounds):  # the first, short round warms up
        for name, people in crowds.items():
            seconds = options.seconds if number >= 0 else 3
            before = _cpu(house, options.url)
            result = _loops(where, [tokens[person] for person in people], seconds)
            cycles = result.pop("cycles") or 1
            spent = {each: value - before[each] for each, value in _cpu(house, options.url).items()}
            result |= {f"{each}_cpu_ms": value / cycles for each, value in spent.items()}
            say(f"{name}: {result}")
            if number >= 0:
                rates[name].append(result)
    for name, rounds in rates.items():
        found[f"http, {name}"] = {
            key: round(statistics.median(each[key] for each in rounds), 1) for key in rounds[0]
        }
    if options.page_runs:
        found["pages over http, ms"] = _pages(where, tokens[million.LEAD], options.page_runs)
    return found


def _in_process(house: House, people: Sequence[str], more: Sequence[str]) -> Any:
    words = [sys.executable, "-m", "tests.bench.in_process", "--people", ",".join(people), *more]
    environment = {**house.environment, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr.decode())
    return json.loads(done.stdout)


def _loops(where: str, tokens: Sequence[str], seconds: float) -> dict[str, float]:
    """Let annotators loop as processes; return cycles per second and medians in ms."""
    words = [sys.executable, "-S", str(LOOP), where]
    began = time.monotonic()
    processes = [
        subprocess.Popen(
            [*words, token, million.SLUG, str(seconds), f"{number}-{int(began)}"],
            stdout=subprocess.PIPE,
        )
        for number, token in enumerate(tokens)
    ]
    results = [json.loads(process.communicate()[0]) for process in processes]
    leases = [ms for result in results for ms in result["leases"]]
    submits = [ms for result in results for ms in result["submits"]]
    return {
        "cycles": len(submits),
        "cycles_per_second": round(len(submits) / seconds, 1),
        "lease_ms": round(statistics.median(leases), 1),
        "submit_ms": round(statistics.median(submits), 1),
        "submit_p95_ms": round(statistics.quantiles(submits, n=20)[-1], 1),
        "load": round(os.getloadavg()[0], 1),
    }


def _cpu(house: House, url: str) -> dict[str, float]:
    """Return the processor's milliseconds of web and database processes so far."""
    name = urlsplit(url).path.removeprefix("/")
    database = []
    for folder in Path("/proc").iterdir():
        try:
            line = (folder / "cmdline").read_bytes() if folder.name.isdigit() else b""
        except OSError:
            continue
        if line.startswith(b"postgres: ") and f" {name} ".encode() in line:
            database.append(int(folder.name))
    return {"web": _spent(house.pids("gunicorn")), "database": _spent(database)}


def _spent(pids: Sequence[int]) -> float:
    ticks = 0
    for pid in pids:
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        ticks += int(fields[11]) + int(fields[12])
    return ticks * 1000 / os.sysconf("SC_CLK_TCK")


def _pages(where: str, token: str, runs: int) -> dict[str, float]:
    connection = http.client.HTTPConnection(where)
    found = {}
    for path in ("progress", "units", "units?state=settled", "units?state=adjudicate"):
        took = []
        for _ in range(runs):
            began = time.perf_counter()
            connection.request(
                "GET",
                f"/api/v1/projects/{million.SLUG}/{path}",
                headers={"Authorization": f"Bearer {token}"},
            )
            answer = connection.getresponse()
            text = answer.read()
            if answer.status != 200:
                raise RuntimeError(path, answer.status, text[:300])
            took.append((time.perf_counter() - began) * 1000)
        found[path] = round(statistics.median(took), 1)
    return found


def _report(found: dict[str, Any], options: argparse.Namespace) -> None:
    found["load_after"] = os.getloadavg()[0]
    text = json.dumps(found, indent=1)
    if options.json:
        options.json.write_text(text + "\n", encoding="utf-8")
    sys.stdout.write(text + "\n")


if __name__ == "__main__":
    main()
