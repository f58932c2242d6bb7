"""Rounds of closed loops over HTTP, and what is told of them."""

from __future__ import annotations

import http.client
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Protocol

from tests.bench import machine, million
from tests.house import say

LOOP: Final = Path(__file__).with_name("annotator_loop.py")
WARM_SECONDS: Final = 5.0
COLUMNS: Final = (
    "cycles_per_second",
    "lease_ms",
    "submit_ms",
    "submit_p95_ms",
    "web_cpu_ms",
    "database_cpu_ms",
    "client_cpu_ms",
    "other_cores",
)
Round = dict[str, float]


class Served(Protocol):
    """A project of one size, served."""

    size: int
    where: str

    @property
    def tokens(self) -> Mapping[str, str]:
        """The tokens of the project's people."""
        ...

    def spent(self) -> dict[str, float]:
        """Return the processor's milliseconds so far, by what used them."""
        ...


def rounds_of(
    turns: Sequence[tuple[Served, str]],
    crowds: Mapping[str, Sequence[str]],
    *,
    seconds: float,
    rounds: int,
) -> dict[tuple[int, str], list[Round]]:
    """Let all take turns, `rounds` times; the first, short time only warms up."""
    found: dict[tuple[int, str], list[Round]] = {}
    for number in range(-1, rounds):
        for place, crowd in turns:
            once = _round(place, crowds[crowd], WARM_SECONDS if number < 0 else seconds)
            say(f"{place.size} {crowd}: {json.dumps(once)}")
            if number >= 0:
                found.setdefault((place.size, crowd), []).append(once)
    return found


def _round(place: Served, people: Sequence[str], seconds: float) -> Round:
    """Let people loop; return cycles per second, medians in ms, and CPU a cycle."""
    before, busy = place.spent(), machine.busy_ms()
    began = time.monotonic()
    words = [sys.executable, "-S", str(LOOP), place.where, million.SLUG, str(seconds)]
    done = subprocess.run(
        [*words, f"{int(time.time() * 1000)}"],
        input="\n".join(place.tokens[name] for name in people),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    result = json.loads(done.stdout)
    took = time.monotonic() - began
    spent = {name: value - before[name] for name, value in place.spent().items()}
    spent["client"] = result["cpu_ms"]
    others = (machine.busy_ms() - busy - sum(spent.values())) / (took * 1000)
    cycles = result["cycles"] or 1
    return {
        "cycles_per_second": round(cycles / seconds, 1),
        "lease_ms": round(statistics.median(result["leases"]), 1),
        "submit_ms": round(statistics.median(result["submits"]), 1),
        "submit_p95_ms": round(statistics.quantiles(result["submits"], n=20)[-1], 1),
        **{f"{name}_cpu_ms": round(value / cycles, 2) for name, value in spent.items()},
        "other_cores": round(others, 2),
        "load": round(os.getloadavg()[0], 1),
    }


def medians(rounds: Sequence[Round]) -> dict[str, object]:
    """Return the median of each figure, each round's rate, and whether there was company."""
    found: dict[str, object] = {
        key: round(statistics.median(each[key] for each in rounds), 2) for key in rounds[0]
    }
    found["rates"] = [each["cycles_per_second"] for each in rounds]
    found["in_company"] = any(each["other_cores"] > 2 * machine.QUIET_CORES for each in rounds)
    return found


def ratios(rates: Mapping[tuple[int, str], Sequence[Round]]) -> dict[str, float]:
    """Return the rates of the largest size and of veterans, over those of the smallest and new."""
    by_key = {
        key: statistics.median(each["cycles_per_second"] for each in rounds)
        for key, rounds in rates.items()
    }
    smallest, largest = (choose(size for size, _ in by_key) for choose in (min, max))
    found = {}
    for crowd in dict.fromkeys(crowd for _, crowd in by_key):
        rate = by_key[largest, crowd] / by_key[smallest, crowd]
        found[f"{largest} to {smallest}, {crowd}"] = round(rate, 2)
    for size in dict.fromkeys(size for size, _ in by_key):
        rate = by_key[size, "veterans"] / by_key[size, "new people"]
        found[f"veterans to new people, {size}"] = round(rate, 2)
    return found


def http_pages(where: str, token: str, runs: int) -> dict[str, float]:
    """Return the median milliseconds of the lead's calls."""
    connection = http.client.HTTPConnection(where)
    headers = {"Authorization": f"Bearer {token}"}
    found = {}
    for path in ("progress", "units", "units?state=settled", "units?state=adjudicate"):
        took = []
        for _ in range(runs):
            began = time.perf_counter()
            connection.request("GET", f"/api/v1/projects/{million.SLUG}/{path}", headers=headers)
            answer = connection.getresponse()
            text = answer.read()
            if answer.status != 200:
                raise RuntimeError(path, answer.status, text[:300])
            took.append((time.perf_counter() - began) * 1000)
        found[path] = round(statistics.median(took), 1)
    return found


def table(found: Mapping[str, Any]) -> str:
    """Return the rates as a table of Markdown, ratios and pages below it."""
    lines = [f"| | {' | '.join(COLUMNS)} |", f"|---{'|---' * len(COLUMNS)}|"]
    for name, values in found.items():
        if name.endswith("over HTTP"):
            mark = " (in company)" if values["in_company"] else ""
            cells = " | ".join(str(values[column]) for column in COLUMNS)
            lines.append(f"| {name}{mark} | {cells} |")
    for name, values in found.items():
        pages = values.get("pages") if name.endswith("one process") else None
        if name == "ratios" or "pages over HTTP" in name:
            lines.append(f"{name}: {json.dumps(values)}")
        elif pages:
            lines.append(f"{name}, pages, ms: {json.dumps(pages)}")
    return "\n".join(lines)
