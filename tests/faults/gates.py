"""What a project in the middle of its labeling cannot pass yet."""

from __future__ import annotations

GATES = ("all_settled", "min_alpha", "human_judged_share", "no_open_seats")
