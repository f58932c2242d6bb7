"""App configuration of the quality app."""

from __future__ import annotations

from django.apps import AppConfig


class QualityConfig(AppConfig):
    """The quality app."""

    name = "annotator.quality"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "Quality"
