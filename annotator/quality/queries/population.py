"""Whose votes a figure is about: every population, each with its words and its votes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from django.db.models import Q, QuerySet

from annotator.accounts.models import Person
from annotator.catalog.queries import ProjectView, members
from annotator.core.digests import sha256_json
from annotator.core.errors import Invalid
from annotator.labeling.models import Vote as HumanVote
from annotator.panel.models import Vote as JurorVote
from annotator.quality.patterns import ALL, FIRST_PASS, HUMAN_JUROR, NO, SETS, VERDICT, YES
from annotator.quality.patterns import JUROR as JURORS
from annotator.quality.patterns import label as label_at
from annotator.quality.queries.counted import lens_of
from jury.verdict import QuestionSchema

Population = Literal[
    "first_pass",
    "adaptive",
    "reannotation",
    "corrected",
    "calibration",
    "audit",
    "gold",
    "training",
    "repeat",
    "after_reveal",
    "all",
    "juror",
    "human_juror",
]

HUMAN: Final = "human"
JUROR: Final = "juror"

WORDS: Final[dict[Population, str]] = {
    "first_pass": (
        "First votes of people: blind, as first submitted, on a number of seats fixed before any "
        "vote was seen."
    ),
    "adaptive": "First votes of people where the votes themselves decided how many were asked.",
    "reannotation": "Votes of people asked because earlier ones did not settle it.",
    "corrected": "Votes that replaced an earlier one on their seat: corrected by the person.",
    "calibration": "Votes of people on calibration seats.",
    "audit": "Votes of people on audit seats.",
    "gold": "Votes of people on gold items.",
    "training": "Votes of people in training.",
    "repeat": "Votes of people who were asked the same again.",
    "after_reveal": "Votes of people given after others' answers were shown: not blind.",
    "all": "All blind votes of people that count. Disputed units have more of them.",
    "juror": "Opinions of the jury's current versions.",
    "human_juror": "First votes of people and opinions of the jury, each juror a rater.",
}
POPULATIONS: Final[tuple[Population, ...]] = tuple(WORDS)


@dataclass(frozen=True, slots=True)
class Scope:
    """Votes on one question about one target, seen at one level, by one population."""

    project: ProjectView
    target: str
    question: str = "safety"
    level: str = VERDICT
    population: Population = "first_pass"

    def check(self) -> None:
        """Raise Invalid where the scope names something the project does not have."""
        lens = lens_of(self.project, self.question)
        known = {
            "target": [target.key for target in self.project.targets],
            "question": [question.key for question in self.project.questions],
            "level": lens.levels if lens else (),
            "population": POPULATIONS,
        }
        for name, keys in known.items():
            value = getattr(self, name)
            if value not in keys:
                message = f"Unknown {name} {value!r}; known: {', '.join(keys)}."
                raise Invalid(message, fields={name: message})

    @property
    def schema(self) -> QuestionSchema:
        """The question."""
        return next(each for each in self.project.questions if each.key == self.question)

    @property
    def values(self) -> tuple[str, ...] | None:
        """The labels in their order, None where they are sets."""
        if self.level in SETS:
            return None
        return self.schema.value_keys if self.level == VERDICT else (NO, YES)

    @property
    def ordinal(self) -> bool:
        """Whether the order of the labels carries meaning."""
        return self.level == VERDICT and self.schema.ordinal

    @property
    def kinds(self) -> tuple[str, ...]:
        """Whose votes: people's, jurors', or both."""
        return {JURORS: (JUROR,), HUMAN_JUROR: (HUMAN, JUROR)}.get(self.population, (HUMAN,))

    def label(self, value: str, categories: list[str]) -> str:
        """Return an answer's label at this level; a set is joined by `|`, the empty one `none`."""
        return label_at(self.project.taxonomy, self.level, value, categories)


@dataclass(frozen=True, slots=True)
class Ballot:
    """A vote: who (`rater` is a person's or a juror's id) said what about which unit."""

    unit: int
    rater: int
    kind: str
    value: str
    categories: list[str]


def on_target(target: str, prefix: str = "unit__") -> Q:
    """Return the filter for a target; `turn` stands for every `turn:N`."""
    return Q(**{f"{prefix}target": target}) | Q(**{f"{prefix}target__startswith": f"{target}:"})


def people_votes(scope: Scope) -> QuerySet[HumanVote]:
    """Return the votes of people in a scope."""
    rows = HumanVote.objects.filter(
        on_target(scope.target),
        unit__item__project=scope.project.id,
        question=scope.question,
    )
    if scope.population == ALL:
        return rows.filter(counts=True)
    first = scope.population in {FIRST_PASS, HUMAN_JUROR}
    return rows.filter(population=FIRST_PASS if first else scope.population)


def jury_votes(scope: Scope) -> QuerySet[JurorVote]:
    """Return the counting votes of jurors in a scope."""
    return JurorVote.objects.filter(
        on_target(scope.target),
        unit__item__project=scope.project.id,
        question=scope.question,
        counts=True,
    )


def ballots(scope: Scope) -> Iterator[Ballot]:
    """Yield a scope's votes, by unit within each kind."""
    if HUMAN in scope.kinds:
        rows = people_votes(scope).order_by("unit_id", "pk")
        for unit, rater, value, categories in rows.values_list(
            "unit_id", "annotation__person_id", "value", "categories"
        ).iterator():
            yield Ballot(unit, rater, HUMAN, value, categories)
    if JUROR in scope.kinds:
        given = jury_votes(scope).order_by("unit_id", "pk")
        for unit, rater, value, categories in given.values_list(
            "unit_id", "opinion__inquiry__juror_version__juror_id", "value", "categories"
        ).iterator():
            yield Ballot(unit, rater, JUROR, value, categories)


def guest(project: ProjectView, person_id: int) -> str:
    """Return the stable pseudonym of somebody who judged without being a member."""
    username = Person.objects.values_list("username", flat=True).get(pk=person_id)
    return guest_name(project, username)


def guest_name(project: ProjectView, username: str) -> str:
    """Return a guest's pseudonym.

    As a member's, it follows from the project's seed and the username alone: the same evidence has
    the same bytes in whatever order a database was filled.
    """
    return f"guest-{sha256_json([project.seed, username])[:8]}"


class RaterNames:
    """The names that an export shows: pseudonyms of people, names of jurors."""

    def __init__(self, scope: Scope) -> None:
        self._project = scope.project
        self._names = rater_names(scope)

    def of(self, kind: str, rater: int) -> str:
        """Return a rater's name; who judged without being a member has one, too."""
        key = (kind, rater)
        if key not in self._names:
            self._names[key] = guest(self._project, rater)
        return self._names[key]


def rater_names(scope: Scope) -> dict[tuple[str, int], str]:
    """Return (kind, id) → the name an export shows: pseudonyms of people, names of jurors."""
    people = {(HUMAN, row.person_id): row.pseudonym for row in members(scope.project.id)}
    jurors = jury_votes(scope).values_list(
        "opinion__inquiry__juror_version__juror_id", "opinion__inquiry__juror_version__juror__name"
    )
    return people | {(JUROR, pk): name for pk, name in jurors.distinct().order_by()}
