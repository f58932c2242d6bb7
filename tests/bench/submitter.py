"""One annotator in a closed loop in a process of their own: claim, submit, again.

Run with the environment of an instance and the tree to measure on PYTHONPATH:
python submitter.py PROJECT PERSON SECONDS NAME [without]. Waits for a line on stdin, then prints one
JSON object: cycles, the milliseconds of each submit, processor seconds. `without`: submits tell
nothing to the counts behind agreement, as if the product had none.
"""

from __future__ import annotations

import json
import os
import sys
import time

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "annotator.config.settings")
django.setup()

from annotator.accounts.queries import actor_by_username  # noqa: E402
from annotator.flow import labeling  # noqa: E402
from annotator.flow.labeling import Submission  # noqa: E402
from annotator.quality import counts  # noqa: E402

ANSWERS = (
    {"safety": "safe"},
    {"safety": "safe"},
    {"safety": "needs_caution"},
    {"safety": "unsafe", "categories": ["harassment", "threat"]},
)


def main() -> None:
    """Loop and print."""
    _, project, person, seconds, name, *without = sys.argv
    if without:
        counts.append = lambda project_id, changes: None
    actor = actor_by_username(person)
    labeling.held(actor, project)  # connected, and the project is read
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    took: list[float] = []
    worked, end = time.process_time(), time.monotonic() + float(seconds)
    while time.monotonic() < end:
        item = labeling.claim(actor, project)
        if item is None:
            break
        answer = ANSWERS[len(took) % len(ANSWERS)]
        began = time.perf_counter()
        labeling.submit(
            actor,
            item.assignment,
            lease=item.lease,
            key=f"{name}-{item.assignment}"[:64],
            submission=Submission(verdicts={t.key: answer for t in item.targets if t.asked}),
        )
        took.append((time.perf_counter() - began) * 1000)
    worked = time.process_time() - worked
    sys.stdout.write(json.dumps({"cycles": len(took), "submits": took, "cpu": worked}) + "\n")


if __name__ == "__main__":
    main()
