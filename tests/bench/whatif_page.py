"""The what-if page of a project, and the job it queues where there are many items.

Run with the environment of an instance: python -m tests.bench.whatif_page [--stop]. Prints one JSON
object. With --stop the first job is stopped by the page's button once it is half-way.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import threading
import time
from urllib.parse import parse_qs, urlsplit

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "annotator.config.settings")
django.setup()

from django.conf import settings  # noqa: E402
from django.db import connections  # noqa: E402
from django.test import Client  # noqa: E402

from annotator.accounts.models import Person  # noqa: E402
from annotator.accounts.queries import actor_by_username  # noqa: E402
from annotator.flow import jobs  # noqa: E402
from annotator.flow.tasks import WORK  # noqa: E402
from tests.bench import million  # noqa: E402

ADDRESS = f"/projects/{million.SLUG}/quality/what-if"
WISH = {"policy": "panel", "option-human_floor": "3", "show": "1"}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--stop", action="store_true")
    options = parser.parse_args()
    settings.ALLOWED_HOSTS = ["testserver"]
    client = Client()
    client.force_login(Person.objects.get(username=million.LEAD))
    found: dict[str, object] = {"page": _median(client, WISH)}
    answer = client.post(f"{ADDRESS}/figures", WISH)
    job = parse_qs(urlsplit(answer.headers["Location"]).query).get("job", [""])[0]
    if options.stop:
        found["stopped"] = _stopped(job)
        answer = client.post(f"{ADDRESS}/figures", WISH)
        job = parse_qs(urlsplit(answer.headers["Location"]).query)["job"][0]
    began = time.monotonic()
    jobs.run_waiting(WORK)
    found["job_s"] = round(time.monotonic() - began, 1)
    found["page of its figures"] = _median(client, {"job": job})
    sys.stdout.write(json.dumps(found) + "\n")


def _median(client: Client, query: dict[str, str], runs: int = 5) -> dict[str, float]:
    took, worked = [], []
    for _ in range(runs):
        began, busy = time.perf_counter(), time.process_time()
        answer = client.get(ADDRESS, query)
        if answer.status_code != 200:
            raise RuntimeError(answer.status_code)
        took.append((time.perf_counter() - began) * 1000)
        worked.append((time.process_time() - busy) * 1000)
    return {
        "ms": round(statistics.median(took), 1),
        "python_cpu_ms": round(statistics.median(worked), 1),
    }


def _stopped(job: str) -> dict[str, object]:
    """Stop a job half-way; return how far it was, and how soon it heard."""
    actor = actor_by_username(million.LEAD)
    asked: list[float] = []

    def stop() -> None:
        while True:
            view = jobs.view(actor, job)
            if view.total and view.done * 2 >= view.total:
                break
            time.sleep(0.1)
        jobs.stop(actor, job)
        asked.append(time.monotonic())
        connections.close_all()

    thread = threading.Thread(target=stop)
    thread.start()
    jobs.run_waiting(WORK)
    ended = time.monotonic()
    thread.join()
    view = jobs.view(actor, job)
    waited = round(ended - asked[0], 2)
    return {"state": view.state, "done": view.done, "total": view.total, "seconds": waited}


if __name__ == "__main__":
    main()
