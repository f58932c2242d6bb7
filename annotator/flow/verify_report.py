"""What a verification writes on: what was checked, what differs."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Final, cast

MOST_DETAILS: Final = 1000
TOLERANCE: Final = 1e-9
KINDS: Final = ("units", "rulings", "coefficients", "counts", "opinions", "events", "releases")


@dataclass(frozen=True, slots=True)
class Difference:
    """A stored value that is not what the evidence gives."""

    kind: str
    id: str
    stored: object
    computed: object

    def document(self) -> dict[str, object]:
        """Return the difference as JSON-clean values."""
        return {
            "kind": self.kind,
            "id": self.id,
            "stored": self.stored,
            "computed": self.computed,
        }


@dataclass(slots=True)
class Report:
    """What was checked, and what differs; details are kept for the first thousand."""

    differences: int = 0
    checked: Counter[str] = field(default_factory=lambda: Counter(dict.fromkeys(KINDS, 0)))
    details: list[Difference] = field(default_factory=list)

    def saw(self, kind: str, n: int = 1) -> None:
        """Count things that were checked."""
        self.checked[kind] += n

    def compare(self, kind: str, name: str, stored: object, computed: object) -> None:
        """Note a difference unless both are the same."""
        if stored == computed:
            return
        self.differences += 1
        if len(self.details) < MOST_DETAILS:
            self.details.append(Difference(kind, name, stored, computed))

    def close(self, kind: str, name: str, stored: object, computed: object) -> None:
        """Count a coefficient, and note a difference unless both are the same but for rounding."""
        self.saw("coefficients")
        numbers = isinstance(stored, float) and isinstance(computed, float | int)
        if not numbers or abs(cast("float", stored) - cast("float", computed)) > TOLERANCE:
            self.compare(kind, name, stored, computed)

    def add(self, other: Report) -> None:
        """Add another project's report."""
        self.differences += other.differences
        self.checked.update(other.checked)
        self.details += other.details[: MOST_DETAILS - len(self.details)]

    def document(self) -> dict[str, object]:
        """Return the report as the contract has it."""
        return {
            "differences": self.differences,
            "checked": {kind: self.checked[kind] for kind in KINDS},
            "details": [each.document() for each in self.details],
        }
