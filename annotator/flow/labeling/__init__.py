"""What the labeling page and its API may call: the blind door.

It hands out frozen values that hold an item's text, the taxonomy and the person's own draft, and
takes answers. It imports nothing that knows the jury, other people's labels or decisions, but for
`advance`, which takes ids and tells nothing.
"""

from __future__ import annotations

from annotator.flow.labeling.items import claim, guide, held, takes_items, tally, undo
from annotator.flow.labeling.seats import heartbeat, release, save_draft, skip
from annotator.flow.labeling.submit import submit
from annotator.flow.labeling.values import (
    ADJUDICATE,
    LABEL,
    AskedTarget,
    BlindItem,
    Receipt,
    Submission,
)

__all__ = [
    "ADJUDICATE",
    "LABEL",
    "AskedTarget",
    "BlindItem",
    "Receipt",
    "Submission",
    "claim",
    "guide",
    "heartbeat",
    "held",
    "release",
    "save_draft",
    "skip",
    "submit",
    "takes_items",
    "tally",
    "undo",
]
