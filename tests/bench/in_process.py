"""The labeling door and the lead's pages called in one process: rates, queries, query plans.

Run with the environment of an instance: python -m tests.bench.in_process --people a,b --cycles N
[--plans FILE]. Prints one JSON object.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "annotator.config.settings")
django.setup()

from django.db import connection, transaction  # noqa: E402
from django.db.models import Max, Min  # noqa: E402

from annotator.accounts.queries import Actor, actor_by_username  # noqa: E402
from annotator.flow import items, labeling, lead, overview  # noqa: E402
from annotator.flow.labeling import Submission  # noqa: E402
from annotator.intake.models import Item  # noqa: E402

EXPLAIN = "EXPLAIN (ANALYZE, BUFFERS) "


class Watch:
    """Counts statements; with `plans` it also explains each kind of statement once."""

    def __init__(self, *, plans: bool) -> None:
        self.count = 0
        self.plans: dict[str, str] | None = {} if plans else None

    def __call__(
        self, execute: Callable[..., Any], query: str, values: Any, many: Any, context: Any
    ) -> Any:
        """Run a statement; saving points count like any other round trip."""
        self.count += 1
        kind = re.sub(r'"s\d+_x\d+"', '"s"', query)
        plain = query.lstrip("( ").startswith(("SELECT", "UPDATE", "INSERT", "DELETE", "WITH"))
        if self.plans is not None and plain and kind not in self.plans:
            self.plans[kind] = explained(query, values)
        return execute(query, values, many, context)


def explained(query: str, values: object) -> str:
    """Return a statement's plan, run for real and undone."""
    raw = connection.connection.cursor()
    raw.execute("BEGIN" if not connection.in_atomic_block else "SAVEPOINT explain")
    try:
        raw.execute(EXPLAIN + query, values)
        return "\n".join(str(row[0]) for row in raw.fetchall())
    finally:
        raw.execute(
            "ROLLBACK" if not connection.in_atomic_block else "ROLLBACK TO SAVEPOINT explain"
        )


@contextmanager
def watched(watch: Watch) -> Iterator[None]:
    """Let a watch see every statement."""
    with connection.execute_wrapper(watch):
        yield


def cycle(actor: Actor, project: str, number: int) -> tuple[float, float]:
    """Claim and submit once; return the milliseconds of both."""
    began = time.perf_counter()
    item = labeling.claim(actor, project)
    claimed = time.perf_counter()
    if item is None:
        raise LookupError("nothing is left")
    asked = [target.key for target in item.targets if target.asked]
    labeling.submit(
        actor,
        item.assignment,
        lease=item.lease,
        key=f"in-{number}-{item.assignment}"[:64],
        submission=Submission(
            verdicts={target: {"safety": "safe"} for target in asked}, seconds=12.5
        ),
    )
    done = time.perf_counter()
    return (claimed - began) * 1000, (done - claimed) * 1000


def middle(project: str) -> tuple[str, str]:
    """Return where a list of units, and one of items, is half over."""
    rows = Item.objects.filter(project__slug=project)
    ends = rows.aggregate(first=Min("pk"), last=Max("pk"))
    item = rows.filter(pk__gte=(ends["first"] + ends["last"]) // 2).order_by("pk")[0]
    return f"{item.public_id}:prompt", item.public_id


def pages(lead_actor: Actor, project: str) -> dict[str, Callable[[], object]]:
    """Return the lead's pages by name."""
    unit, item = middle(project)
    return {
        "progress": lambda: overview.progress(lead_actor, project),
        "units, first page": lambda: overview.unit_list(lead_actor, project),
        "units, settled": lambda: overview.unit_list(lead_actor, project, state="settled"),
        "units, to adjudicate": lambda: overview.unit_list(lead_actor, project, state="adjudicate"),
        "units, half way": lambda: overview.unit_list(lead_actor, project, after=unit),
        "units, settled, half way": lambda: overview.unit_list(
            lead_actor, project, state="settled", after=unit
        ),
        "items, first page": lambda: items.items_list(lead_actor, project),
        "items, half way": lambda: items.items_list(lead_actor, project, cursor=item),
        "items, with the lead": lambda: items.items_list(lead_actor, project, state="with_lead"),
        "overview": lambda: lead.glance(lead_actor, project),
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--project", default="million")
    parser.add_argument("--people", default="fresh1,fresh2")
    parser.add_argument("--cycles", type=int, default=200)
    parser.add_argument("--plans", type=Path)
    parser.add_argument("--lead")
    parser.add_argument("--page-runs", type=int, default=3)
    options = parser.parse_args()
    found: dict[str, object] = {}
    plans: list[str] = []
    actors = [actor_by_username(name) for name in options.people.split(",")]
    watch = Watch(plans=options.plans is not None)
    if options.plans:
        with watched(watch):
            cycle(actors[0], options.project, -1)
        plans += _section("claim and submit", watch)
    found |= _cycles(actors, options)
    if options.lead:
        found["pages"] = _pages(actor_by_username(options.lead), options, plans)
    if options.plans:
        options.plans.write_text("\n".join(plans), encoding="utf-8")
    sys.stdout.write(json.dumps(found) + "\n")


def _cycles(actors: list[Actor], options: argparse.Namespace) -> dict[str, object]:
    watch = Watch(plans=False)
    took = []
    computed = 0.0
    for number in range(-20, options.cycles):  # the first twenty warm caches
        actor = actors[number % len(actors)]
        if number < 0:
            cycle(actor, options.project, number)
            continue
        began = time.process_time()
        with watched(watch):
            took.append(cycle(actor, options.project, number))
        computed += time.process_time() - began
    claims, submits = zip(*took, strict=True)
    return {
        "cycles_per_second": round(len(took) / (sum(claims) + sum(submits)) * 1000, 1),
        "claim_ms": round(statistics.median(claims), 2),
        "submit_ms": round(statistics.median(submits), 2),
        "python_cpu_ms_per_cycle": round(computed / len(took) * 1000, 1),
        "queries_per_cycle": round(watch.count / len(took), 1),
    }


def _pages(actor: Actor, options: argparse.Namespace, plans: list[str]) -> dict[str, object]:
    found: dict[str, object] = {}
    for name, page in pages(actor, options.project).items():
        took = []
        for _ in range(options.page_runs):
            began = time.perf_counter()
            page()
            took.append((time.perf_counter() - began) * 1000)
        found[name] = round(statistics.median(took), 1)
        if options.plans:
            watch = Watch(plans=True)
            with transaction.atomic(), watched(watch):
                page()
            plans += _section(name, watch)
    return found


def _section(title: str, watch: Watch) -> list[str]:
    lines = [f"== {title}: {watch.count} statements ==", ""]
    for query, plan in (watch.plans or {}).items():
        lines += [query, plan, ""]
    return lines


if __name__ == "__main__":
    main()
