"""App configuration of the panel app."""

from __future__ import annotations

from django.apps import AppConfig


class PanelConfig(AppConfig):
    """The panel app."""

    name = "annotator.panel"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "Jury"
