"""Scripted jurors heard without HTTP: the same replies, read and stored as if they were asked.

A scripted juror's reply depends on its name, the texts and the seed alone, so what is stored here
is what its server would have answered.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from random import Random

from django.db import transaction

from annotator.catalog.queries import ProjectView
from annotator.core.ids import secret
from annotator.flow.briefs import build_brief
from annotator.flow.endpoints import SCRIPTED
from annotator.flow.steps import advance_marked
from annotator.intake.texts import ItemView, items_with_texts
from annotator.panel import queue
from annotator.panel.models import Inquiry, JurorVersion
from annotator.panel.queue import ClaimedInquiry
from jury.chat import Reply
from jury.dialects.registry import get as dialect_of
from jury.hearing import Hearing
from jury.opinion import Brief, JurorSpec, Outcome, Task
from jury.providers.scripted import ScriptedReply, judge_brief

PANEL = Inquiry.Purpose.PANEL.value
CANARY = Inquiry.Purpose.CANARY.value
LEASE_SECONDS = 600

Wording = Callable[[str], str]


def as_it_is(text: str) -> str:
    """Return the text unchanged."""
    return text


@transaction.atomic
def hear_scripted(
    project: ProjectView,
    item_ids: Sequence[int],
    *,
    purpose: str = PANEL,
    wording: Wording = as_it_is,
) -> int:
    """Ask the project's scripted jurors about items; return how many inquiries ended.

    Args:
        project: Whose jurors are asked.
        item_ids: Which items.
        purpose: Of the inquiries.
        wording: Changes each judged text: a canary is an item without its injected sentence.
    """
    queue.open_inquiries(project.id, item_ids, purpose=purpose)
    rows = JurorVersion.objects.select_related("juror").filter(
        juror__project=project.id, juror__base_url=SCRIPTED, juror__active=True, current=True
    )
    specs = {row.pk: _spec(row) for row in rows}
    owner = secret()
    everything = dict.fromkeys(specs, len(item_ids))
    claimed = queue.claim(owner=owner, room=everything, lease_seconds=LEASE_SECONDS)
    items = items_with_texts({row.item_id for row in claimed})
    briefs = {
        item_id: build_brief(project, _reworded(item, wording), "")
        for item_id, item in items.items()
    }
    outcomes = [
        _hear(row, specs[row.juror_version_id], briefs[row.item_id], project.seed)
        for row in claimed
    ]
    ended = queue.flush(owner=owner, outcomes=outcomes)
    advance_marked(project, list(items))
    return ended


def _spec(version: JurorVersion) -> JurorSpec:
    juror = version.juror
    return JurorSpec(
        name=str(version.pk),
        base_url=SCRIPTED,
        model=juror.model,
        family=juror.family,
        dialect=juror.dialect,
        price_in=juror.price_in,
        price_out=juror.price_out,
    )


def _reworded(item: ItemView, wording: Wording) -> ItemView:
    turns = tuple(
        replace(turn, content=wording(turn.content)) if turn.target else turn for turn in item.turns
    )
    return replace(item, turns=turns)


def _hear(row: ClaimedInquiry, spec: JurorSpec, brief: Brief, seed: int) -> Outcome:
    """Put one inquiry to its juror, with the second question where the first reply is unusable."""
    task = Task(id=row.id, key=row.public_id, juror=spec.name, brief=brief)
    # The generator makes the fence's id, which no scripted juror reads.
    hearing = Hearing(task, spec, dialect_of(spec.dialect), Random(seed))  # noqa: S311
    while True:
        key = hearing.next_key()
        reply = _reply(spec.model, judge_brief(spec.model, brief, seed=seed), hearing.tokens)
        hearing.note(key, (0.0, 0.0), reply, None)
        outcome = hearing.replied(reply)
        if outcome is not None:
            return outcome


def _reply(model: str, said: ScriptedReply, tokens_in: int) -> Reply:
    """Return the reply in the form of a chat completion."""
    message = {"role": "assistant", "content": said.text or None, "refusal": said.refusal}
    choice = {"index": 0, "message": message, "finish_reason": said.finish_reason}
    body = {"object": "chat.completion", "model": model, "choices": [choice]}
    return Reply(
        text=said.text,
        finish_reason=said.finish_reason,
        refusal=said.refusal or "",
        tokens_in=tokens_in,
        tokens_out=len(said.text) // 4,
        raw=json.dumps(body, ensure_ascii=False),
    )
