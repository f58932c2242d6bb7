"""The one switch of the quality page: which target, which question, which level, whose votes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.utils.http import urlencode
from django.utils.translation import gettext as _

from annotator.catalog.queries import ProjectView, TargetView
from annotator.core.errors import Invalid
from annotator.quality.patterns import CORE, FINE, FINE_ONLY, ROLLED, VERDICT
from annotator.quality.queries.counted import lens_of
from annotator.quality.queries.population import POPULATIONS as POPULATION_NAMES
from annotator.quality.queries.population import Population
from jury.verdict import QuestionSchema

PEOPLE: Final = "people"
JURY: Final = "jury"
NAMED: Final[Mapping[str, Population]] = {
    PEOPLE: "first_pass",
    JURY: "human_juror",
    "jurors": "juror",
    "counting": "all",
}
POPULATIONS: Final[Mapping[str, Population]] = {
    **NAMED,
    **{name: name for name in POPULATION_NAMES if name not in NAMED.values()},
}


@dataclass(frozen=True, slots=True)
class Option:
    """One position of the switch."""

    label: str
    query: str
    current: bool


@dataclass(frozen=True, slots=True)
class Switch:
    """Where the switch stands."""

    project: ProjectView
    target: TargetView
    question: QuestionSchema
    who: str
    level: str = VERDICT

    @property
    def population(self) -> Population:
        """Whose votes are meant."""
        return POPULATIONS[self.who]

    @property
    def asks_categories(self) -> bool:
        """Whether the question has categories."""
        return self.question.categories is not None

    def _query(self, **changes: str) -> str:
        here = {"target": self.target.key, "question": self.question.key, "who": self.who}
        if self.level != VERDICT and "question" not in changes:
            here["level"] = self.level
        return urlencode(here | changes)

    @property
    def query(self) -> str:
        """Where it stands, as the query of an address."""
        return self._query()

    @property
    def targets(self) -> tuple[Option, ...]:
        """The targets that are asked anything."""
        return tuple(
            Option(target.title, self._query(target=target.key), target == self.target)
            for target in asked_targets(self.project)
        )

    @property
    def questions(self) -> tuple[Option, ...]:
        """The questions about the target."""
        return tuple(
            Option(_(each.title), self._query(question=each.key), each == self.question)
            for each in self.project.questions_for(self.target.key)
        )

    @property
    def whose(self) -> tuple[Option, ...]:
        """People among themselves, or people and jury."""
        words = {PEOPLE: _("Human–human"), JURY: _("Human–jury")}  # noqa: RUF001 - who with whom
        return tuple(
            Option(label, self._query(who=who), who == self.who) for who, label in words.items()
        )

    @property
    def levels(self) -> tuple[Option, ...]:
        """Answers, sets of categories, and the one category that is looked at."""
        if not self.asks_categories:
            return ()
        lens = lens_of(self.project, self.question.key)
        known = {
            VERDICT: _("Answer"),
            CORE: _("Core categories"),
            FINE: _("All categories"),
            FINE_ONLY: _("Fine-grained alone"),
        }
        words = {level: word for level, word in known.items() if lens and level in lens.levels}
        if self.level not in words:
            words[self.level] = level_name(self.project, self.level)
        return tuple(
            Option(label, self._query(level=level), level == self.level)
            for level, label in words.items()
        )

    def at_level(self, level: str) -> str:
        """Return the address's query at another level."""
        return self._query(level=level)

    def of(self, population: str) -> str:
        """Return the address's query for another population."""
        who = next(name for name, found in POPULATIONS.items() if found == population)
        return self._query(who=who)


def level_name(project: ProjectView, level: str) -> str:
    """Return a category level in words."""
    category = project.taxonomy.get(level.removeprefix(ROLLED))
    name = category.name if category else level
    return _("%(name)s or finer") % {"name": name} if level.startswith(ROLLED) else name


def asked_targets(project: ProjectView) -> tuple[TargetView, ...]:
    """Return the targets that are asked anything."""
    return tuple(target for target in project.targets if project.questions_for(target.key))


def switch_of(project: ProjectView, query: Mapping[str, str]) -> Switch:
    """Return where an address puts the switch; raises Invalid for what the project has not.

    A question that the target is not asked falls back to its first one.
    """
    targets = {target.key: target for target in asked_targets(project)}
    target = targets.get(query.get("target") or next(iter(targets), ""))
    who = query.get("who") or PEOPLE
    if target is None or who not in POPULATIONS:
        message = _("There is no such view.")
        raise Invalid(message, fields={"target": message})
    asked = {question.key: question for question in project.questions_for(target.key)}
    question = asked.get(query.get("question") or "") or next(iter(asked.values()))
    lens = lens_of(project, question.key)
    level = query.get("level") or VERDICT
    if lens is None or level not in lens.levels:
        message = _("There is no such view.")
        raise Invalid(message, fields={"level": message})
    return Switch(project, target, question, who, level)
