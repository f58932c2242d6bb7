"""App configuration of the labeling app."""

from __future__ import annotations

from django.apps import AppConfig


class LabelingConfig(AppConfig):
    """The labeling app."""

    name = "annotator.labeling"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "Labeling"
