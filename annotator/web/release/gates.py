"""Gates as the page shows them, and the reasons a form gives for those that are shut."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from django.utils.translation import gettext as _

from annotator.core.errors import Invalid
from annotator.release.gates import (
    AGREEMENT,
    ALL_SETTLED,
    HUMAN_JUDGED,
    MIN_REASON,
    NO_OPEN_SEATS,
    read_overrides,
)

PREFIX: Final = "override-"
SHARES: Final = frozenset({ALL_SETTLED, HUMAN_JUDGED})


class Judged(Protocol):
    """A gate, of now or of a release."""

    @property
    def name(self) -> str:
        """Which gate."""
        ...

    @property
    def value(self) -> float | None:
        """What was found."""
        ...

    @property
    def limit(self) -> float:
        """What is asked."""
        ...

    @property
    def passed(self) -> bool:
        """Whether it is open."""
        ...

    @property
    def override(self) -> str | None:
        """Why it was passed although shut."""
        ...

    @property
    def reason(self) -> str:
        """What is missing, or why it was not judged."""
        ...


@dataclass(frozen=True, slots=True)
class GateRow:
    """A gate in words, with what the form says about it."""

    name: str
    words: str
    value: str
    limit: str
    passed: bool
    reason: str
    override: str
    field: str
    problem: str


def gate_rows(
    gates: Sequence[Judged],
    posted: Mapping[str, str] | None = None,
    problems: Mapping[str, str] | None = None,
) -> tuple[GateRow, ...]:
    """Return gates in words; `posted` are reasons by gate, `problems` what is wrong with them."""
    posted, problems = posted or {}, problems or {}
    return tuple(
        GateRow(
            name=gate.name,
            words=_words(gate.name),
            value=_figure(gate.name, gate.value),
            limit=_limit(gate.name, gate.limit),
            passed=gate.passed,
            reason=gate.reason,
            override=posted.get(gate.name, gate.override or ""),
            field=f"{PREFIX}{gate.name}",
            problem=problems.get(gate.name, ""),
        )
        for gate in gates
    )


def posted_reasons(form: Mapping[str, str]) -> dict[str, str]:
    """Return the reasons a form gives, by gate; empty ones are left out."""
    return {
        name.removeprefix(PREFIX): value.strip()
        for name, value in form.items()
        if name.startswith(PREFIX) and value.strip()
    }


def problems_of(gates: Sequence[Judged], reasons: Mapping[str, str]) -> dict[str, str]:
    """Return, by gate, why a release cannot be frozen with these reasons; nothing if it can."""
    try:
        read_overrides(reasons)
    except Invalid as error:
        return {
            str(name): _("Please give a reason of at least %(n)s characters.") % {"n": MIN_REASON}
            for name in error.fields
        }
    return {
        gate.name: _("This is not met. Settle it, or give a reason to freeze all the same.")
        for gate in gates
        if not gate.passed and gate.name not in reasons
    }


def _words(name: str) -> str:
    return {
        ALL_SETTLED: _("Units that are settled"),
        AGREEMENT: _("Lowest alpha among people"),
        HUMAN_JUDGED: _("Settled units that people judged"),
        NO_OPEN_SEATS: _("Seats that wait for an answer"),
    }.get(name, name)


def _figure(name: str, value: float | None) -> str:
    if value is None:
        return "—"
    if name in SHARES:
        # 99.96 % is not all: only the whole is shown as 100 %.
        return f"{min(value * 100, 100 if value >= 1 else 99.9):.1f} %"
    return f"{value:,.0f}" if name == NO_OPEN_SEATS else f"{value:.3f}"


def _limit(name: str, limit: float) -> str:
    if name == NO_OPEN_SEATS:
        return _("at most %(n)s") % {"n": f"{limit:,.0f}"}
    shown = f"{limit:.0%}".replace("%", " %") if name in SHARES else f"{limit:.3f}"
    return _("at least %(n)s") % {"n": shown}
