"""App configuration of the accounts app."""

from __future__ import annotations

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """The accounts app."""

    name = "annotator.accounts"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "People and sign-in"
