"""Agreement, progress and overview of a large project: milliseconds, a vote before each request.

Run with the environment of an instance: python -m tests.bench.live_pages --runs N [--rebuild].
Prints one JSON object. The votes make sure that no request finds the tables of the one before.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import time
from urllib.parse import urlencode

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "annotator.config.settings")
django.setup()

from django.conf import settings  # noqa: E402
from django.db.models import Count  # noqa: E402
from django.test import Client  # noqa: E402

from annotator.accounts.models import Person  # noqa: E402
from annotator.accounts.queries import actor_by_username  # noqa: E402
from annotator.catalog.queries import ProjectView, project_by_slug  # noqa: E402
from annotator.quality import counts, shelves  # noqa: E402
from annotator.quality.models import PatternCount, PatternDelta, StoredFigure  # noqa: E402
from annotator.quality.queries.figures import everything  # noqa: E402
from annotator.quality.queries.intervals import every_interval  # noqa: E402
from tests.bench import million  # noqa: E402
from tests.bench.in_process import cycle  # noqa: E402

LEVELS = ("verdict", "harassment", "core", "fine", "fine_only")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=40)
    parser.add_argument("--rebuild", action="store_true")
    options = parser.parse_args()
    project = project_by_slug(million.SLUG)
    found = _prepared(project, rebuild=options.rebuild)
    settings.ALLOWED_HOSTS = ["testserver"]
    client = Client()
    client.force_login(Person.objects.get(username=million.LEAD))
    base = f"/projects/{million.SLUG}"
    for level in LEVELS:
        for name, path, more in (
            ("page", f"{base}/quality", {"who": "people"}),
            ("page with jury", f"{base}/quality", {"who": "jury"}),
            ("api", f"/api/v1{base}/agreement", {}),
        ):
            query = urlencode({"target": "prompt", "level": level, **more})
            found[f"{name}, {level}"] = _timed(client, f"{path}?{query}", options.runs)
    for name, path in (("progress", f"/api/v1{base}/progress"), ("overview", base)):
        found[name] = _timed(client, path, options.runs)
    found["behind_ms"] = _behind(client, f"/api/v1{base}/agreement?target=prompt")
    found["pending"] = PatternDelta.objects.filter(project=project.id).count()
    sys.stdout.write(json.dumps(found) + "\n")


def _prepared(project: ProjectView, *, rebuild: bool) -> dict[str, object]:
    """See that counts and figures are there; return what that took, and how large they are."""
    found: dict[str, object] = {}
    if rebuild:
        began = time.monotonic()
        counts.rebuild(project)
        found["rebuild_s"] = round(time.monotonic() - began, 1)
    while counts.fold(project):
        pass
    if not StoredFigure.objects.filter(project=project.id, name="raters").exists():
        began = time.monotonic()
        shelves.store(project.id, everything(project))
        found["figures_s"] = round(time.monotonic() - began, 1)
    began = time.monotonic()
    shelves.store(project.id, every_interval(project), "intervals")
    found["intervals_s"] = round(time.monotonic() - began, 1)
    whole = PatternCount.objects.filter(project=project.id, part="", population="all")
    largest = whole.values("target", "level").annotate(n=Count("pk")).order_by("-n")
    found["rows of counts"] = PatternCount.objects.filter(project=project.id).count()
    found["patterns of the largest table"] = largest[0]["n"]
    return found


def _behind(client: Client, address: str) -> float:
    """Return after how long at most, of ten votes, the agreement's labels tell of one."""
    actor, number = actor_by_username(million.FRESH[0]), time.time_ns()
    slowest = 0.0
    for run in range(10):
        before = client.get(address).json()["labels"]
        cycle(actor, million.SLUG, number + run)
        voted = time.perf_counter()
        while client.get(address).json()["labels"] <= before:
            time.sleep(0.01)
        slowest = max(slowest, time.perf_counter() - voted)
    return round(slowest * 1000, 1)


def _timed(client: Client, address: str, runs: int) -> dict[str, float]:
    """Return the milliseconds of an address; somebody votes before each request."""
    actor, number = actor_by_username(million.FRESH[0]), time.time_ns()
    took, worked = [], []
    for run in range(-2, runs):
        cycle(actor, million.SLUG, number + run)
        began, busy = time.perf_counter(), time.process_time()
        answer = client.get(address)
        if answer.status_code != 200:
            raise RuntimeError(address, answer.status_code)
        if run >= 0:
            took.append((time.perf_counter() - began) * 1000)
            worked.append((time.process_time() - busy) * 1000)
    return {
        "python_cpu_ms": round(statistics.median(worked), 1),
        "p50_ms": round(statistics.median(took), 1),
        "p95_ms": round(statistics.quantiles(took, n=20)[-1], 1),
    }


if __name__ == "__main__":
    main()
