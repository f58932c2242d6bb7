"""What a write changed."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Change:
    """One value that is new: what, and what it was (None: nothing)."""

    what: str
    before: object
    after: object

    def document(self) -> dict[str, object]:
        """Return the change as JSON."""
        return {"what": self.what, "before": self.before, "after": self.after}
