"""What all commands share: one JSON line, a progress bar on stderr, exit codes.

Exit codes: 0 done · 1 ran, and found failures · 2 wrong usage or unreadable input · 3 configuration
or a missing service · 4 refused by state · 130 interrupted, resumable.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TextIO

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import OperationalError, ProgrammingError

from annotator.core.errors import DomainError

QUIET_SECONDS: Final = 5.0
BAR_SECONDS: Final = 0.1
BAR_WIDTH: Final = 30
FAILURES: Final = 1
NO_SERVICE: Final = 3
INTERRUPTED: Final = 130


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a command has to say.

    Attributes:
        result: The JSON object that `--json` prints.
        words: The same for a person.
        failures: A sentence for stderr when the command ran and found failures; sets exit code 1.
    """

    result: Mapping[str, object]
    words: str = ""
    failures: str = ""


@dataclass(slots=True)
class Bar:
    """Progress on stderr: a bar on a terminal, else a line every five seconds."""

    label: str
    stream: TextIO = field(default_factory=lambda: sys.stderr)
    _last: float = field(default_factory=time.monotonic)
    _drawn: bool = False

    def step(self, done: int, total: int | None) -> None:
        """Show `done` of `total`, no more often than is readable."""
        terminal = self.stream.isatty()
        now = time.monotonic()
        if now - self._last < (BAR_SECONDS if terminal else QUIET_SECONDS):
            return
        self._last = now
        words = f"{self.label}: {done:,}" + (f" of {total:,}" if total else "")
        if terminal:
            filled = BAR_WIDTH * min(done, total) // total if total else 0
            self.stream.write(f"\r[{'#' * filled:{BAR_WIDTH}}] {words}\x1b[K")
        else:
            self.stream.write(words + "\n")
        self.stream.flush()
        self._drawn = terminal

    def close(self) -> None:
        """Leave the bar's line."""
        if self._drawn:
            self.stream.write("\n")
            self.stream.flush()
            self._drawn = False


def listed(text: str) -> list[str]:
    """Return the parts of an option's value, A,B,C, without the spaces around them."""
    return [part.strip() for part in text.split(",")]


def joined(argv: Sequence[str], *options: str) -> list[str]:
    """Join these options with their values, which may start with a minus sign.

    >>> joined(["--order", "-3,-2", "--json"], "--order")
    ['--order=-3,-2', '--json']
    """
    words: list[str] = []
    for word in argv:
        if words and words[-1] in options:
            words[-1] += f"={word}"
        else:
            words.append(word)
    return words


class ConsoleCommand(BaseCommand):
    """A command with `--json` whose errors become the exit codes of the contract.

    Subclasses write `arguments` and `perform`.
    """

    requires_system_checks: tuple[()] = ()
    bar: Bar | None = None

    def add_arguments(self, parser: CommandParser) -> None:
        """Add `--json` and the command's own arguments."""
        parser.add_argument("--json", action="store_true", help="print one JSON object at the end")
        self.arguments(parser)

    def arguments(self, parser: CommandParser) -> None:
        """Add the command's own arguments."""

    def perform(self, options: Mapping[str, Any]) -> Outcome:
        """Do the work; raises DomainError."""
        raise NotImplementedError

    def progress(self, label: str) -> Bar:
        """Return a progress bar that is closed when the command ends."""
        self.bar = Bar(label)
        return self.bar

    def handle(self, *args: object, **options: Any) -> None:  # noqa: ANN401 - as Django has it
        """Run `perform`, print what it says, and map errors to exit codes."""
        try:
            outcome = self.perform(options)
        except DomainError as error:
            self._print_error(error, as_json=options["json"])
            raise CommandError(_sentence(error), returncode=error.exit_code) from error
        except (OperationalError, ProgrammingError) as error:
            why = " ".join(str(error).split())
            message = f"The database is not ready ({why}). Try: ./run manage migrate"
            raise CommandError(message, returncode=NO_SERVICE) from error
        except KeyboardInterrupt as error:
            message = "Interrupted. Run the same command again to go on."
            raise CommandError(message, returncode=INTERRUPTED) from error
        finally:
            if self.bar:
                self.bar.close()
        if options["json"]:
            self.stdout.write(json.dumps(outcome.result, ensure_ascii=False, allow_nan=False))
        elif outcome.words:
            self.stdout.write(outcome.words)
        if outcome.failures:
            raise CommandError(outcome.failures, returncode=FAILURES)

    def _print_error(self, error: DomainError, *, as_json: bool) -> None:
        if as_json:
            body = {"code": error.code, "message": error.message, "fields": error.fields}
            self.stdout.write(json.dumps(body, ensure_ascii=False))


def _sentence(error: DomainError) -> str:
    extra = [f"  {name}: {why}" for name, why in error.fields.items() if why != error.message]
    return "\n".join([error.message, *extra])
