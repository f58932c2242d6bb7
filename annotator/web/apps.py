"""App configuration of the web app."""

from __future__ import annotations

from django.apps import AppConfig


class WebConfig(AppConfig):
    """The web app."""

    name = "annotator.web"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "Pages"
