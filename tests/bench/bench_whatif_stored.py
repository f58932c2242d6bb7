"""What-if on a stored project of many units, on PostgreSQL: seconds, peak memory, the page. By hand:

    python -m tests.bench.bench_whatif_stored [--items 100000] [--small 250]

A server of its own; both projects are seeded by SQL. Of an item's units seven in ten have three
people's votes. The large one is previewed by the command and by the job that the page queues, which
is stopped once half-way; the small one, the largest that the page previews at once, by the page.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from typing import Any, Final

from tests.bench import million
from tests.bench.bench_million import SERVER, Place
from tests.house import ROOT, RUN, House, say
from tests.services.postgres import Postgres

WISH: Final = ("--policy", "panel", "--option", "human_floor=3")
MEGABYTE: Final = 1024


def main() -> None:
    """Seed, measure, print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--items", type=int, default=100_000)
    parser.add_argument("--small", type=int, default=250)
    options = parser.parse_args()
    found: dict[str, Any] = {"load_before": os.getloadavg()[0]}
    with ExitStack() as stack:
        url = stack.enter_context(Postgres(settings=SERVER)).url
        large, small = (Place(stack, url, size) for size in (options.items, options.small))
        for place in (large, small):
            place.house.manage("collectstatic", "--noinput")
        found["one policy"] = preview(large.house)
        found["and thirteen prices"] = preview(large.house, "--prices")
        for name, place in (("small", small), ("large", large)):
            found[name] = _in_process(place.house, stop=name == "large")
    found["load_after"] = os.getloadavg()[0]
    sys.stdout.write(json.dumps(found, indent=1) + "\n")


def preview(house: House, *more: str) -> dict[str, object]:
    """Return what the command took: it is a process of its own, so that its peak is its own."""
    with tempfile.TemporaryFile("w+") as out:
        words = [*RUN, "manage", "whatif", "--project", million.SLUG, *WISH, *more, "--json"]
        began = time.monotonic()
        process = subprocess.Popen(words, env=house.environment, stdout=out, text=True)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.monotonic() - began
        out.seek(0)
        report = json.loads(out.read().strip().splitlines()[-1])
    three = sum(row["units"] for row in report["rows"] if sum(row["votes"].values()) >= 3)
    found = {
        "units": report["units"],
        "with three votes": three,
        "rows": len(report["rows"]),
        "seconds": round(seconds, 1),
        "cpu_seconds": round(used.ru_utime + used.ru_stime, 1),
        "peak_mb": round(used.ru_maxrss / MEGABYTE),
    }
    say(json.dumps(found))
    return found


def _in_process(house: House, *, stop: bool) -> object:
    words = [sys.executable, "-m", "tests.bench.whatif_page", *(["--stop"] if stop else [])]
    environment = {**house.environment, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        words, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=True
    )
    say(done.stdout.strip())
    return json.loads(done.stdout)


if __name__ == "__main__":
    main()
