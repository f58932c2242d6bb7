"""What the administrators' site shows of people: never a password's digest."""

from __future__ import annotations

from django.contrib import admin

from annotator.accounts.models import Person
from annotator.core.admin import ReadOnlyAdmin


@admin.register(Person)
class PersonAdmin(ReadOnlyAdmin):
    """People without their credentials."""

    list_display = ("username", "display_name", "is_active", "is_administrator", "imported_for")
    search_fields = ("username", "display_name")
    exclude = ("password",)
