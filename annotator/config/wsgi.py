"""The web application as gunicorn serves it."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

from annotator.config import env
from annotator.config.celery import app as celery_app

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "annotator.config.settings")
env.load().required_key()
application = get_wsgi_application()

# The Celery application is made here so that views ring the configured broker.
__all__ = ["application", "celery_app"]
