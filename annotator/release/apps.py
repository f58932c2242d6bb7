"""App configuration of the release app."""

from __future__ import annotations

from django.apps import AppConfig


class ReleaseConfig(AppConfig):
    """The release app."""

    name = "annotator.release"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "Releases"
