"""The Celery application: a doorbell for workers, never the queue of record."""

from __future__ import annotations

import os
import sys

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "annotator.config.settings")

# Celery's Django fixup puts the working folder first on sys.path: a file there that is named like
# a module must never be it.
_PATH = list(sys.path)
app = Celery("concord")
sys.path[:] = _PATH
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["annotator.flow"])
app.set_default()
