"""From a policy's name and options in a project file to the policy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, cast

from jury.policy.aegis2 import Aegis2
from jury.policy.base import Policy, PolicyError
from jury.policy.court import Court
from jury.policy.jury_conflict import JuryConflict
from jury.policy.majority import Majority
from jury.policy.options import read_settings
from jury.policy.panel.options import NAME as PANEL
from jury.policy.panel.policy import load_panel
from jury.policy.parts import FIELDS, PARTS, ByPart, Part, check_part
from jury.taxonomy import Taxonomy


@dataclass(frozen=True, slots=True)
class _Entry:
    make: type[Majority]
    min_share: float
    reads_jury: bool
    curtails: bool = False
    version: int = 1


_POLICIES: Final[Mapping[str, _Entry]] = MappingProxyType(
    {
        "majority": _Entry(Majority, 0.67, reads_jury=False, curtails=True),
        "low_agreement": _Entry(Majority, 0.75, reads_jury=False, curtails=True),
        "aegis2": _Entry(Aegis2, 0.67, reads_jury=True),
        "jury_conflict": _Entry(JuryConflict, 0.67, reads_jury=True),
    },
)


def policy_names() -> tuple[str, ...]:
    """Return the names of all policies."""
    return (*_POLICIES, PANEL)


def curtailing_names() -> tuple[str, ...]:
    """Return the names of the policies that know curtailment."""
    return tuple(name for name, entry in _POLICIES.items() if entry.curtails)


def load_policy(
    name: str, options: Mapping[str, object], *, taxonomy: Taxonomy, overlap: int
) -> Policy:
    """Return the policy of a project.

    Args:
        name: One of :func:`policy_names`.
        options: As the project file gives them; what is missing takes its default. Under `for`
            stand the policies of single targets and questions, see :mod:`jury.policy.parts`.
        taxonomy: Says which categories are severe.
        overlap: People asked at first pass.

    Raises:
        PolicyError: An unknown name or option, or a value of the wrong type or out of range.
    """
    own = {key: value for key, value in options.items() if key != PARTS}
    base = _load_one(name, own, taxonomy=taxonomy, overlap=overlap)
    entries = options.get(PARTS) or ()
    if not isinstance(entries, list | tuple):
        message = f"Option “{PARTS}” must be a list of tables, not {entries!r}."
        raise PolicyError(message)
    parts = tuple(_part(entry, taxonomy, overlap) for entry in entries)
    for part in parts:
        check_part(base, part)
    places = [(part.target, part.question) for part in parts]
    if len(set(places)) < len(places):
        message = f"Option “{PARTS}” names the same target and question twice."
        raise PolicyError(message)
    return ByPart(base, parts) if parts else base


def _load_one(
    name: str, options: Mapping[str, object], *, taxonomy: Taxonomy, overlap: int
) -> Policy:
    if name == PANEL:
        return load_panel(options, taxonomy=taxonomy, overlap=overlap)
    entry = _POLICIES.get(name)
    if entry is None:
        message = f"There is no policy “{name}”. Known: {', '.join(policy_names())}."
        raise PolicyError(message)
    settings = read_settings(
        name, options, overlap=overlap, min_share=entry.min_share, curtails=entry.curtails
    )
    court = Court.of(name, entry.version, settings, taxonomy, reads_jury=entry.reads_jury)
    return entry.make(court)


def _part(entry: object, taxonomy: Taxonomy, overlap: int) -> Part:
    if not isinstance(entry, Mapping):
        message = f"Option “{PARTS}” must be a list of tables, not {entry!r}."
        raise PolicyError(message)
    table = cast("Mapping[str, object]", entry)
    unknown = sorted(set(table) - FIELDS)
    if unknown:
        message = f"“{PARTS}” has no “{unknown[0]}”. Known: {', '.join(sorted(FIELDS))}."
        raise PolicyError(message)
    target, question = (str(table.get(key) or "") for key in ("target", "question"))
    if not target and not question:
        message = f"Each table of “{PARTS}” names a target, a question or both."
        raise PolicyError(message)
    options = table.get("options") or {}
    if not isinstance(options, Mapping):
        message = f"Option “options” must be a table, not {options!r}."
        raise PolicyError(message)
    name = str(table.get("name") or "majority")
    own = cast("Mapping[str, object]", options)
    return Part(target, question, _load_one(name, own, taxonomy=taxonomy, overlap=overlap))
