"""Fits inside a policy's options: where they stand, how one is put in, what a new policy keeps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, cast

from jury.policy.panel.options import NAME as PANEL
from jury.policy.parts import PARTS

FIT: Final = "fit"
Options = Mapping[str, object]


def with_fit(options: Options, *, target: str, question: str, fit: object) -> dict[str, object]:
    """Return a panel policy's options with a fit for one question about one target.

    Args:
        options: All options in force of a policy whose base is the panel, or with a part that is.
        target: The target's key.
        question: The question's key.
        fit: The fit's document.

    Raises:
        ValueError: The panel does not decide there.
    """
    parts = [dict(part) for part in _parts(options)]
    for part in parts:
        if part["target"] in {"", target} and part["question"] in {"", question}:
            return _into_part(options, parts, part, {"target": target, "question": question}, fit)
    base = {key: value for key, value in options.items() if key != PARTS}
    if FIT not in base:
        message = f"the panel does not decide {question} about {target}"
        raise ValueError(message)
    own = {"target": target, "question": question, "name": PANEL, "options": {**base, FIT: fit}}
    return {**base, PARTS: [*parts, own]}


def _into_part(
    options: Options,
    parts: list[dict[str, object]],
    part: dict[str, object],
    place: Mapping[str, str],
    fit: object,
) -> dict[str, object]:
    if part["name"] != PANEL:
        message = f"the panel does not decide {place['question']} about {place['target']}"
        raise ValueError(message)
    own = cast("Options", part["options"])
    exact: dict[str, object] = {**place, "name": PANEL, "options": {**own, FIT: fit}}
    at = parts.index(part)
    narrow = (part["target"], part["question"]) == (place["target"], place["question"])
    # A part for more than this keeps what it has; the narrower one is read first.
    parts[at : at + 1] = [exact] if narrow else [exact, part]
    return {**options, PARTS: parts}


def keep_fits(wanted: Options, in_force: Options) -> dict[str, object]:
    """Return wanted options with the fits in force wherever the same place has none of its own.

    A project file says the rule; the fits come from the project's data and outlive the file.
    """
    kept = dict(wanted)
    if FIT in kept and kept[FIT] is None:
        kept[FIT] = in_force.get(FIT)
    fitted = {_place(part): part for part in _parts(in_force) if _fit_of(part) is not None}
    parts = []
    for part in _parts(wanted):
        stored = fitted.pop(_place(part), None)
        if stored is not None and part["name"] == PANEL and _fit_of(part) is None:
            own = cast("Options", part["options"])
            parts.append({**part, "options": {**own, FIT: _fit_of(stored)}})
        else:
            parts.append(dict(part))
    if FIT in wanted:
        parts += [_like_base(wanted, part) for part in fitted.values() if _bare(part, in_force)]
    if parts:
        kept[PARTS] = parts
    return kept


def _bare(part: Options, in_force: Options) -> bool:
    """Whether a part differs from its base by its fit alone."""
    own = cast("Options", part["options"])
    return all(own.get(key) == in_force.get(key) for key in own if key != FIT)


def _like_base(wanted: Options, part: Options) -> dict[str, object]:
    base = {key: value for key, value in wanted.items() if key != PARTS}
    return {**part, "options": {**base, FIT: _fit_of(part)}}


def _parts(options: Options) -> Sequence[Options]:
    return cast("Sequence[Options]", options.get(PARTS) or ())


def _place(part: Options) -> tuple[object, object]:
    return part["target"], part["question"]


def _fit_of(part: Options) -> object:
    return cast("Options", part["options"]).get(FIT)
