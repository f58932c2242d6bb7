"""The counts behind agreement, kept as votes change, are those that the votes give all at once."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from django.db import connection
from django.db.models import F

from annotator.accounts.queries import Actor, actor_by_username
from annotator.catalog.queries import ProjectView, project_by_slug
from annotator.core import dbtime
from annotator.core.errors import Conflict
from annotator.flow import labeling
from annotator.flow.labeling import ADJUDICATE, LABEL, Submission
from annotator.flow.projects import apply
from annotator.flow.recounting import KINDS, states
from annotator.flow.tasks import advance_due, fold_counts
from annotator.flow.verify import verify
from annotator.flow.verify_report import Report
from annotator.flow.verify_units import check_units
from annotator.intake import state_counts
from annotator.intake.queries import item_ids
from annotator.labeling.models import Annotation
from annotator.panel.models import Panel
from annotator.quality import counts, shelves
from annotator.quality.models import Lifting, PatternCount, PatternDelta, SetAside
from annotator.quality.queries.agreement import agreement
from annotator.quality.queries.figures import everything
from annotator.quality.queries.intervals import every_interval
from annotator.quality.queries.population import POPULATIONS, Scope
from annotator.quality.queries.recount import from_counts, from_votes
from annotator.quality.queries.stored import is_small
from annotator.quality.queries.votes import vote_rows
from jury.agreement.report import report
from jury.agreement.rows import VoteRow
from tests.factories import add_member, add_opinions, make_items, make_project
from tests.flow.aside_acts import finish, lift_one, put_aside
from tests.flow.earlier import earlier
from tests.house import say

SOAK = os.environ.get("CONCORD_TEST_SOAK") == "true"
# In one transaction each step costs PostgreSQL more than the one before: the long run commits.
pytestmark = pytest.mark.django_db(transaction=SOAK and connection.vendor == "postgresql")

STEPS = 10_000 if SOAK else 200 if connection.vendor == "postgresql" else 500
DRAWS = 1000 if SOAK else 50
PEOPLE = 8
CATEGORIES = ("violence", "harassment", "manipulation", "fraud", "other", "threat")
POLICIES: tuple[Mapping[str, object], ...] = (
    {"name": "majority", "options": {"max_votes": 5}},
    {"name": "panel", "options": {"random_share": 0.4, "random_votes": 4}},
)
MODELS = ("m1", "m2")
A_DAY = timedelta(days=1)
AN_AGE = timedelta(days=200)


@dataclass(slots=True)
class Crowd:
    """People who vote, take back, vote again; jurors; a lead; a manager; folds at odd moments."""

    project: ProjectView
    items: list[int]
    rng: Random
    policy: int = 0
    jury: int = 0
    asked: set[int] = field(default_factory=set)
    done: dict[str, int] = field(default_factory=dict)

    def step(self, number: int) -> None:
        """Do something."""
        ways: tuple[tuple[int, str, Callable[[int], bool]], ...] = (
            (64, "vote", self._vote),
            (10, "undo", self._undo),
            (6, "late undo", self._late_undo),
            (6, "opinions", self._opinions),
            (5, "adjudicate", self._adjudicate),
            (8, "fold", self._fold),
            (1, "policy", self._other_policy),
            (2, "set aside", self._put_aside),
            (2, "lift", self._lift),
            (1, "jury", self._other_jury),
        )
        _, name, act = self.rng.choices(ways, [weight for weight, *_ in ways])[0]
        if act(number):
            self.done[name] = self.done.get(name, 0) + 1

    def _person(self) -> Actor:
        return actor_by_username(f"p1-a{self.rng.randint(1, PEOPLE)}")

    def _answer(self) -> dict[str, object]:
        value = self.rng.choice(("safe", "safe", "needs_caution", "unsafe", "unsafe"))
        chosen = self.rng.sample(CATEGORIES, self.rng.randint(1, 3)) if value == "unsafe" else []
        other = "made up" if "other" in chosen else ""
        return {"safety": value, "categories": sorted(chosen), "other": other}

    def _submit(self, actor: Actor, kind: str, number: int) -> bool:
        held = labeling.claim(actor, "p1", kind)
        if held is None:
            return False
        verdicts = {target.key: self._answer() for target in held.targets if target.asked}
        labeling.submit(
            actor,
            held.assignment,
            lease=held.lease,
            key=f"k{number}",
            submission=Submission(verdicts=verdicts, contested=self.rng.random() < 0.3),
        )
        return True

    def _vote(self, number: int) -> bool:
        return self._submit(self._person(), LABEL, number)

    def _adjudicate(self, number: int) -> bool:
        return self._submit(actor_by_username("lead"), ADJUDICATE, number)

    def _undo(self, number: int) -> bool:
        try:
            return labeling.undo(self._person(), "p1") is not None
        except Conflict:
            return False

    def _late_undo(self, number: int) -> bool:
        """Take back what was given the day before: no slip any more."""
        actor = self._person()
        last = Annotation.objects.filter(person=actor.id, withdrawn_at=None).order_by("-pk").first()
        if last is None:
            return False
        earlier(A_DAY, item=last.item_id)
        return labeling.undo(actor, "p1") is not None

    def _opinions(self, number: int) -> bool:
        item = self.rng.choice(self.items)
        said: dict[str, Any] = {
            name: {"prompt": self.rng.choice(("safe", "unsafe")), "response": None}
            for name in ("j1", "j2")
        }
        if item in self.asked:
            return False
        self.asked.add(item)
        add_opinions(self.project, item, said)
        return True

    def _fold(self, number: int) -> bool:
        state_counts.fold(limit=self.rng.choice((1, 3, 50)))
        return bool(counts.fold(self.project, limit=self.rng.choice((1, 3, 50))))

    def _put_aside(self, number: int) -> bool:
        raters = [*(f"p1-a{n}" for n in range(1, PEOPLE + 1)), "j1", "j2"]
        earlier(AN_AGE)
        done = put_aside(self.project, self.rng, raters, list(CATEGORIES))
        long_ago()
        return done

    def _lift(self, number: int) -> bool:
        earlier(AN_AGE)
        done = lift_one(self.project, self.rng)
        long_ago()
        return done

    def _other_policy(self, number: int) -> bool:
        """Put another policy into force: it is another population then that is the headline."""
        self.policy = 1 - self.policy
        return self._apply()

    def _other_jury(self, number: int) -> bool:
        """Let a juror be another model, or again the one it was: what it said as the other rests."""
        self.jury = 1 - self.jury
        earlier(AN_AGE)
        return self._apply()

    def _apply(self) -> bool:
        apply(_document(POLICIES[self.policy], MODELS[self.jury]))
        self.project = project_by_slug("p1")
        long_ago()
        advance_due()
        return True


def long_ago() -> None:
    """Let panels have sat, and answers been set aside, for half an age.

    So that an item's earlier days fall into their time.
    """
    for model in (Panel, SetAside, Lifting):
        young = model.objects.filter(created_at__gt=dbtime.now() - A_DAY)
        young.update(created_at=F("created_at") - AN_AGE / 2)


def _document(policy: Mapping[str, object], model: str) -> dict[str, object]:
    return {
        "contract": 1,
        "project": {
            "slug": "p1",
            "name": "P1",
            "taxonomy": "aegis2@2.0",
            "targets": ["prompt", "response"],
            "questions": ["safety"],
        },
        "policy": dict(policy),
        "juror": [
            {
                "name": name,
                "base_url": "http://127.0.0.1:9000/v1",
                "model": model if name == "j1" else "m1",
                "price_in": 0.0,
                "price_out": 0.0,
            }
            for name in ("j1", "j2")
        ],
    }


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1])
def test_incremental_counts_are_the_batch(seed: int) -> None:
    project = make_project(people=PEOPLE, jurors=("j1", "j2"), policy=POLICIES[0])
    add_member(project, "lead", "adjudicator")
    half = max(20, STEPS // 16)
    rows = [{"id": f"i{n}", "prompt": f"Text {n}", "response": "Yes"} for n in range(2 * half)]
    items = [*make_items(project, *rows[:half]), *make_items(project, *rows[half:])]
    long_ago()
    crowd = Crowd(project, items, Random(seed))  # noqa: S311 - chance, no secret
    for number in range(STEPS):
        crowd.step(number)
        if number % (STEPS // 5) == 0:
            assert from_counts(project) == from_votes(project), number
            assert decisions(crowd.project) == [], number
            assert +state_counts.counts_of(project.id, KINDS) == states(project), number
    say(f"{STEPS} steps: {crowd.done}")
    project = crowd.project
    finish(project)
    seldom = {"vote", "undo", "late undo", "opinions", "fold", "set aside", "lift"}
    assert set(crowd.done) >= seldom, crowd.done
    assert PatternDelta.objects.exists()
    assert from_counts(project) == from_votes(project)
    fold_counts()
    assert not PatternDelta.objects.exists()
    assert not PatternCount.objects.filter(part="", n__lte=0).exists()
    assert from_counts(project) == from_votes(project)
    assert decisions(project) == []
    assert verify(project).document()["details"] == []
    _documents_are_the_commands(project)


def decisions(project: ProjectView) -> list[object]:
    """What verify finds of votes, decisions, rulings and states, nothing of it being due."""
    finish(project)
    advance_due()
    book = Report()
    ids = item_ids(project.id)
    for start in range(0, len(ids), 500):
        check_units(project, ids[start : start + 500], book)
    return [each.document() for each in book.details]


def _documents_are_the_commands(project: ProjectView) -> None:
    """Every population at some levels: what the statistics command prints of its votes file.

    What a large project stores is stored first.
    """
    fold_counts()
    if not is_small(project):
        shelves.store(project.id, everything(project))
        shelves.store(project.id, every_interval(project), "intervals")
    seen = 0
    for population in POPULATIONS:
        for level in ("verdict", "core", "fine", "violence", "core:other"):
            scope = Scope(project, "prompt", "safety", level, population)
            votes = [VoteRow(*row) for row in vote_rows(scope)]
            found = agreement(
                project, target="prompt", level=level, population=population, bootstrap=DRAWS
            )
            expected = report(
                votes,
                order=scope.values if scope.ordinal else None,
                sets="|" if level in {"core", "fine"} else None,
                bootstrap=DRAWS,
            )
            same(without_kinds(found.document), without_kinds(expected))
            seen += bool(votes)
    assert seen >= 15


def without_kinds(document: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out `by_kind`: a file of one population does not hold the other kind's votes.

    And the alpha of the tree of categories, which the statistics command is not told.
    """
    apart = {"by_kind", "alpha_tree"}
    reason = {
        name: text
        for name, text in document["reason"].items()
        if not name.startswith("by_kind.") and not name.endswith("alpha_tree")
    }
    bounds = {k: v for k, v in document["ci95"].items() if k not in apart}
    kept = {k: v for k, v in document.items() if k not in apart}
    return {**kept, "reason": reason, "ci95": bounds}


def same(one: object, other: object) -> None:
    """Assert that two documents are equal, numbers to 1e-9."""
    if isinstance(one, float) and isinstance(other, float):
        assert one == pytest.approx(other, abs=1e-9)
    elif isinstance(one, Mapping) and isinstance(other, Mapping):
        assert set(one) == set(other)
        for key in one:
            same(one[key], other[key])
    elif isinstance(one, list | tuple) and isinstance(other, list | tuple):
        assert len(one) == len(other)
        for mine, theirs in zip(one, other, strict=True):
            same(mine, theirs)
    else:
        assert one == other
