"""Large projects on PostgreSQL: labeling in a closed loop over HTTP, and the lead's pages.

Run by hand, not collected; one command prints all figures:
    python -m tests.bench.bench_million --data FOLDER [--plans FILE] [--json FILE]
keeps a PostgreSQL of its own in FOLDER and in it a database for each size, seeded when it is not
there and used again when it is (with --jury others, where three jurors have answered all); each is
served with `./run serve` (gunicorn 2 x 4). The sizes are measured by turns in one run, so that their
ratio is that of one machine in one hour. On a machine that has other work it refuses, or with
--in-company marks each figure.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

from tests.bench import machine, million, million_jury
from tests.bench.figures import http_pages, medians, ratios, rounds_of, table
from tests.house import ROOT, House, say
from tests.services.postgres import Postgres

SERVER: Final = {
    "shared_buffers": "2GB",
    "max_wal_size": "8GB",
    "checkpoint_timeout": "15min",
    "deadlock_timeout": "1s",
}
SEEDING: Final = {
    **SERVER,
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "autovacuum": "off",
    "maintenance_work_mem": "1GB",
}
CROWDS: Final = {"new people": million.FRESH, "veterans": million.VETERANS}


def main() -> None:
    """Seed what is missing, measure, print."""
    options = _options()
    with ExitStack() as stack:
        sizes = [int(size) for size in options.sizes.split(",")]
        if options.data:
            _seed_kept(options.data, sizes, jury=options.jury)
            server = Postgres(durable=True, kept=options.data / "postgres", settings=SERVER)
            url = stack.enter_context(server).url
        else:
            url = options.url
        places = {size: Place(stack, url, size, jury=options.jury) for size in sizes}
        if not options.seed_only:
            _report(_measure(places, options), options)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--data", type=Path, help="a folder of its own, kept between runs")
    where.add_argument("--url", help="a server's maintenance database, instead of one's own")
    parser.add_argument("--sizes", default="100000,1000000")
    parser.add_argument("--jury", action="store_true", help="three jurors have answered all")
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--cycles", type=int, default=200)
    parser.add_argument("--page-runs", type=int, default=5, help="0: no pages")
    parser.add_argument("--seed-only", action="store_true")
    parser.add_argument("--in-company", action="store_true", help="measure a busy machine too")
    parser.add_argument("--plans", type=Path, help="keep the largest size's query plans here")
    parser.add_argument("--json", type=Path)
    return parser.parse_args()


def _seed_kept(folder: Path, sizes: Sequence[int], *, jury: bool) -> None:
    """Seed the sizes that a kept cluster lacks, with a server that is in no hurry to be safe."""
    marks = {size: folder / f"seeded-{database_of(size, jury=jury)}" for size in sizes}
    missing = [size for size, mark in marks.items() if not mark.exists()]
    if not missing:
        return
    with ExitStack() as stack:
        server = Postgres(kept=folder / "postgres", settings=SEEDING)
        url = stack.enter_context(server).url
        for size in missing:
            _drop(url, database_of(size, jury=jury))
            Place(stack, url, size, jury=jury)
            marks[size].touch()


def database_of(size: int, *, jury: bool) -> str:
    """Return the name of the database of a size."""
    return f"million_jury_{size}" if jury else f"million_{size}"


def _drop(url: str, database: str) -> None:
    """Remove what an interrupted seeding left."""
    with psycopg.connect(url, autocommit=True) as connection:
        drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
        connection.execute(drop.format(sql.Identifier(database)))


class Place:
    """A project of one size, its house, and the tokens of its people."""

    def __init__(self, stack: ExitStack, url: str, size: int, *, jury: bool = False) -> None:
        self.size = size
        self.database = database_of(size, jury=jury)
        address = urlunsplit(urlsplit(url)._replace(path=f"/{self.database}"))
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="concord-bench-"))
        self.house = House(Path(folder))
        stack.callback(self.house.close)
        self.house.environment |= {"DATABASE_URL": address, "SWEEP_SECONDS": "15"}
        self.where = ""
        people = dict.fromkeys((*million.FRESH, *million.VETERANS), "annotator")
        people |= {million.LEAD: "manager"}
        fresh = self._create(url)
        with psycopg.connect(address) as connection:
            self._postmaster = machine.parent(connection.info.backend_pid)
        self.house.manage("migrate")
        if fresh:
            self.house.apply(million.DOCUMENT + (million_jury.DOCUMENT if jury else ""))
        self._tokens = self.house.add_people(million.SLUG, people)
        if fresh:
            say(json.dumps(million.seed(address, size, jury=jury)))
            self.house.manage("recount", "--project", million.SLUG)
        million.remember_sessions(address)

    @property
    def tokens(self) -> Mapping[str, str]:
        """The tokens of the project's people by name."""
        return self._tokens

    def _create(self, url: str) -> bool:
        """Create the database; False if it is there already."""
        with psycopg.connect(url, autocommit=True) as connection:
            known = "SELECT 1 FROM pg_database WHERE datname = %s"
            if connection.execute(known, [self.database]).fetchone():
                return False
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(self.database)))
            return True

    def in_process(self, people: Sequence[str], more: Sequence[str]) -> Any:
        """Run the labeling door and the lead's pages in one process."""
        words = [sys.executable, "-m", "tests.bench.in_process", "--people", ",".join(people)]
        environment = {**self.house.environment, "PYTHONPATH": str(ROOT)}
        done = subprocess.run(
            [*words, *more], cwd=ROOT, env=environment, capture_output=True, check=False
        )
        if done.returncode:
            raise RuntimeError(done.stderr.decode())
        return json.loads(done.stdout)

    def serve(self) -> None:
        """Start web and jury."""
        self.where = urlsplit(self.house.serve()).netloc

    def spent(self) -> dict[str, float]:
        """Return the processor's milliseconds so far of web and of the whole database server."""
        return {
            "web": machine.spent_ms(self.house.pids("gunicorn")),
            "database": machine.family_ms(self._postmaster),
        }


def _lead_words(options: argparse.Namespace, plans: Path | None) -> list[str]:
    """Return what makes the process call the lead's pages, and keep plans."""
    words = ["--plans", str(plans.absolute())] if plans else []
    if options.page_runs:
        words += ["--lead", million.LEAD, "--page-runs", str(options.page_runs)]
    return words


def _measure(places: dict[int, Place], options: argparse.Namespace) -> dict[str, Any]:
    found: dict[str, Any] = {"load_before": os.getloadavg()[0], "company": machine.company()}
    if found["company"] > machine.QUIET_CORES and not options.in_company:
        message = (
            f"{found['company']:.2f} processors are busy with other work: wait, or --in-company"
        )
        raise SystemExit(message)
    for size, place in places.items():
        plans = options.plans if size == max(places) else None
        for crowd, people in CROWDS.items():
            lead = _lead_words(options, plans) if crowd == "new people" else []
            words = ["--cycles", str(options.cycles), *lead]
            found[f"{size}, {crowd}, in one process"] = place.in_process(people, words)
    for place in places.values():
        place.serve()
    turns = [(place, crowd) for place in places.values() for crowd in CROWDS]
    rates = rounds_of(turns, CROWDS, seconds=options.seconds, rounds=options.rounds)
    for (size, crowd), each in rates.items():
        found[f"{size}, {crowd}, over HTTP"] = medians(each)
    found["ratios"] = ratios(rates)
    if options.page_runs:
        for size, place in places.items():
            pages = http_pages(place.where, place.tokens[million.LEAD], options.page_runs)
            found[f"{size}, pages over HTTP, ms"] = pages
    return found


def _report(found: dict[str, Any], options: argparse.Namespace) -> None:
    found["load_after"] = os.getloadavg()[0]
    text = json.dumps(found, indent=1)
    if options.json:
        options.json.write_text(text + "\n", encoding="utf-8")
    sys.stdout.write(f"{text}\n\n{table(found)}\n")


if __name__ == "__main__":
    main()
