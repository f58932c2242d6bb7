"""One veteran's answers on a large project set aside and lifted, on PostgreSQL. By hand:

    python -m tests.bench.bench_asides [--items 50000] [--small 2200]

A server of its own; both projects are seeded by SQL. Of each, one person's answers on nine tenths of
the items are previewed, set aside (what a request waits for), decided again by the run, and lifted.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import django

from tests.bench import million
from tests.bench.bench_million import SERVER, Place
from tests.house import ROOT, say
from tests.services.postgres import Postgres


def main() -> None:
    """Seed, measure, print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--items", type=int, default=50_000)
    parser.add_argument("--small", type=int, default=2_200)
    parser.add_argument("--inner", action="store_true", help="measure the project that is there")
    options = parser.parse_args()
    if options.inner:
        _inner()
        return
    found: dict[str, Any] = {"load_before": os.getloadavg()[0]}
    with ExitStack() as stack:
        url = stack.enter_context(Postgres(settings=SERVER)).url
        for size in (options.small, options.items):
            place = Place(stack, url, size)
            words = [sys.executable, "-m", "tests.bench.bench_asides", "--inner"]
            environment = {**place.house.environment, "PYTHONPATH": str(ROOT)}
            environment["DJANGO_SETTINGS_MODULE"] = "annotator.config.settings"
            done = subprocess.run(
                words, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=True
            )
            found[f"{size} items"] = json.loads(done.stdout)
            say(done.stdout.strip())
    found["load_after"] = os.getloadavg()[0]
    sys.stdout.write(json.dumps(found, indent=1) + "\n")


def _inner() -> None:
    """Measure in this process, whose environment names the database."""
    django.setup()
    from annotator.catalog.models import Membership  # noqa: PLC0415 - only after the set-up
    from annotator.catalog.queries import project_by_slug  # noqa: PLC0415
    from annotator.flow import asides  # noqa: PLC0415
    from annotator.flow.aside_preview import preview  # noqa: PLC0415
    from annotator.flow.aside_wish import Choice, grounds_of, wanted_of  # noqa: PLC0415

    project = project_by_slug(million.SLUG)
    member = Membership.objects.get(person__username=million.VETERANS[0], project=project.id)
    wanted = wanted_of(project, Choice(person=member.pseudonym))
    grounds = grounds_of("other", "A measurement.")
    took: dict[str, object] = {}

    def timed(name: str, act: Callable[[], Any]) -> Any:
        began = time.monotonic()
        result = act()
        took[name] = round(time.monotonic() - began, 2)
        return result

    seen = timed("preview, s", lambda: preview(project, wanted))
    took |= {"answers": seen.covered.answers, "items": seen.covered.items}
    took["every decision taken as if"] = seen.effect is not None
    run = timed("made, s", lambda: asides.begin(project, wanted, grounds))
    counts = timed("decided again, s", lambda: asides.carry_on(run.pk))
    took["run"] = dict(counts)
    public_id = run.set_aside.public_id
    lifting = timed("lifted, s", lambda: asides.begin_lifting(project, public_id))
    back = timed("decided again after lifting, s", lambda: asides.carry_on(lifting.pk))
    took["lifting"] = dict(back)
    took["peak_mb"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    sys.stdout.write(json.dumps(took) + "\n")


if __name__ == "__main__":
    main()
