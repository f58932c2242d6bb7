"""Whose votes a figure is about: four populations, each with its words and its votes."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Final, Literal

from django.db.models import Q, QuerySet

from annotator.catalog.queries import ProjectView, members
from annotator.core.digests import sha256_json
from annotator.core.errors import Invalid
from annotator.labeling.models import Vote as HumanVote
from annotator.panel.models import Vote as JurorVote

Population = Literal["first_pass", "all", "juror", "human_juror"]

HUMAN: Final = "human"
JUROR: Final = "juror"
NO_CATEGORY: Final = "none"
YES: Final = "yes"
NO: Final = "no"
SETS: Final = ("core", "fine")
SEPARATOR: Final = "|"
KINDS: Final[dict[str, tuple[str, ...]]] = {
    "first_pass": (HUMAN,),
    "all": (HUMAN,),
    "juror": (JUROR,),
    "human_juror": (HUMAN, JUROR),
}

WORDS: Final[dict[str, str]] = {
    "first_pass": "First votes of people: blind, on seats fixed before any vote was seen.",
    "all": "All blind votes of people that count. Disputed units have more of them.",
    "juror": "Opinions of the jury's current versions.",
    "human_juror": "First votes of people and opinions of the jury, each juror a rater.",
}


@dataclass(frozen=True, slots=True)
class Scope:
    """Votes on one question about one target, seen at one level, by one population."""

    project: ProjectView
    target: str
    question: str = "safety"
    level: str = "verdict"
    population: Population = "first_pass"

    def check(self) -> None:
        """Raise Invalid where the scope names something the project does not have."""
        known = {
            "target": [target.key for target in self.project.targets],
            "question": [question.key for question in self.project.questions],
            "level": ["verdict", *SETS, *self.project.taxonomy.ids],
            "population": list(WORDS),
        }
        for name, keys in known.items():
            value = getattr(self, name)
            if value not in keys:
                message = f"Unknown {name} {value!r}; known: {', '.join(keys)}."
                raise Invalid(message, fields={name: message})

    @property
    def values(self) -> tuple[str, ...] | None:
        """The labels in their order, None where they are sets."""
        if self.level in SETS:
            return None
        if self.level != "verdict":
            return (NO, YES)
        schema = next(each for each in self.project.questions if each.key == self.question)
        return schema.value_keys

    @property
    def ordinal(self) -> bool:
        """Whether the order of the labels carries meaning."""
        schema = next(each for each in self.project.questions if each.key == self.question)
        return self.level == "verdict" and schema.ordinal

    def label(self, value: str, categories: list[str]) -> str:
        """Return an answer's label at this level; a set is joined by `|`, the empty one `none`."""
        match self.level:
            case "verdict":
                return value
            case "core":
                rolled = self.project.taxonomy.roll_up(categories, "core")
                return SEPARATOR.join(rolled) or NO_CATEGORY
            case "fine":
                return SEPARATOR.join(sorted(categories)) or NO_CATEGORY
            case _:
                return YES if self.level in categories else NO


@dataclass(frozen=True, slots=True)
class Ballot:
    """A counting vote: who (`rater` is a person's or a juror's id) said what about which unit."""

    unit: int
    rater: int
    kind: str
    value: str
    categories: list[str]


def on_target(target: str, prefix: str = "unit__") -> Q:
    """Return the filter for a target; `turn` stands for every `turn:N`."""
    return Q(**{f"{prefix}target": target}) | Q(**{f"{prefix}target__startswith": f"{target}:"})


def people_votes(scope: Scope) -> QuerySet[HumanVote]:
    """Return the counting votes of people in a scope: first pass only, or all."""
    rows = HumanVote.objects.filter(
        on_target(scope.target),
        unit__item__project=scope.project.id,
        question=scope.question,
        counts=True,
    )
    return rows if scope.population == "all" else rows.filter(annotation__assignment__round=1)


def jury_votes(scope: Scope) -> QuerySet[JurorVote]:
    """Return the counting votes of jurors in a scope."""
    return JurorVote.objects.filter(
        on_target(scope.target),
        unit__item__project=scope.project.id,
        question=scope.question,
        counts=True,
    )


def ballots(scope: Scope, kinds: Collection[str] = ()) -> Iterator[Ballot]:
    """Yield a scope's votes, by unit within each kind; `kinds` instead of its population's own."""
    wanted = kinds or KINDS[scope.population]
    if HUMAN in wanted:
        rows = people_votes(scope).order_by("unit_id", "pk")
        for unit, rater, value, categories in rows.values_list(
            "unit_id", "annotation__person_id", "value", "categories"
        ).iterator():
            yield Ballot(unit, rater, HUMAN, value, categories)
    if JUROR in wanted:
        given = jury_votes(scope).order_by("unit_id", "pk")
        for unit, rater, value, categories in given.values_list(
            "unit_id", "opinion__inquiry__juror_version__juror_id", "value", "categories"
        ).iterator():
            yield Ballot(unit, rater, JUROR, value, categories)


def guest(slug: str, person_id: int) -> str:
    """Return the stable pseudonym of somebody who judged without being a member."""
    return f"guest-{sha256_json([slug, person_id])[:8]}"


def rater_names(scope: Scope) -> dict[tuple[str, int], str]:
    """Return (kind, id) → the name an export shows: pseudonyms of people, names of jurors."""
    people = {(HUMAN, row.person_id): row.pseudonym for row in members(scope.project.id)}
    jurors = jury_votes(scope).values_list(
        "opinion__inquiry__juror_version__juror_id", "opinion__inquiry__juror_version__juror__name"
    )
    return people | {(JUROR, pk): name for pk, name in jurors.distinct().order_by()}
