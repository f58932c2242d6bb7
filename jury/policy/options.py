"""Options of a policy: names, types, ranges, defaults; anything else is an error that says so."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Literal, cast

from jury.policy.base import PolicyError
from jury.policy.draw import is_drawn
from jury.verdict import Caution

CURTAIL: Final = "curtail"
OF_THE_DRAW: Final[Mapping[str, object]] = {"random_share": 0.03, "seed": 1}
"""Options that only exist beside curtailment, with their defaults."""
_MOST_VOTES: Final = 99
_LEAST_OVERLAP: Final = 3
_NAMES: Final = frozenset(
    {"max_votes", "min_share", "caution", "human_floor", "categories", "category_floor"}
)


@dataclass(frozen=True, slots=True)
class Curtail:
    """Nobody waits for a first vote that cannot change the outcome, but on items drawn at random.

    Attributes:
        random_share: Share of the items that always get all first votes: they tell how people agree.
        seed: Of that draw.
    """

    random_share: float
    seed: int

    def is_random(self, item: int) -> bool:
        """Return whether an item is drawn at random: it always gets all its first votes."""
        return is_drawn(item, share=self.random_share, seed=self.seed)

    def to_document(self) -> dict[str, object]:
        """Return the options with their values in force, JSON-clean."""
        return {CURTAIL: True, "random_share": self.random_share, "seed": self.seed}


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
        curtail: How first votes that cannot matter are left out; None: all are waited for.
    """

    overlap: int
    max_votes: int
    min_share: float
    caution: Caution
    human_floor: int
    categories: Literal["majority", "verdict_only"]
    category_floor: tuple[tuple[str, int], ...] = ()
    curtail: Curtail | None = None

    def to_document(self) -> dict[str, object]:
        """Return the options with their values in force, JSON-clean; overlap is the project's.

        A floor by category and curtailment are there where they were set: a policy without is as it
        was before.
        """
        floors = {"category_floor": dict(self.category_floor)} if self.category_floor else {}
        return {
            "max_votes": self.max_votes,
            "min_share": self.min_share,
            "caution": self.caution,
            "human_floor": self.human_floor,
            "categories": self.categories,
            **floors,
            **(self.curtail.to_document() if self.curtail else {}),
        }


def usual_floor(overlap: int, *, curtail: bool) -> int:
    """Return the default of the human floor: with curtailment the smallest majority.

    >>> usual_floor(5, curtail=False), usual_floor(5, curtail=True), usual_floor(4, curtail=True)
    (5, 3, 3)
    """
    return overlap // 2 + 1 if curtail else overlap


def read_settings(
    policy: str,
    options: Mapping[str, object],
    *,
    overlap: int,
    min_share: float,
    curtails: bool = False,
) -> Settings:
    """Return the options in force.

    Args:
        policy: The policy's name, for messages.
        options: As a project file gives them; what is missing takes its default.
        overlap: People asked at first pass.
        min_share: The policy's default share.
        curtails: Whether the policy knows curtailment.

    Raises:
        PolicyError: An unknown option, or a value of the wrong type or out of range.
    """
    known = _NAMES | ({CURTAIL, *OF_THE_DRAW} if curtails else set())
    unknown = sorted(set(options) - known)
    if unknown:
        message = (
            f"Policy “{policy}” has no option “{unknown[0]}”. Known: {', '.join(sorted(known))}."
        )
        raise PolicyError(message)
    whole = _whole(1, _MOST_VOTES)
    overlap = cast("int", whole("overlap", overlap))
    curtail = _curtail(options, overlap)
    defaults: dict[str, object] = {
        "max_votes": max(5, overlap),
        "min_share": min_share,
        "caution": "permissive",
        "human_floor": usual_floor(overlap, curtail=curtail is not None),
        "categories": "majority",
        "category_floor": {},
    }
    readers: dict[str, Callable[[str, object], object]] = {
        "max_votes": _whole(overlap, _MOST_VOTES),
        "min_share": _number(0.5, 1),
        "caution": _one_of("permissive", "defensive"),
        "human_floor": whole,
        "categories": _one_of("majority", "verdict_only"),
        "category_floor": _floors(whole),
    }
    given = defaults | {name: value for name, value in options.items() if name in _NAMES}
    read = {name: readers[name](name, value) for name, value in given.items()}
    settings = Settings(
        overlap=overlap,
        max_votes=cast("int", read["max_votes"]),
        min_share=cast("float", read["min_share"]),
        caution=cast("Caution", read["caution"]),
        human_floor=cast("int", read["human_floor"]),
        categories=cast("Literal['majority', 'verdict_only']", read["categories"]),
        category_floor=cast("tuple[tuple[str, int], ...]", read["category_floor"]),
        curtail=curtail,
    )
    _check_floors(settings)
    return settings


def _check_floors(settings: Settings) -> None:
    """Raise PolicyError for a floor that can never be reached, or that curtailment never gets to."""
    overlap, floor = settings.overlap, settings.human_floor
    if settings.curtail and floor >= overlap:
        message = (
            f"Option “human_floor” ({floor}) must be below the overlap ({overlap}) beside "
            f"“{CURTAIL}”, or no answer could ever be left out: set it to "
            f"{usual_floor(overlap, curtail=True)}, or leave it out."
        )
        raise PolicyError(message)
    # Rounded as a share is where votes are counted.
    if settings.curtail and round((overlap - 1) / overlap, 2) < settings.min_share:
        message = (
            f"Option “{CURTAIL}” leaves out nothing where {overlap - 1} of {overlap} people are less "
            f"than “min_share” ({settings.min_share:g}): lower it, or raise the overlap."
        )
        raise PolicyError(message)
    floors = {"human_floor": settings.human_floor}
    floors["category_floor"] = max((n for _, n in settings.category_floor), default=0)
    for name, floor in floors.items():
        if floor > settings.max_votes:
            message = (
                f"Option “{name}” ({floor}) must not exceed “max_votes” ({settings.max_votes})."
            )
            raise PolicyError(message)


def _curtail(options: Mapping[str, object], overlap: int) -> Curtail | None:
    """Return how first votes are curtailed, None where they are not."""
    wanted = options.get(CURTAIL, False)
    if not isinstance(wanted, bool):
        message = f"Option “{CURTAIL}” must be true or false, not {wanted!r}."
        raise PolicyError(message)
    if not wanted:
        alone = sorted(set(options) & set(OF_THE_DRAW))
        if alone:
            message = (
                f"Option “{alone[0]}” only exists beside “{CURTAIL}”: "
                f"set {CURTAIL} = true, or leave it out."
            )
            raise PolicyError(message)
        return None
    if overlap < _LEAST_OVERLAP:
        message = (
            f"Option “{CURTAIL}” needs an overlap of {_LEAST_OVERLAP} or more, not {overlap}: of so "
            f"few answers none can be left out. Raise the overlap, or leave it out."
        )
        raise PolicyError(message)
    draw = {**OF_THE_DRAW, **options}
    return Curtail(
        random_share=cast("float", _number(0, 1)("random_share", draw["random_share"])),
        seed=cast("int", _whole(0, 2**63 - 1)("seed", draw["seed"])),
    )


def _whole(low: int, high: int) -> Callable[[str, object], object]:
    def read(name: str, value: object) -> object:
        # True is an int in Python, and never a count.
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            message = f"Option “{name}” must be a whole number from {low} to {high}, not {value!r}."
            raise PolicyError(message)
        return value

    return read


def _number(low: float, high: float) -> Callable[[str, object], object]:
    def read(name: str, value: object) -> object:
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if not number or not low <= cast("float", value) <= high:
            message = f"Option “{name}” must be a number from {low:g} to {high:g}, not {value!r}."
            raise PolicyError(message)
        return float(cast("float", value))

    return read


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
