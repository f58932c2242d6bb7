#!/usr/bin/env python3
"""Django's commands; `./run manage …` calls this with the environment made."""

from __future__ import annotations

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line

from annotator.config import env


def main() -> int:
    """Run one command; return 3 after one line when the configuration is wrong."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "annotator.config.settings")
    try:
        env.make_home(env.load().home)
        # Tasks that a command rings go to the configured broker.
        from annotator.config.celery import app  # noqa: F401, PLC0415 (needs a checked environment)

        execute_from_command_line(sys.argv)
    except (env.ConfigurationError, ImproperlyConfigured) as error:
        sys.stderr.write(f"error: {' '.join(str(error).split())}\n")
        return env.ConfigurationError.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
