"""App configuration of the intake app."""

from __future__ import annotations

from django.apps import AppConfig


class IntakeConfig(AppConfig):
    """The intake app."""

    name = "annotator.intake"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "Items"
