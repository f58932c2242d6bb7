"""App configuration of the sample project."""

from __future__ import annotations

from django.apps import AppConfig


class SampleConfig(AppConfig):
    """The sample project."""

    name = "annotator.sample"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "Sample project"
