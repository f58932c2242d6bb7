"""The form of a policy: its known options with the values in force, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext as _

from annotator.catalog.queries import ProjectView
from annotator.core.errors import Invalid
from annotator.flow.whatif import Wish, wish
from jury.policy.base import PolicyError
from jury.policy.known import NO, YES, Option, existing, known_options
from jury.policy.registry import policy_names

PREFIX: Final = "option-"
OPTIONS_OF: Final = "options_of"


@dataclass(frozen=True, slots=True)
class Field:
    """One option as a form shows it."""

    option: Option
    label: str
    note: str
    value: str
    problem: str
    choices: tuple[tuple[str, str], ...]

    @property
    def name(self) -> str:
        """The field's name in the form."""
        return f"{PREFIX}{self.option.name}"

    @property
    def keyboard(self) -> str:
        """What is typed into it."""
        return "text" if self.option.kind == "floors" else "decimal"

    @property
    def longest(self) -> int:
        """How many letters it takes."""
        return 1000 if self.option.kind == "floors" else 24


@dataclass(frozen=True, slots=True)
class PolicyForm:
    """A policy somebody is thinking of: checked, or with what is wrong."""

    name: str
    fields: tuple[Field, ...]
    wanted: Wish | None
    problem: str = ""

    @property
    def policies(self) -> tuple[tuple[str, str, bool], ...]:
        """(name, words, chosen) of all policies."""
        words = {
            "majority": _("Majority: two thirds of the people settle"),
            "low_agreement": _("Low agreement adds a person: three quarters settle"),
            "jury_conflict": _("Majority, checked against the jury"),
            "aegis2": _("Aegis 2.0: people judge the dialogue, the rest is derived"),
            "panel": _("Calibrated panel: asks while an answer is worth its cost"),
        }
        return tuple((name, words.get(name, name), name == self.name) for name in policy_names())

    @property
    def words(self) -> str:
        """What the policy chosen is called."""
        return next((words for _name, words, chosen in self.policies if chosen), self.name)

    @property
    def values(self) -> dict[str, object]:
        """The options as the form has them; every field holds a value that can be read."""
        read = {field.option.name: field.option.read(field.value) for field in self.fields}
        return existing(self.name, read)

    @property
    def hidden(self) -> tuple[tuple[str, str], ...]:
        """The options as hidden fields, to be posted by whoever applies this."""
        return tuple((field.name, field.value) for field in self.fields)


def policy_form(project: ProjectView, posted: Mapping[str, str]) -> PolicyForm:
    """Return the form of what was posted; of the policy in force where nothing was.

    Options posted beside another policy than the one they were shown for are not meant for it:
    it starts from its own.
    """
    name = posted.get("policy") or project.policy.name
    meant = posted.get(OPTIONS_OF, name) == name
    given = {
        option: posted[f"{PREFIX}{option.name}"]
        for option in (known_options(name) if meant and name in policy_names() else ())
        if f"{PREFIX}{option.name}" in posted
    }
    problems: dict[str, str] = {}
    values: dict[str, object] = {}
    for option, text in given.items():
        try:
            values[option.name] = option.read(text)
        except PolicyError as error:
            problems[option.name] = str(error)
    try:
        start = wish(project, name, {})
        wanted = None if problems else wish(project, name, existing(name, values))
    except Invalid as error:
        problems |= error.fields
        wanted = None
        start = wish(project, project.policy.name, {})
        name = name if name in policy_names() else project.policy.name
        if name != start.name:
            start = wish(project, name, {})
    shown = {key: written(value) for key, value in start.options.items()}
    shown |= {option.name: text for option, text in given.items()}
    fields = tuple(
        _field(option, shown.get(option.name, option.usual), problems.get(option.name, ""))
        for option in known_options(name)
    )
    known = {field.option.name for field in fields}
    elsewhere = [why for option, why in problems.items() if option not in known]
    return PolicyForm(name, fields, wanted, " ".join(elsewhere))


def written(value: object) -> str:
    """Return an option's value as a person writes it in the form."""
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {each}" for key, each in value.items())
    if isinstance(value, bool):
        return YES if value else NO
    return f"{value:g}" if isinstance(value, float) else str(value)


def _field(option: Option, value: str, problem: str) -> Field:
    label, note = _words().get(option.name, (option.name, ""))
    choices = tuple((key, _choices().get(key, key)) for key in option.choices)
    return Field(option, label, note, value, problem, choices)


def _words() -> dict[str, tuple[str, str]]:
    return {
        "cost": (
            _("Price of a label"),
            _("Against one wrong ruling: 0.02 is one fiftieth of it."),
        ),
        "confidence": (
            _("Sure enough"),
            _("At the most votes, a smaller probability of the answer goes to a lead."),
        ),
        "horizon": (_("Most people asked"), _("The panel looks so many votes ahead.")),
        "random_share": (
            _("Share drawn at random"),
            _("Of the items; they always get a fixed number of votes."),
        ),
        "curtail": (
            _("Leave out what cannot matter"),
            _("Nobody waits for a first answer that could not change the outcome."),
        ),
        "random_votes": (_("Votes of those"), ""),
        "seed": (_("Seed of that draw"), ""),
        "max_votes": (_("Most votes"), _("Then a lead decides.")),
        "min_share": (_("Share that settles"), _("0.67 is two thirds.")),
        "caution": (_("Needs caution is read as"), _("When looking for a majority.")),
        "human_floor": (_("Fewest people"), _("Nothing is settled below.")),
        "category_floor": (
            _("Fewest people by category"),
            _("Ids with numbers: threat 3, fraud 2. Once anybody chose it."),
        ),
        "categories": (
            _("Categories"),
            _("Whether a tie over categories keeps a unit open."),
        ),
    }


def _choices() -> dict[str, str]:
    return {
        "permissive": _("safe (permissive)"),
        "defensive": _("unsafe (defensive)"),
        "majority": _("must be settled too"),
        "verdict_only": _("the verdict alone settles"),
        NO: _("no"),
        YES: _("yes"),
    }
