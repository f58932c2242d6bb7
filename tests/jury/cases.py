"""Briefs, jurors and runs for the jury's tests."""

from __future__ import annotations

import asyncio
import random
import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from jury.deliberation import Deliberation, Queue, Seat, Tally
from jury.dialects import get
from jury.limits import LocalLimiter
from jury.opinion import Asked, Brief, JurorSpec, Message, Outcome, Task
from jury.providers.openai import OpenAIProvider
from jury.taxonomy import Category, Taxonomy
from jury.verdict import PRESETS


def rng(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311 - tests repeat


def category(key: str, name: str) -> Category:
    return Category(
        id=key,
        code="",
        name=name,
        group="core",
        parent="",
        aliases=(),
        definition=f"About {name}.",
        exclude="",
        severe=False,
        free_text=False,
        level="core",
    )


TAXONOMY = Taxonomy(
    id="mini",
    version="1",
    title="Mini",
    categories=(
        category("violence", "Violence"),
        category("harassment", "Harassment"),
        category("profanity", "Profanity"),
        category("pii", "PII/Privacy"),
    ),
)
SAFETY = PRESETS["safety"]


def brief(prompt: str = "How do I boil an egg?", response: str | None = None) -> Brief:
    messages = [Message("user", prompt)]
    asked = [Asked("prompt", (SAFETY,), prompt, 0)]
    if response is not None:
        messages.append(Message("assistant", response))
        asked.append(Asked("response", (SAFETY,), response, 1))
    return Brief("item", tuple(messages), tuple(asked), TAXONOMY)


@dataclass
class Store:
    """A queue of record in memory: leases, outcomes, and what was claimed when."""

    tasks: deque[Task]
    outcomes: list[Outcome] = field(default_factory=list)
    flushes: list[int] = field(default_factory=list)
    renewed: list[int] = field(default_factory=list)
    rooms: list[Mapping[str, int]] = field(default_factory=list)
    lease_seconds: float = 60.0

    async def claim(self, room: Mapping[str, int]) -> Sequence[Task]:
        self.rooms.append(dict(room))
        taken: list[Task] = []
        kept: deque[Task] = deque()
        left = dict(room)
        for task in self.tasks:
            if left.get(task.juror, 0) > 0:
                left[task.juror] -= 1
                taken.append(task)
            else:
                kept.append(task)
        self.tasks = kept
        return taken

    async def flush(self, outcomes: Sequence[Outcome]) -> None:
        self.flushes.append(len(outcomes))
        self.outcomes.extend(outcomes)

    async def renew(self, ids: Sequence[int]) -> None:
        self.renewed.extend(ids)

    @property
    def queue(self) -> Queue:
        return Queue(self.claim, self.flush, self.renew, self.lease_seconds)

    def states(self) -> dict[str, int]:
        found: dict[str, int] = {}
        for outcome in self.outcomes:
            found[outcome.state] = found.get(outcome.state, 0) + 1
        return found


def store(count: int, *jurors: str) -> Store:
    names = jurors or ("j",)
    tasks = [
        Task(index, f"k{index}", names[index % len(names)], brief(f"Question {index}?"))
        for index in range(count)
    ]
    return Store(deque(tasks))


def juror(base_url: str, model: str, **changes: object) -> JurorSpec:
    values: dict[str, object] = {
        "name": "j",
        "base_url": base_url,
        "model": model,
        "api_key": "sk-secret",
        "timeout_seconds": 5.0,
        "price_in": 1.0,
        "price_out": 2.0,
        **changes,
    }
    return JurorSpec(**values)  # type: ignore[arg-type]


def seated(*specs: JurorSpec, max_in_flight: int = 128) -> Deliberation:
    seats = {spec.name: Seat(spec, OpenAIProvider(spec), get("judge")) for spec in specs}
    return Deliberation(seats, time.monotonic, rng(7), LocalLimiter(time.monotonic), max_in_flight)


def run(
    deliberation: Deliberation, tasks: Store, *, seconds: float = 20.0, stop_after: float = 0.0
) -> Tally:
    async def main() -> Tally:
        stop = asyncio.Event()
        if stop_after:
            asyncio.get_running_loop().call_later(stop_after, stop.set)
        try:
            return await deliberation.run(
                tasks.queue, stop=stop, deadline=time.monotonic() + seconds
            )
        finally:
            await deliberation.aclose()

    return asyncio.run(main())
