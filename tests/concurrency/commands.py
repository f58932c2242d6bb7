"""Several of the documented commands in one process."""

from __future__ import annotations

import json
import sys

import django
from django.core.management import call_command

from annotator.config.celery import app


def main() -> None:
    """Run the commands that the argument lists, as JSON."""
    app.set_default()  # what a command rings goes to the configured broker, as by manage.py
    django.setup()
    for words in json.loads(sys.argv[1]):
        call_command(*words)


if __name__ == "__main__":
    main()
