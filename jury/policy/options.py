"""Options of a policy: names, types, ranges, defaults; anything else is an error that says so."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Literal, cast

from jury.policy.base import PolicyError
from jury.verdict import Caution

_MOST_VOTES: Final = 99


@dataclass(frozen=True, slots=True)
class Settings:
    """The options in force.

    Attributes:
        overlap: People asked at first pass.
        max_votes: Human votes after which a lead decides.
        min_share: Share of the leading collapsed value that settles, 0.5 to 1.
        caution: How needs caution is read before the majority.
        human_floor: Human votes below which nothing is settled.
        categories: Whether categories must be settled too, or the verdict alone.
        category_floor: (category, human votes below which a unit is not settled once anybody chose
            it), sorted. A floor of a category holds for its finer ones too.
    """

    overlap: int
    max_votes: int
    min_share: float
    caution: Caution
    human_floor: int
    categories: Literal["majority", "verdict_only"]
    category_floor: tuple[tuple[str, int], ...] = ()

    def to_document(self) -> dict[str, object]:
        """Return the options with their values in force, JSON-clean; overlap is the project's.

        A floor by category is there where one was set: a policy without is as it was before.
        """
        floors = {"category_floor": dict(self.category_floor)} if self.category_floor else {}
        return {
            "max_votes": self.max_votes,
            "min_share": self.min_share,
            "caution": self.caution,
            "human_floor": self.human_floor,
            "categories": self.categories,
            **floors,
        }


def read_settings(
    policy: str, options: Mapping[str, object], *, overlap: int, min_share: float
) -> Settings:
    """Return the options in force.

    Args:
        policy: The policy's name, for messages.
        options: As a project file gives them; what is missing takes its default.
        overlap: People asked at first pass.
        min_share: The policy's default share.

    Raises:
        PolicyError: An unknown option, or a value of the wrong type or out of range.
    """
    defaults: dict[str, object] = {
        "max_votes": max(5, overlap),
        "min_share": min_share,
        "caution": "permissive",
        "human_floor": overlap,
        "categories": "majority",
        "category_floor": {},
    }
    unknown = sorted(set(options) - set(defaults))
    if unknown:
        message = (
            f"Policy “{policy}” has no option “{unknown[0]}”. Known: {', '.join(sorted(defaults))}."
        )
        raise PolicyError(message)
    whole = _whole(1, _MOST_VOTES)
    overlap = cast("int", whole("overlap", overlap))
    readers: dict[str, Callable[[str, object], object]] = {
        "max_votes": _whole(overlap, _MOST_VOTES),
        "min_share": _share,
        "caution": _one_of("permissive", "defensive"),
        "human_floor": whole,
        "categories": _one_of("majority", "verdict_only"),
        "category_floor": _floors(whole),
    }
    read = {name: readers[name](name, value) for name, value in (defaults | dict(options)).items()}
    settings = Settings(
        overlap=overlap,
        max_votes=cast("int", read["max_votes"]),
        min_share=cast("float", read["min_share"]),
        caution=cast("Caution", read["caution"]),
        human_floor=cast("int", read["human_floor"]),
        categories=cast("Literal['majority', 'verdict_only']", read["categories"]),
        category_floor=cast("tuple[tuple[str, int], ...]", read["category_floor"]),
    )
    floors = {"human_floor": settings.human_floor}
    floors["category_floor"] = max((n for _, n in settings.category_floor), default=0)
    for name, floor in floors.items():
        if floor > settings.max_votes:
            message = (
                f"Option “{name}” ({floor}) must not exceed “max_votes” ({settings.max_votes})."
            )
            raise PolicyError(message)
    return settings


def _whole(low: int, high: int) -> Callable[[str, object], object]:
    def read(name: str, value: object) -> object:
        # True is an int in Python, and never a count.
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            message = f"Option “{name}” must be a whole number from {low} to {high}, not {value!r}."
            raise PolicyError(message)
        return value

    return read


def _share(name: str, value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0.5 <= value <= 1:
        message = f"Option “{name}” must be a number from 0.5 to 1, not {value!r}."
        raise PolicyError(message)
    return float(value)


def _floors(whole: Callable[[str, object], object]) -> Callable[[str, object], object]:
    def read(name: str, value: object) -> object:
        if not isinstance(value, Mapping):
            message = f"Option “{name}” must be a table of categories and votes, not {value!r}."
            raise PolicyError(message)
        return tuple(sorted((str(key), whole(f"{name}.{key}", n)) for key, n in value.items()))

    return read


def _one_of(*known: str) -> Callable[[str, object], object]:
    def read(name: str, value: object) -> object:
        if value not in known:
            message = f"Option “{name}” must be one of {', '.join(known)}, not {value!r}."
            raise PolicyError(message)
        return value

    return read
