"""A manager in a hurry: puts policies into force and rolls them back until a file appears.

Each line of the ledger tells what came of it: applied, rolled back, or refused and why.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import django

from annotator.config.celery import app

POLICIES = (
    ("majority", {"min_share": 1.0, "max_votes": 7}),
    ("panel", {"cost": 0.05, "random_share": 0.1, "max_votes": 9}),
    ("low_agreement", {"max_votes": 5}),
    ("majority", {"min_share": 0.67, "max_votes": 3}),
)
BATCH = 7


def main() -> None:
    """Change the policy again and again, in small batches, so that they meet the submits."""
    until, ledger = Path(sys.argv[1]), Path(sys.argv[2])
    app.set_default()
    django.setup()
    # After the set-up: these read the settings.
    from annotator.catalog.queries import project_by_slug  # noqa: PLC0415
    from annotator.core.errors import Conflict  # noqa: PLC0415
    from annotator.flow import redecide  # noqa: PLC0415
    from annotator.flow.whatif import wish  # noqa: PLC0415

    turn = 0
    with ledger.open("a", buffering=1) as file:
        while not until.exists():
            name, options = POLICIES[turn % len(POLICIES)]
            project = project_by_slug("race")
            run = redecide.begin(project, wish(project, name, options))
            redecide.carry_on(run, batch=BATCH)
            said = "applied"
            if turn % 2:
                try:
                    redecide.begin_rolling_back(project_by_slug("race"), run)
                except Conflict as refusal:
                    said = f"refused: {refusal.message}"
                else:
                    redecide.carry_back(run, batch=BATCH)
                    said = "rolled back"
            file.write(json.dumps({"policy": name, "said": said}) + "\n")
            turn += 1
            time.sleep(0.05)


if __name__ == "__main__":
    main()
