"""People who label: a project as a user would import it, members, and their answers."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from tempfile import NamedTemporaryFile

from annotator.accounts import services as accounts
from annotator.accounts.queries import Actor, actor
from annotator.catalog.models import Membership
from annotator.catalog.queries import ProjectView
from annotator.core import dbtime
from annotator.flow import labeling
from annotator.flow.intake import import_items
from annotator.flow.labeling import BlindItem, Submission
from annotator.labeling.models import Assignment
from annotator.labeling.services import return_expired_seats
from tests.flow.projects import project as apply_project


def a_project(*, items: int, options: dict[str, object] | None = None) -> ProjectView:
    """Return a project with pairs imported as a user would."""
    root = {"policy": {"name": "majority", "options": options or {}}}
    project = apply_project(root=root)
    rows = [
        {"id": f"i{n}", "prompt": f"Question {n}?", "response": f"Answer {n}."}
        for n in range(items)
    ]
    with NamedTemporaryFile("w", suffix=".jsonl") as file:
        file.write("".join(json.dumps(row) + "\n" for row in rows))
        file.flush()
        import_items(Path(file.name), project=project)
    return project


def person(project: ProjectView, name: str, role: str = "annotator") -> Actor:
    """Return a new member of the project."""
    made = actor(accounts.create_person(username=name))
    Membership.objects.create(project_id=project.id, person_id=made.id, role=role, pseudonym=name)
    return made


def answers(item: BlindItem, safety: str, *categories: str) -> Submission:
    """Return one answer for every target that is asked."""
    verdict = {"safety": safety, "categories": list(categories)}
    return Submission(verdicts={t.key: verdict for t in item.targets if t.asked}, seconds=4.0)


def label(who: Actor, project: ProjectView, safety: str, *categories: str) -> str:
    """Claim and submit one item; return its external id."""
    item = labeling.claim(who, project.slug)
    assert item is not None
    labeling.submit(
        who,
        item.assignment,
        lease=item.lease,
        key=f"{who.username}-{item.external_id}",
        submission=answers(item, safety, *categories),
    )
    return item.external_id


def expire(item: BlindItem) -> None:
    """Let a lease run out and be swept."""
    Assignment.objects.filter(public_id=item.assignment).update(
        lease_until=dbtime.now() - timedelta(seconds=1)
    )
    assert return_expired_seats() == 1
