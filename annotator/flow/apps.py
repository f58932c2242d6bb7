"""App configuration of the flow app."""

from __future__ import annotations

from django.apps import AppConfig


class FlowConfig(AppConfig):
    """The flow app."""

    name = "annotator.flow"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "Flow"
