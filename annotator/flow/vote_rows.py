"""A file's row read as a vote: who said what about which unit, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from annotator.catalog.queries import ProjectView
from annotator.core.errors import Unreadable
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
LONGEST: Final[Mapping[str, int]] = {
    "item": 400,
    "target": 20,
    "rater": 60,
    "reason": 20,
    "model": 200,
    "juror_version": 100,
    "other": 200,
}
_YES: Final = frozenset({"true", "1", "yes"})
_NO: Final = frozenset({"", "false", "0", "no"})


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
        state = _choice(data, "state", STATES)
        target = _required(data, "target")
        answers, irregular = self._answers(data, target) if state == "given" else ({}, frozenset())
        return StoredVote(
            line=row.line,
            item=_required(data, "item"),
            target=target,
            rater=_required(data, "rater"),
            kind=_choice(data, "kind", KINDS),
            state=state,
            reason=_text(data, "reason"),
            answers=answers,
            irregular=irregular,
            seconds=_seconds(data),
            round=_round(data),
            phase=_choice(data, "phase", PHASES, default="blind"),
            superseded=_flag(data, "superseded"),
            model=_text(data, "model"),
            juror_version=_text(data, "juror_version"),
            at=_at(data),
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
            text = _text(data, question.key)
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
        folded = _fold(text)
        value = next(
            (v.key for v in question.values if folded in {_fold(v.key), _fold(v.label)}), None
        )
        if value is None:
            message = f"“{text[:60]}” is not one of: {', '.join(question.value_keys)}."
            raise BadRow(question.key, "unknown_value", message)
        if question.categories is None:
            return Answer(value)
        return Answer(
            value=value,
            categories=self._categories(data),
            severity=_severity(question, data),
            other=_text(data, "other"),
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


def _fold(text: str) -> str:
    return " ".join(text.replace("_", " ").split()).casefold()


def _text(data: Mapping[str, object], field: str) -> str:
    value = data.get(field)
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise BadRow(field, "not_text", f"`{field}` must be text.")
    text = str(value)
    if len(text) > LONGEST.get(field, 200):
        message = f"`{field}` is longer than {LONGEST.get(field, 200)} characters."
        raise BadRow(field, "too_long", message)
    return text


def _required(data: Mapping[str, object], field: str) -> str:
    text = _text(data, field)
    if not text:
        raise BadRow(field, "missing", f"`{field}` is missing.")
    return text


def _choice(
    data: Mapping[str, object], field: str, known: tuple[str, ...], default: str = ""
) -> str:
    text = _text(data, field) or default
    if text not in known:
        message = f"“{text[:60]}” is not one of: {', '.join(known)}."
        raise BadRow(field, "unknown_value", message)
    return text


def _severity(question: QuestionSchema, data: Mapping[str, object]) -> str:
    text = _fold(_text(data, "severity"))
    if text and question.severity and text not in question.severity:
        message = f"“{text[:60]}” is not one of: {', '.join(question.severity)}."
        raise BadRow("severity", "unknown_severity", message)
    if len(text) > 20:
        raise BadRow("severity", "too_long", "`severity` is longer than 20 characters.")
    return text


def _flag(data: Mapping[str, object], field: str) -> bool:
    value = data.get(field)
    if isinstance(value, bool):
        return value
    text = _text(data, field).casefold()
    if text not in _YES | _NO:
        raise BadRow(field, "not_a_flag", f"`{field}` must be true or false.")
    return text in _YES


def _seconds(data: Mapping[str, object]) -> float | None:
    value = data.get("seconds")
    if value is None or value == "":
        return None
    try:
        seconds = float(value) if isinstance(value, str | int | float) else -1.0
    except ValueError:
        seconds = -1.0
    if isinstance(value, bool) or not 0 <= seconds < float("inf"):
        raise BadRow("seconds", "not_a_number", "`seconds` must be a number, 0 or more.")
    return seconds


def _round(data: Mapping[str, object]) -> int:
    text = _text(data, "round") or "1"
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 1000):
        raise BadRow("round", "not_a_number", "`round` must be a whole number from 1.")
    return int(text)


def _at(data: Mapping[str, object]) -> datetime | None:
    text = _text(data, "at")
    if not text:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadRow("at", "not_a_time", "`at` must be a time in ISO 8601.") from error
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


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
