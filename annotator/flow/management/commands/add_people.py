"""`add_people FILE.csv --project P`: people with a role, with tokens or invitation links."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from django.core.management.base import CommandParser
from django.db import transaction

from annotator.catalog.queries import project_by_slug
from annotator.core.errors import Invalid, Unreadable
from annotator.flow.console import ConsoleCommand, Outcome
from annotator.flow.projects import Added, NewMember, add_people
from annotator.intake.readers import RowError, read_rows, survey

REQUIRED = ("username", "role")
COLUMNS = (*REQUIRED, "email", "language")


class Command(ConsoleCommand):
    """Add the people of a CSV file: username,role[,email,language]."""

    help = "Add people to a project from CSV: username,role[,email,language]."

    def arguments(self, parser: CommandParser) -> None:
        """Add the file, the project and where tokens go."""
        parser.add_argument("file", metavar="FILE.csv", type=Path)
        parser.add_argument("--project", required=True)
        parser.add_argument("--tokens-out", type=Path, help="CSV username,token; mode 0600")

    def perform(self, options: Mapping[str, Any]) -> Outcome:
        """Add everybody or nobody; tokens are written before anything is committed."""
        project = project_by_slug(options["project"])
        people = read_people(options["file"])
        out: Path | None = options["tokens_out"]
        with transaction.atomic():
            added = add_people(people, project=project, tokens=out is not None)
            if out is not None:
                write_tokens(out, added)
        entries = [_entry(person) for person in added]
        lines = [f"{person.username}: {person.role}  {person.link}".rstrip() for person in added]
        result = {"project": project.slug, "people": entries}
        return Outcome(result, words="\n".join(lines) or "Nobody to add.")


def _entry(person: Added) -> dict[str, object]:
    entry: dict[str, object] = {
        "username": person.username,
        "role": person.role,
        "created": person.created,
    }
    return entry | ({"link": person.link} if person.link else {})


def read_people(path: Path) -> list[NewMember]:
    """Return the people a CSV file names; raises Unreadable, Invalid."""
    survey(path)
    if path.suffix.lower() != ".csv":
        message = f"{path.name}: people come as .csv."
        raise Unreadable(message)
    problems: dict[str, str] = {}
    found = []
    for row in read_rows(path):
        if isinstance(row, RowError):
            problems[f"line {row.line}"] = row.message
            continue
        strange = [name for name in row.data if name not in COLUMNS]
        missing = [name for name in REQUIRED if name not in row.data]
        if strange or missing:
            words = [f"unknown column {name}" for name in strange]
            words += [f"{name} is missing" for name in missing]
            problems[f"line {row.line}"] = "; ".join(words) + "."
            continue
        texts = {name: str(value) for name, value in row.data.items()}
        found.append(NewMember(**texts, line=row.line))
    if problems:
        raise Invalid("Nobody was added.", fields=problems)
    return found


def write_tokens(path: Path, added: Sequence[Added]) -> None:
    """Write `username,token`, readable by the owner only; raises Invalid."""
    with _private(path) as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(["username", "token"])
        writer.writerows((person.username, person.token) for person in added)


@contextmanager
def _private(path: Path) -> Iterator[TextIO]:
    """Open a file that was 0600 before its first byte, put in place as a whole."""
    part = path.with_name(path.name + ".part")
    try:
        part.unlink(missing_ok=True)
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        message = f"{path}: the tokens cannot be written ({error.strerror})."
        raise Invalid(message) from error
