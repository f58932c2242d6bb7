"""App configuration of the catalog app."""

from __future__ import annotations

from django.apps import AppConfig


class CatalogConfig(AppConfig):
    """The catalog app."""

    name = "annotator.catalog"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "Projects"
