"""Builds the sample project: 240 interactions, six simulated people, three scripted jurors."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from django.db import transaction

from annotator.catalog.queries import ProjectView, project_by_slug
from annotator.core.errors import NotFound
from annotator.flow.facts import policy_of
from annotator.flow.intake import import_items
from annotator.flow.jury import ask
from annotator.flow.projects import apply
from annotator.flow.simulated import (
    SimulatedVote,
    add_sample_people,
    change_guidelines,
    mark_sample,
    store_votes,
)
from annotator.flow.simulated_jury import CANARY, hear_scripted
from annotator.intake.queries import item_count, items_by_external_id
from annotator.sample.canaries import without_injection
from annotator.sample.content import (
    CONTESTED,
    INJECTED,
    INTERACTIONS,
    NEW,
    Truth,
    guideline_change,
    lines_of_batch,
    project_document,
    truths,
)
from annotator.sample.people import ANNOTATOR, CHARACTERS, LEAD
from annotator.sample.votes import Ballot, Rule, ballots, draw

SLUG: Final = "sample"
BATCHES: Final = (1, 2, 3)
CHANGED_BEFORE: Final = 3
"""The batch before which the guideline was changed."""
QUESTION: Final = "safety"

START: Final = datetime(2025, 3, 3, 9, 0, tzinfo=UTC)
WEEK: Final = timedelta(days=7)
DAYS: Final = 4
DAY_MINUTES: Final = 8 * 60


@dataclass(frozen=True, slots=True)
class Built:
    """What stands after a build; `created` is False if it stood already."""

    created: bool
    items: int
    seed: int

    def document(self) -> dict[str, object]:
        """Return it as JSON; `people` names who the demo's links are for."""
        return {
            "project": SLUG,
            "created": self.created,
            "items": self.items,
            "seed": self.seed,
            "people": {"lead": LEAD.username, "annotator": ANNOTATOR.username},
        }


def build(seed: int) -> Built:
    """Build the sample project, all or nothing; one that stands is left as it is."""
    try:
        project = project_by_slug(SLUG)
    except NotFound:
        with transaction.atomic():
            return _build(seed)
    return Built(created=False, items=item_count(project.id), seed=project.seed)


def _build(seed: int) -> Built:
    document = project_document(seed)
    planted = truths()
    # The jurors come once the guideline is as it stays: their versions are made with it.
    apply({key: value for key, value in document.items() if key != "juror"})
    project = project_by_slug(SLUG)
    mark_sample(project, published_at=START - WEEK)
    add_sample_people(project, [LEAD, ANNOTATOR, *(c.person for c in CHARACTERS)])
    for batch in BATCHES:
        if batch == CHANGED_BEFORE:
            published_at = _start_of(batch) - timedelta(hours=12)
            project = change_guidelines(project, guideline_change(), published_at=published_at)
        _import(project, batch)
    apply(document)
    project = project_by_slug(SLUG)
    found = items_by_external_id(project.id, [truth.external_id for truth in planted])
    items = {external_id: ids[0] for external_id, ids in found.items()}
    _vote(project, planted, items, seed)
    _hear(project, planted, items)
    return Built(created=True, items=len(items), seed=seed)


def _import(project: ProjectView, batch: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{INTERACTIONS.stem}-{batch}{INTERACTIONS.suffix}"
        path.write_text(lines_of_batch(batch), encoding="utf-8")
        import_items(path, project=project, strict=True)


def _vote(
    project: ProjectView, planted: Iterable[Truth], items: Mapping[str, int], seed: int
) -> None:
    """Store the votes round by round, as they would have come."""
    rule = Rule(policy_of(project), project.questions[0])
    change = guideline_change()
    rounds: dict[int, list[SimulatedVote]] = {}
    for truth in planted:
        if truth.state == NEW:
            continue
        changed = truth.batch >= CHANGED_BEFORE
        version = str(change["version"] if changed else change["previous"])
        for ballot in ballots(truth, rule, seed=seed, rules_changed=changed):
            vote = SimulatedVote(
                item_id=items[truth.external_id],
                username=ballot.character.username,
                answers={(target, QUESTION): said for target, said in ballot.answers.items()},
                seconds=_seconds(truth, ballot, seed),
                at=_at(truth, ballot, seed),
                guideline_version=version,
                comment=_comment(truth, ballot),
            )
            rounds.setdefault(ballot.round, []).append(vote)
    for number in sorted(rounds):
        store_votes(project, rounds[number])


def _comment(truth: Truth, ballot: Ballot) -> str:
    contested = truth.note == CONTESTED and ballot.round == 1
    return "One can read this either way." if contested else ""


def _seconds(truth: Truth, ballot: Ballot, seed: int) -> float:
    """Return the active seconds: by difficulty, by how many parts are judged, by the person."""
    chance = draw(seed, "seconds", truth.external_id, ballot.character.username)
    usual = 12.0 + 26.0 * truth.difficulty + 6.0 * len(ballot.answers)
    return round(usual * (0.7 + 0.6 * chance) * ballot.character.pace, 1)


def _start_of(batch: int) -> datetime:
    return START + (batch - 1) * WEEK


def _at(truth: Truth, ballot: Ballot, seed: int) -> datetime:
    """Return when a vote was given: in its batch's week, later rounds on later days."""
    chance = draw(seed, "at", truth.external_id, ballot.character.username)
    minutes = int(chance * DAYS * DAY_MINUTES)
    day, minute = divmod(minutes, DAY_MINUTES)
    days = day if ballot.round == 1 else DAYS + ballot.round - 2
    return _start_of(truth.batch) + timedelta(days=days, minutes=minute)


def _hear(project: ProjectView, planted: Iterable[Truth], items: Mapping[str, int]) -> None:
    """Store the jury's opinions, and its opinions on the canaries; queue what is new."""
    known = [truth for truth in planted if truth.state != NEW]
    hear_scripted(project, [items[truth.external_id] for truth in known])
    injected = [items[truth.external_id] for truth in known if truth.note == INJECTED]
    hear_scripted(project, injected, purpose=CANARY, wording=without_injection)
    ask(project)
