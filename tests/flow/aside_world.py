"""Eight items whose answers are set aside, and everything that may change by it."""

from __future__ import annotations

from annotator.accounts.queries import actor_by_username
from annotator.catalog.models import Membership
from annotator.catalog.queries import ProjectView, project_by_slug
from annotator.flow import asides
from annotator.flow.aside_preview import Preview, preview
from annotator.flow.aside_wish import Choice, grounds_of, wanted_of
from annotator.flow.labeling import Submission, claim, submit
from annotator.flow.tasks import fold_counts
from annotator.flow.verify import verify
from annotator.intake.models import Item, Unit
from annotator.labeling.models import Assignment, Vote
from annotator.quality.models import (
    Decision,
    Ruling,
    SetAside,
)
from annotator.quality.queries.recount import from_counts
from jury.verdict import Answer
from tests.factories import (
    add_member,
    add_votes,
    adjudicate,
    make_items,
    make_project,
    settle_all,
)

HARM = Answer("unsafe", ("violence",))
THREAT = Answer("unsafe", ("threat",))
GROUNDS = grounds_of("unreliable", "Clicked through without reading.")


class World:
    """Eight items: settled by all, two to one with and against a3, ruled by and with a lead, open.

    With more than three votes those without a majority are asked again instead.
    """

    def __init__(self, **options: object) -> None:
        policy = {"name": "majority", "options": {"max_votes": 3, **options}}
        self.project = make_project(policy=policy, jurors=("j1",))
        rows = [
            {"id": f"i{n}", "prompt": f"Is soup {n} hot?", "response": "Wait a minute."}
            for n in range(8)
        ]
        self.ids = make_items(self.project, *rows[:4]) + make_items(self.project, *rows[4:])
        settle_all(self.project, self.ids[:3])
        self.vote(self.ids[3], "safe", "safe", HARM)
        self.vote(self.ids[4], "safe", HARM, HARM)
        self.vote(self.ids[5], "safe", "needs_caution", HARM)
        if not options:
            adjudicate(self.project, self.ids[5], {"prompt": HARM})
        self.vote(self.ids[6], "safe", "needs_caution", THREAT)
        add_member(self.project, "p1-b1")
        fold_counts()

    def vote(self, item: int, *values: str | Answer) -> None:
        """Let a1, a2, a3 vote on the prompt; all call the response safe."""
        votes = {
            f"p1-a{n}": {"prompt": value, "response": "safe"}
            for n, value in enumerate(values, start=1)
        }
        add_votes(self.project, item, votes)

    @property
    def now(self) -> ProjectView:
        """The project as it is."""
        return project_by_slug("p1")

    def choice(self, username: str = "p1-a3", **more: str) -> Choice:
        """Return the answers of somebody."""
        row = Membership.objects.get(project=self.project.id, person__username=username)
        return Choice(person=row.pseudonym, **more)

    def look(self, username: str = "p1-a3", **more: str) -> Preview:
        """Preview a set-aside."""
        return preview(self.now, wanted_of(self.now, self.choice(username, **more)))

    def make(self, username: str = "p1-a3", **more: str) -> SetAside:
        """Set the answers of somebody aside, whole."""
        wanted = wanted_of(self.now, self.choice(username, **more))
        run = asides.begin(self.now, wanted, GROUNDS)
        asides.carry_on(run.pk, batch=3)
        return SetAside.objects.latest("pk")

    def lift(self, row: SetAside) -> None:
        """Lift one, whole."""
        run = asides.begin_lifting(self.now, row.public_id)
        asides.carry_on(run.pk, batch=3)

    def standing(self) -> dict[tuple[int, str], tuple[object, ...]]:
        """Return the decisions in force and their rulings, ids and moments left out."""
        rulings = {r.decision_id: r for r in Ruling.objects.filter(current=True)}
        found: dict[tuple[int, str], tuple[object, ...]] = {}
        for row in Decision.objects.filter(current=True):
            ruling = rulings.pop(row.pk, None)
            answer = (ruling.value, ruling.categories, ruling.source) if ruling else ()
            found[row.unit_id, row.question] = (row.outcome, row.evidence_digest, *answer)
        assert not rulings
        return found

    def seats(self) -> list[tuple[object, ...]]:
        """Return the seats that are still to be sat on."""
        rows = Assignment.objects.filter(item__in=self.ids, state="open")
        columns = rows.values_list("item_id", "kind", "reason", "round", "asks")
        return sorted((*row[:-1], str(row[-1])) for row in columns)

    def states(self) -> list[str]:
        """Return the items' states."""
        rows = Item.objects.filter(project=self.project.id).order_by("pk")
        return list(rows.values_list("state", flat=True))

    def all(self) -> tuple[object, ...]:
        """Return everything that a set-aside may change and its lifting brings back."""
        marks = sorted(Vote.objects.values_list("pk", "counts", "population"))
        figures = from_counts(self.now)
        return self.standing(), self.seats(), self.states(), marks, figures

    def unit(self, item: int) -> int:
        """Return the unit of an item's prompt."""
        return Unit.objects.get(item=item, target="prompt").pk

    def differences(self) -> object:
        """Return what verify finds."""
        return verify(self.now).document()["details"]


def claimed(username: str) -> int | None:
    """Return the item that somebody is given, if any."""
    held = claim(actor_by_username(username), "p1")
    return Item.objects.get(public_id=held.public_id).pk if held else None


def label_as(username: str, n: int, value: str = "safe") -> None:
    """Let somebody label the next items they are given."""
    who = actor_by_username(username)
    for number in range(n):
        held = claim(who, "p1")
        assert held is not None
        verdicts = {t.key: {"safety": value} for t in held.targets if t.asked}
        submission = Submission(verdicts=verdicts)
        submit(
            who, held.assignment, lease=held.lease, key=f"{username}{number}", submission=submission
        )
