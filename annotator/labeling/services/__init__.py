"""Writes on seats, drafts, annotations and sessions. Called by flow only."""

from __future__ import annotations

from annotator.labeling.services.annotations import (
    NewAnnotation,
    Past,
    Submitted,
    add_annotation,
    answered,
    answers_elsewhere,
    last_item,
    past_of,
    submitted_before,
    tell_of,
    withdraw_last,
)
from annotator.labeling.services.drafts import (
    answers_as_draft,
    keep_lost_answer,
    put_draft,
    save_draft,
)
from annotator.labeling.services.leases import (
    SKIP_REASONS,
    finish_seat,
    give_back,
    lock_item_of,
    own_seat,
    renew_lease,
    skip_seat,
)
from annotator.labeling.services.marks import mark_votes
from annotator.labeling.services.seats import (
    NewSeat,
    cancel_seats,
    held_items,
    held_projects,
    next_seat_number,
    note_seats,
    open_seats,
    reopen_seats,
    return_expired_seats,
    return_held_seats,
    take_back_seats,
    undo_on_seats,
    widen_seat,
)
from annotator.labeling.services.sessions import SESSION_GAP, note_session
from annotator.labeling.services.shown import note_shown

__all__ = [
    "SESSION_GAP",
    "SKIP_REASONS",
    "NewAnnotation",
    "NewSeat",
    "Past",
    "Submitted",
    "add_annotation",
    "answered",
    "answers_as_draft",
    "answers_elsewhere",
    "cancel_seats",
    "finish_seat",
    "give_back",
    "held_items",
    "held_projects",
    "keep_lost_answer",
    "last_item",
    "lock_item_of",
    "mark_votes",
    "next_seat_number",
    "note_seats",
    "note_session",
    "note_shown",
    "open_seats",
    "own_seat",
    "past_of",
    "put_draft",
    "renew_lease",
    "reopen_seats",
    "return_expired_seats",
    "return_held_seats",
    "save_draft",
    "skip_seat",
    "submitted_before",
    "take_back_seats",
    "tell_of",
    "undo_on_seats",
    "widen_seat",
    "withdraw_last",
]
