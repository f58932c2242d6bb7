"""Options of the panel: those every policy has, and its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, cast

from jury.document import FieldError, Row
from jury.policy.base import PolicyError
from jury.policy.options import Settings, read_settings
from jury.policy.panel.fit import DEFAULT_FIT, Fit
from jury.policy.panel.stop import MOST_VOTES, Stakes

NAME: Final = "panel"
_SHARED: Final = frozenset(
    {"max_votes", "min_share", "caution", "human_floor", "categories", "category_floor"}
)
_OWN: Final[Mapping[str, object]] = {
    "horizon": 11,
    "cost": 0.02,
    "class_weights": "balanced",
    "confidence": 0.8,
    "random_share": 0.03,
    "random_votes": 5,
    "seed": 1,
    "fit": None,
}

Weights = Literal["balanced"] | tuple[float, float]


@dataclass(frozen=True, slots=True)
class PanelOptions:
    """The panel's options in force.

    Attributes:
        settings: Those every policy has. The share and the category rule hold for what the panel is
            not played on: other questions, and categories.
        horizon: Votes the stop table looks ahead to; the most people asked.
        cost: What one more vote costs, in units of expected balanced accuracy (0.02 = 2 points).
        class_weights: Worth of a right unsafe and of a right safe answer, or `balanced`.
        confidence: At the horizon, a smaller probability of the answer goes to a lead.
        random_share: Share of the items, drawn at random, that always get `random_votes`.
        random_votes: Votes of those.
        seed: Of that draw.
        fit: The priors; the default fit until there is one.
    """

    settings: Settings
    horizon: int
    cost: float
    class_weights: Weights
    confidence: float
    random_share: float
    random_votes: int
    seed: int
    fit: Fit

    @property
    def stakes(self) -> Stakes:
        """Class weights and cost as the stop table takes them."""
        if self.class_weights == "balanced":
            return Stakes.balanced(self.fit.share_unsafe, self.cost)
        unsafe, safe = self.class_weights
        return Stakes(unsafe, safe, self.cost)

    def to_document(self) -> dict[str, object]:
        """Return every option with its value in force, JSON-clean."""
        weights = self.class_weights
        fitted = self.fit is not DEFAULT_FIT and self.fit != DEFAULT_FIT
        return {
            **self.settings.to_document(),
            "horizon": self.horizon,
            "cost": self.cost,
            "class_weights": weights
            if weights == "balanced"
            else {"unsafe": weights[0], "safe": weights[1]},
            "confidence": self.confidence,
            "random_share": self.random_share,
            "random_votes": self.random_votes,
            "seed": self.seed,
            "fit": self.fit.to_document() if fitted else None,
        }


def read_panel_options(options: Mapping[str, object], *, overlap: int) -> PanelOptions:
    """Return the options in force.

    Args:
        options: As a project file gives them; what is missing takes its default.
        overlap: People asked at first pass.

    Raises:
        PolicyError: An unknown option, or a value of the wrong type or out of range.
    """
    unknown = sorted(set(options) - _SHARED - set(_OWN))
    if unknown:
        known = ", ".join(sorted(_SHARED | set(_OWN)))
        message = f"Policy “{NAME}” has no option “{unknown[0]}”. Known: {known}."
        raise PolicyError(message)
    shared = {key: value for key, value in options.items() if key in _SHARED}
    usual = {"max_votes": max(11, _at_least_one(overlap)), "human_floor": 1}
    settings = read_settings(NAME, usual | shared, overlap=overlap, min_share=0.67)
    own = {**_OWN, "horizon": min(settings.max_votes, MOST_VOTES)}
    own |= {key: value for key, value in options.items() if key in _OWN}
    horizon = _whole(own, "horizon", 1, min(settings.max_votes, MOST_VOTES))
    return PanelOptions(
        settings=settings,
        horizon=horizon,
        cost=_between(own, "cost", 0.0, 1.0),
        class_weights=_weights(own["class_weights"]),
        confidence=_between(own, "confidence", 0.5, 1.0),
        random_share=_between(own, "random_share", 0.0, 1.0),
        random_votes=_whole(own, "random_votes", 1, settings.max_votes)
        if "random_votes" in options
        else min(5, settings.max_votes),
        seed=_whole(own, "seed", 0, 2**63 - 1),
        fit=_fit(own["fit"]),
    )


def _at_least_one(overlap: object) -> int:
    return overlap if isinstance(overlap, int) else 1


def _whole(options: Mapping[str, object], name: str, low: int, high: int) -> int:
    value = options[name]
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        message = f"Option “{name}” must be a whole number from {low} to {high}, not {value!r}."
        raise PolicyError(message)
    return value


def _between(options: Mapping[str, object], name: str, low: float, high: float) -> float:
    value = options[name]
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        message = f"Option “{name}” must be a number from {low:g} to {high:g}, not {value!r}."
        raise PolicyError(message)
    return float(value)


def _weights(value: object) -> Weights:
    if value == "balanced":
        return "balanced"
    known = {"unsafe", "safe"}
    if isinstance(value, Mapping) and set(value) == known:
        table = cast("Mapping[str, object]", value)
        found = tuple(_between(table, key, 0.001, 1000.0) for key in ("unsafe", "safe"))
        return (found[0], found[1])
    message = (
        f"Option “class_weights” must be balanced, or a table of unsafe and safe, not {value!r}."
    )
    raise PolicyError(message)


def _fit(value: object) -> Fit:
    if value is None:
        return DEFAULT_FIT
    try:
        Row.of(value, "fit")
        return Fit.from_document(value)
    except FieldError as error:
        message = f"Option “{error.field}” {error.message}"
        raise PolicyError(message) from error
