"""A file's row read as a vote: who said what about which unit, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from annotator.catalog.queries import ProjectView
from annotator.core.errors import Unreadable
from annotator.flow.vote_fields import (
    choice,
    flag,
    folded,
    required,
    round_of,
    seconds_of,
    severity_of,
    text_of,
    time_of,
)
from annotator.intake.readers import Row, RowError
from annotator.intake.rows import BadRow
from jury.verdict import Answer, QuestionSchema

REQUIRED: Final = ("item", "target", "rater", "kind", "state")
SAFETY: Final = "safety"
COLUMNS: Final = (
    *REQUIRED,
    "reason",
    "categories",
    "severity",
    "other",
    "seconds",
    "round",
    "phase",
    "superseded",
    "model",
    "juror_version",
    "at",
)
KINDS: Final = ("human", "juror")
STATES: Final = ("given", "abstained", "skipped")
PHASES: Final = ("blind", "after_reveal")


@dataclass(frozen=True, slots=True)
class StoredVote:
    """One row: a rater's answers about one target of one item."""

    line: int
    item: str
    target: str
    rater: str
    kind: str
    state: str
    reason: str
    answers: Mapping[str, Answer]
    irregular: frozenset[str]
    seconds: float | None
    round: int
    phase: str
    superseded: bool
    model: str
    juror_version: str
    at: datetime | None


@dataclass(slots=True)
class VoteReader:
    """Reads rows by the project's questions and taxonomy.

    `has_header`: each row has every column of the file, so one that is missing is missing in all.
    """

    project: ProjectView
    has_header: bool = False
    _checked: bool = False

    def read(self, row: Row) -> StoredVote | RowError:
        """Return the vote, or what is wrong with the row.

        Raises Unreadable when the first row shows that the file is none of votes.
        """
        if not self._checked:
            self._check_columns(row.data)
            self._checked = True
        try:
            return self._vote(row)
        except BadRow as error:
            return RowError(row.line, error.field, error.code, error.message)

    def _known(self) -> set[str]:
        return {*COLUMNS, *(question.key for question in self.project.questions), SAFETY}

    def _check_columns(self, data: Mapping[str, object]) -> None:
        strange = sorted(set(data) - self._known())
        if strange:
            problems = dict.fromkeys(strange, "is not a known column.")
            raise Unreadable("The file does not hold votes.", fields=problems)
        missing = [name for name in self._needed() if name not in data]
        if self.has_header and missing:
            problems = dict.fromkeys(missing, "is a required column.")
            message = f"The file has no column {', '.join(missing)}."
            raise Unreadable(message, fields=problems)

    def _needed(self) -> tuple[str, ...]:
        asked = {question.key for question in self.project.questions}
        return (*REQUIRED, SAFETY) if SAFETY in asked else REQUIRED

    def _vote(self, row: Row) -> StoredVote:
        data = row.data
        strange = sorted(set(data) - self._known())
        if strange:
            raise BadRow(strange[0], "unknown_column", f"`{strange[0]}` is not a known column.")
        state = choice(data, "state", STATES)
        target = required(data, "target")
        answers, irregular = self._answers(data, target) if state == "given" else ({}, frozenset())
        return StoredVote(
            line=row.line,
            item=required(data, "item"),
            target=target,
            rater=required(data, "rater"),
            kind=choice(data, "kind", KINDS),
            state=state,
            reason=text_of(data, "reason"),
            answers=answers,
            irregular=irregular,
            seconds=seconds_of(data),
            round=round_of(data),
            phase=choice(data, "phase", PHASES, default="blind"),
            superseded=flag(data, "superseded"),
            model=text_of(data, "model"),
            juror_version=text_of(data, "juror_version"),
            at=time_of(data),
        )

    def _answers(
        self, data: Mapping[str, object], target: str
    ) -> tuple[dict[str, Answer], frozenset[str]]:
        try:
            declared = self.project.target(target)
        except KeyError as error:
            known = ", ".join(each.key for each in self.project.targets)
            message = f"“{target}” is not one of the project's targets: {known}."
            raise BadRow("target", "unknown_target", message) from error
        found: dict[str, Answer] = {}
        irregular = set()
        for question in self.project.questions_for(declared.key):
            text = text_of(data, question.key)
            if not text:
                continue
            answer = self._answer(question, text, data)
            found[question.key] = answer
            if question.problems(answer, self.project.taxonomy):
                irregular.add(question.key)
        if not found:
            names = ", ".join(q.key for q in self.project.questions_for(declared.key))
            message = f"The row is given, but answers none of: {names}."
            raise BadRow(names.partition(",")[0], "no_answer", message)
        return found, frozenset(irregular)

    def _answer(self, question: QuestionSchema, text: str, data: Mapping[str, object]) -> Answer:
        wanted = folded(text)
        value = next(
            (v.key for v in question.values if wanted in {folded(v.key), folded(v.label)}), None
        )
        if value is None:
            message = f"“{text[:60]}” is not one of: {', '.join(question.value_keys)}."
            raise BadRow(question.key, "unknown_value", message)
        if question.categories is None:
            return Answer(value)
        return Answer(
            value=value,
            categories=self._categories(data),
            severity=severity_of(question, data),
            other=text_of(data, "other"),
        )

    def _categories(self, data: Mapping[str, object]) -> tuple[str, ...]:
        given = data.get("categories")
        names = given if isinstance(given, list) else str(given or "").split("|")
        found = set()
        for name in names:
            if not str(name).strip():
                continue
            category = self.project.taxonomy.resolve(str(name))
            if category is None:
                message = f"“{str(name)[:60]}” is not in {self.project.taxonomy_ref}."
                raise BadRow("categories", "unknown_category", message)
            found.add(category)
        return tuple(sorted(found))


@dataclass(frozen=True, slots=True)
class Placed:
    """A vote whose item and unit are found."""

    vote: StoredVote
    item_id: int
    unit_id: int

    def second(self, why: str) -> RowError:
        """Return that the rater has spoken already, and differently."""
        return RowError(self.vote.line, "rater", "second_vote", why)


Fate = RowError | bool
"""What became of a row: an error, or whether it was new."""


@dataclass(slots=True)
class Taken:
    """What became of a chunk's rows."""

    imported: int = 0
    already_present: int = 0
    errors: list[RowError] = field(default_factory=list)

    def add(self, outcome: Fate) -> None:
        """Count a row."""
        if isinstance(outcome, RowError):
            self.errors.append(outcome)
        elif outcome:
            self.imported += 1
        else:
            self.already_present += 1
