"""What a release must meet, or somebody must answer for by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from annotator.core.errors import Conflict, Invalid

ENOUGH_UNITS: Final = 50
MIN_ALPHA: Final = 0.4
MIN_HUMAN_JUDGED: Final = 0.5
MIN_REASON: Final = 10

ALL_SETTLED: Final = "all_settled"
AGREEMENT: Final = "min_alpha"
HUMAN_JUDGED: Final = "human_judged_share"
NO_OPEN_SEATS: Final = "no_open_seats"
NAMES: Final = (ALL_SETTLED, AGREEMENT, HUMAN_JUDGED, NO_OPEN_SEATS)


@dataclass(frozen=True, slots=True)
class Gate:
    """One demand: what was found, what is asked, and who overrode it with what reason."""

    name: str
    value: float | None
    limit: float
    passed: bool
    reason: str = ""
    override: str | None = None

    def document(self) -> dict[str, object]:
        """Return the gate as the manifest holds it."""
        return {
            "name": self.name,
            "value": self.value,
            "limit": self.limit,
            "passed": self.passed,
            "override": self.override,
            "reason": self.reason,
        }


@dataclass(frozen=True, slots=True)
class Alpha:
    """A headline coefficient of one target and question, None with a reason if undefined."""

    target: str
    question: str
    value: float | None
    reason: str
    n_units: int


@dataclass(frozen=True, slots=True)
class Standing:
    """What the gates look at.

    Attributes:
        units: Units that are asked anything.
        settled: Of these, units whose every question has a ruling.
        people_asked: Settled units that people are asked about.
        human_judged: Of these, units that people judged.
        open_seats: Seats that wait for an answer.
        alphas: Headline agreement where people are asked.
    """

    units: int
    settled: int
    people_asked: int
    human_judged: int
    open_seats: int
    alphas: Sequence[Alpha]


def evaluate(standing: Standing) -> tuple[Gate, ...]:
    """Return every gate, judged."""
    return (
        _share(ALL_SETTLED, standing.settled, standing.units, 1.0),
        _agreement(standing.alphas),
        _share(HUMAN_JUDGED, standing.human_judged, standing.people_asked, MIN_HUMAN_JUDGED),
        Gate(
            NO_OPEN_SEATS,
            float(standing.open_seats),
            0.0,
            passed=standing.open_seats == 0,
            reason="" if not standing.open_seats else "Seats still wait for an answer.",
        ),
    )


def _share(name: str, part: int, whole: int, limit: float) -> Gate:
    if whole == 0:
        return Gate(name, None, limit, passed=False, reason="There is no unit to look at.")
    value = part / whole
    reason = "" if value >= limit else f"{part} of {whole} units."
    return Gate(name, value, limit, passed=value >= limit, reason=reason)


def _agreement(alphas: Sequence[Alpha]) -> Gate:
    """Judge the lowest headline alpha; below 50 units alpha says too little to refuse a release."""
    judged = [each for each in alphas if each.n_units >= ENOUGH_UNITS]
    if not judged:
        most = max((each.n_units for each in alphas), default=0)
        reason = f"Not judged: {most} units with two votes or more are fewer than {ENOUGH_UNITS}."
        return Gate(AGREEMENT, None, MIN_ALPHA, passed=True, reason=reason)
    undefined = next((each for each in judged if each.value is None), None)
    if undefined is not None:
        reason = f"{undefined.target}, {undefined.question}: {undefined.reason}"
        return Gate(AGREEMENT, None, MIN_ALPHA, passed=False, reason=reason)
    lowest = min(judged, key=lambda each: each.value or 0.0)
    value = lowest.value or 0.0
    reason = f"{lowest.target}, {lowest.question}, n = {lowest.n_units}."
    return Gate(AGREEMENT, value, MIN_ALPHA, passed=value >= MIN_ALPHA, reason=reason)


def read_overrides(overrides: Mapping[str, object]) -> dict[str, str]:
    """Return gate → reason. Raises Invalid for an unknown gate or a reason that says nothing."""
    read: dict[str, str] = {}
    for name, reason in overrides.items():
        if name not in NAMES:
            message = f"There is no gate {name!r}; known: {', '.join(NAMES)}."
            raise Invalid(message, fields={str(name): message})
        words = str(reason).strip()
        if len(words) < MIN_REASON:
            message = f"The reason for {name} needs at least {MIN_REASON} characters."
            raise Invalid(message, fields={name: message})
        read[name] = words
    return read


def overridden(gates: Sequence[Gate], overrides: Mapping[str, str]) -> tuple[Gate, ...]:
    """Return the gates with the overrides of those that failed."""
    return tuple(
        gate if gate.passed else replace(gate, override=overrides.get(gate.name)) for gate in gates
    )


def demand(gates: Sequence[Gate]) -> None:
    """Raise Conflict naming each gate that neither passed nor was overridden."""
    shut = [gate for gate in gates if not gate.passed and gate.override is None]
    if not shut:
        return
    fields = {
        gate.name: f"{'undefined' if gate.value is None else repr(gate.value)}, "
        f"limit {gate.limit!r}. {gate.reason}".strip()
        for gate in shut
    }
    message = f"The release is refused by: {', '.join(fields)}. Override with a reason, or settle."
    raise Conflict(message, fields=fields, details={"gates": [gate.document() for gate in gates]})
