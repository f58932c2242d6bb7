#!/usr/bin/env python3
"""Django's commands; `./run manage …` calls this with the environment made."""

from __future__ import annotations

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.management import ManagementUtility
from django.core.management.base import BaseCommand
from django.db import OperationalError

from annotator.config import env
from annotator.config.databases import make_file

USAGE = 2
STATISTICS = ("agreement", "raters", "replay")
"""Commands on a file of votes: they need no database and leave nothing behind."""


class Commands(ManagementUtility):
    """Django's commands; one that does not exist is wrong usage."""

    def fetch_command(self, subcommand: str) -> BaseCommand:
        """Return a command; exits with 2 where there is none."""
        try:
            return super().fetch_command(subcommand)
        except SystemExit as error:
            raise SystemExit(USAGE) from error


def main() -> int:
    """Run one command; return 3 after one line on a wrong configuration or missing database."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "annotator.config.settings")
    try:
        settings = env.load()
        if sys.argv[1:2] and sys.argv[1] not in STATISTICS:
            env.make_home(settings.home)
            make_file(settings.database)
        # Tasks that a command rings go to the configured broker.
        from annotator.config.celery import app  # noqa: F401, PLC0415 (needs a checked environment)

        Commands(sys.argv).execute()
    except (env.ConfigurationError, ImproperlyConfigured) as error:
        sys.stderr.write(f"error: {' '.join(str(error).split())}\n")
        return env.ConfigurationError.exit_code
    except OperationalError as error:
        sys.stderr.write(f"error: the database is not ready: {' '.join(str(error).split())}\n")
        return env.ConfigurationError.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
