"""App configuration of the audit app."""

from __future__ import annotations

from django.apps import AppConfig


class AuditConfig(AppConfig):
    """The audit app."""

    name = "annotator.audit"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "Audit"
