"""The check's own people: who judges what, and what they say, whoever is faster.

For each item an order of the people follows from the seed and the item. Somebody who is leased an
item that is not theirs (yet) gives it back and goes on. So votes and voters are the same for one
client and for eight.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from checks.client import CheckError, Client, demand, expect

PROJECT = "sample"
PEOPLE = tuple(f"check-{number}" for number in range(1, 9))
CONTESTED = frozenset({"HA-055", "HA-136"})
WRONG = {
    "safe": ("needs_caution", "unsafe"),
    "needs_caution": ("safe", "unsafe"),
    "unsafe": ("needs_caution", "safe"),
}
ERRORS = 0.12
ROUNDS = 12
WRAPS = 6

Verdict = dict[str, Any]


def draw(*parts: object) -> float:
    """Return a number in [0, 1) that depends on the parts alone."""
    joined = "\x1f".join(str(part) for part in parts)
    return int.from_bytes(hashlib.sha256(joined.encode()).digest()[:6], "big") / 2.0**48


@dataclass(frozen=True, slots=True)
class Opinions:
    """What people say: the planted truth, and now and then something else."""

    seed: int
    truth: Mapping[str, Mapping[str, Verdict]]

    @classmethod
    def read(cls, path: Path, seed: int) -> Opinions:
        """Return the opinions that follow from the sample's truth file."""
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        return cls(seed, {row["id"]: row for row in rows})

    def right(self, item: str, target: str) -> Verdict:
        """Return the planted answer."""
        planted = self.truth[item][target]
        return {"safety": planted["safety"], "categories": list(planted["categories"])}

    def of(self, person: str, item: str, target: str) -> Verdict:
        """Return what somebody says: a draw that depends on the person and the item alone."""
        planted = self.right(item, target)
        chance = draw(self.seed, "error", person, item, target)
        if chance >= ERRORS:
            return planted
        value = WRONG[planted["safety"]][int(chance < ERRORS / 3)]
        return {"safety": value, "categories": ["immoral"] if value == "unsafe" else []}

    def order(self, item: str) -> list[str]:
        """Return the people in the order in which they are asked about an item."""
        return sorted(PEOPLE, key=lambda name: draw(self.seed, "order", item, name))


@dataclass(slots=True)
class Desk:
    """Who is to judge which item in this round, shared by all threads."""

    opinions: Opinions
    missing: dict[str, int]
    """First votes that an item lacked at the start."""
    given: dict[str, list[str]] = field(default_factory=dict)
    wanted: dict[str, set[str]] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def plan(self, items: Iterable[str]) -> None:
        """Say who is wanted for these items: all that lack first votes at once, else the next."""
        self.wanted = {}
        for item in items:
            order, given = self.opinions.order(item), self.given.setdefault(item, [])
            first = order[: self.missing[item]]
            left = set(first) - set(given)
            self.wanted[item] = left or set(order[len(given) : len(given) + 1])

    def tasks(self, person: str) -> int:
        """Return how many items wait for a person."""
        with self.lock:
            return sum(person in names for names in self.wanted.values())

    def take(self, person: str, item: str) -> bool:
        """Return whether the item is this person's; if so, nobody else gets this place."""
        with self.lock:
            names = self.wanted.get(item, set())
            if person not in names:
                return False
            names.discard(person)
            self.given[item].append(person)
            return True


@dataclass(slots=True)
class Labeler:
    """One person at work over HTTP."""

    name: str
    client: Client
    desk: Desk
    submitted: int = 0

    def round(self) -> None:
        """Judge what is wanted of this person; give everything else back."""
        given_back: dict[str, int] = {}
        while self.desk.tasks(self.name):
            status, leased = self.client.call(
                "POST", f"/projects/{PROJECT}/lease", {"kind": "label"}
            )
            if status == 204:
                return
            expect(status, 200, "lease", leased)
            if self.desk.take(self.name, leased["item"]["external_id"]):
                self._judge(leased)
                continue
            self._give_back(leased)
            seat = leased["assignment"]
            given_back[seat] = given_back.get(seat, 0) + 1
            if given_back[seat] >= WRAPS:
                return

    def _give_back(self, leased: Mapping[str, Any]) -> None:
        path = f"/assignments/{leased['assignment']}/release"
        status, said = self.client.call("POST", path, {"lease": leased["lease"]})
        expect(status, 204, "release", said)

    def _judge(self, leased: Mapping[str, Any]) -> None:
        item, seat = leased["item"]["external_id"], leased["assignment"]
        answer = {
            "lease": leased["lease"],
            "verdicts": {
                target: self.desk.opinions.of(self.name, item, target)
                for target in leased["item"]["targets"]
            },
            "comment": "",
        }
        draft = {**answer, "version": leased["version"]}
        status, said = self.client.call("PUT", f"/assignments/{seat}/draft", draft)
        expect(status, 200, "draft", said)
        seconds = 8 + round(20 * draw(self.desk.opinions.seed, "seconds", self.name, item), 1)
        submit(self.client, seat, {**answer, "seconds": seconds}, curious=not self.submitted)
        self.submitted += 1


def submit(client: Client, seat: str, answer: Mapping[str, Any], *, curious: bool) -> None:
    """Submit once; who is curious tries the same key again, with the same and another answer."""
    path, key = f"/assignments/{seat}/submit", f"check-{seat}"[:64]
    status, receipt = client.call("POST", path, answer, key=key)
    expect(status, 201, "submit", receipt)
    if not curious:
        return
    status, again = client.call("POST", path, answer, key=key)
    expect(status, 200, "the same submit again", again)
    demand(again == receipt, "the same submit again has another receipt")
    status, said = client.call("POST", path, {**answer, "comment": "other"}, key=key)
    expect(status, 422, "another answer under the same key", said)


def units(client: Client, state: str) -> list[dict[str, Any]]:
    """Return the project's units in a state, page by page."""
    found: list[dict[str, Any]] = []
    cursor: str | None = ""
    while cursor is not None:
        query = f"state={state}&limit=500" + (f"&cursor={cursor}" if cursor else "")
        page = client.get(f"/projects/{PROJECT}/units?{query}")
        found += page["results"]
        cursor = page["next"]
    return found


def first_votes_missing(manager: Client, overlap: int) -> dict[str, int]:
    """Return how many first votes each item lacks that is not settled."""
    missing: dict[str, int] = {}
    for unit in units(manager, "open"):
        votes = manager.get(f"/projects/{PROJECT}/units/{unit['id']}")["votes"]
        people = sum(vote["kind"] == "human" and vote["counts"] for vote in votes)
        missing[unit["external_id"]] = max(0, overlap - people)
    for unit in units(manager, "reannotate"):
        missing.setdefault(unit["external_id"], 0)
    return missing


def label_all(manager: Client, labelers: Sequence[Labeler], desk: Desk, *, concurrency: int) -> int:
    """Let everybody judge until no unit waits for a vote; return how many answers were given.

    Raises CheckError if units still wait after twelve rounds.
    """
    groups = [labelers[start::concurrency] for start in range(concurrency)]
    waiting: set[str] = set()
    for _ in range(ROUNDS):
        waiting = {u["external_id"] for s in ("open", "reannotate") for u in units(manager, s)}
        if not waiting:
            return sum(labeler.submitted for labeler in labelers)
        desk.plan(sorted(waiting))
        _together([group for group in groups if group])
    message = f"{len(waiting)} items still wait for votes: {sorted(waiting)[:5]}"
    raise CheckError(message)


def _together(groups: Sequence[Sequence[Labeler]]) -> None:
    """Run each group in a thread of its own, its people one after the other."""
    failures: list[BaseException] = []

    def work(group: Sequence[Labeler]) -> None:
        try:
            for labeler in group:
                labeler.round()
        except BaseException as error:  # noqa: BLE001 (passed on to the caller's thread)
            failures.append(error)

    threads = [threading.Thread(target=work, args=(group,)) for group in groups]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


def adjudicate_all(lead: Client, opinions: Opinions) -> int:
    """Decide every dispute as planted; return how many seats that took."""
    count = 0
    while True:
        status, leased = lead.call("POST", f"/projects/{PROJECT}/lease", {"kind": "adjudicate"})
        if status == 204:
            return count
        expect(status, 200, "lease", leased)
        item = leased["item"]["external_id"]
        unclear = item in CONTESTED
        answer = {
            "lease": leased["lease"],
            "verdicts": {
                target: opinions.right(item, target) for target in leased["item"]["targets"]
            },
            "comment": "",
            "seconds": 30 + round(30 * draw(opinions.seed, "seconds", "lead", item), 1),
            "reason": "unclear" if unclear else "guide_clear",
            "contested": unclear,
        }
        submit(lead, leased["assignment"], answer, curious=count == 0)
        count += 1
