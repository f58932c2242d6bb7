"""Whose answers a manager wants to set aside, as pages, API and commands say it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Final

from django.utils.dateparse import parse_date, parse_datetime

from annotator.catalog.models import Membership
from annotator.catalog.queries import ProjectView
from annotator.core.errors import Invalid
from annotator.intake.models import Batch
from annotator.labeling.models import Annotation
from annotator.panel.models import JurorVersion
from annotator.quality.asides import Grounds
from annotator.quality.models import SetAside
from annotator.quality.queries.asides import Wanted
from annotator.quality.queries.population import guest_name

SHORTEST_REASON: Final = 10
LONGEST_REASON: Final = 2000
LONGEST_NUMBER: Final = 9
CODES: Final = tuple(SetAside.Code.values)
NO_MOMENT: Final = "Not a date or a time. Write 2026-11-25 or 2026-11-25T14:30."
NOT_LATER: Final = "The end must be later than the beginning."


@dataclass(frozen=True, slots=True)
class Choice:
    """A wish as text: `person` is a pseudonym, or `juror` a name and `version` its version.

    No version means the current one, an empty field that it does not matter. Moments are ISO dates
    or times, UTC where they name no zone; `given_from` itself is in, `given_until` is not.
    """

    person: str = ""
    juror: str = ""
    version: str = ""
    given_from: str = ""
    given_until: str = ""
    batch: str = ""
    category: str = ""


def wanted_of(project: ProjectView, choice: Choice) -> Wanted:
    """Return a choice as ids and values; raises Invalid that names the fields."""
    person = _person(project, choice.person) if choice.person else None
    juror = _juror_version(project, choice) if choice.juror else None
    given_from, given_until = _moment(choice.given_from), _moment(choice.given_until)
    batch = _batch(project, choice.batch)
    known = not choice.category or choice.category in project.taxonomy.ids
    # What is wrong, by field; of one field the last word holds.
    checks = (
        ("person", choice.person and not person, "There is no such person in this project."),
        ("juror", choice.juror and not juror, "There is no such version of a juror here."),
        ("person", bool(choice.person) == bool(choice.juror), "Choose one person or one juror."),
        ("until", given_from and given_until and given_from >= given_until, NOT_LATER),
        ("from", choice.given_from and not given_from, NO_MOMENT),
        ("until", choice.given_until and not given_until, NO_MOMENT),
        ("import", choice.batch and not batch, "There is no such import in this project."),
        ("category", not known, "There is no such category in this project."),
    )
    problems = {field: message for field, wrong, message in checks if wrong}
    if problems:
        raise Invalid(next(iter(problems.values())), fields=problems)
    return Wanted(person, juror, given_from, given_until, batch, choice.category)


def grounds_of(code: str, reason: str) -> Grounds:
    """Return why answers are set aside; raises Invalid that names the fields."""
    problems: dict[str, str] = {}
    words = reason.strip()
    if code not in CODES:
        problems["code"] = f"Choose a reason; one of {', '.join(CODES)}."
    if len(words) < SHORTEST_REASON:
        problems["reason"] = f"Say why, in {SHORTEST_REASON} characters or more."
    elif len(words) > LONGEST_REASON:
        problems["reason"] = f"Say it in {LONGEST_REASON} characters or fewer."
    if problems:
        raise Invalid(next(iter(problems.values())), fields=problems)
    return Grounds(code, words)


def choice_of(fields: Mapping[str, object]) -> Choice:
    """Return a choice from the fields of a form, a query or a body; what is missing is empty."""

    def text(name: str) -> str:
        value = fields.get(name)
        return "" if value is None else str(value).strip()

    return Choice(
        person=text("person"),
        juror=text("juror"),
        version=text("version"),
        given_from=text("from"),
        given_until=text("until"),
        batch=text("import"),
        category=text("category"),
    )


def _person(project: ProjectView, pseudonym: str) -> int | None:
    members = Membership.objects.filter(project=project.id, pseudonym=pseudonym)
    found = members.values_list("person_id", flat=True).first()
    if found is not None:
        return found
    # Who judged without being a member: an administrator, seldom.
    judged = Annotation.objects.filter(assignment__project=project.id).order_by()
    people = judged.values_list("person_id", "person__username").distinct()
    return next((pk for pk, name in people if guest_name(project, name) == pseudonym), None)


def _juror_version(project: ProjectView, choice: Choice) -> int | None:
    rows = JurorVersion.objects.filter(juror__project=project.id, juror__name=choice.juror)
    if not choice.version:
        rows = rows.filter(current=True)
    elif choice.version.isdecimal() and len(choice.version) <= LONGEST_NUMBER:
        rows = rows.filter(number=int(choice.version))
    else:
        return None
    return rows.values_list("pk", flat=True).first()


def _batch(project: ProjectView, number: str) -> int | None:
    if not number.isdecimal() or len(number) > LONGEST_NUMBER:
        return None
    rows = Batch.objects.filter(project=project.id, number=int(number))
    return rows.values_list("pk", flat=True).first()


def _moment(text: str) -> datetime | None:
    try:
        found = parse_datetime(text)
        day = parse_date(text) if found is None else None
    except ValueError:
        return None
    if found is None:
        found = datetime.combine(day, time()) if day else None
    if found is not None and found.tzinfo is None:
        return found.replace(tzinfo=UTC)
    return found
