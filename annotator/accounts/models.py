"""People, and the ways they sign in."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.db import models


class PersonManager(BaseUserManager["Person"]):
    """Finds people by username."""

    use_in_migrations = True


class Person(AbstractBaseUser):
    """A user, or an imported rater: a person without credentials, scoped to one project."""

    username = models.CharField(
        max_length=150, unique=True, validators=[UnicodeUsernameValidator()]
    )
    display_name = models.CharField(max_length=150, blank=True)
    email = models.EmailField(blank=True)
    language = models.CharField(max_length=16, blank=True)
    is_active = models.BooleanField(default=True)
    is_administrator = models.BooleanField(default=False)
    is_simulated = models.BooleanField(default=False)
    must_change_password = models.BooleanField(default=False)
    imported_for = models.CharField(
        max_length=50, blank=True, help_text="Slug of the project an imported rater belongs to."
    )
    preferences = models.JSONField(default=dict, blank=True)
    joined_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[PersonManager] = PersonManager()

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        verbose_name_plural = "people"

    def __str__(self) -> str:
        return self.username

    @property
    def name(self) -> str:
        """The name that pages show."""
        return self.display_name or self.username

    @property
    def is_staff(self) -> bool:
        """Only instance administrators see the admin site."""
        return self.is_administrator

    def has_perm(self, perm: str, obj: object = None) -> bool:
        """The admin site is the administrators'; all else goes by role in services."""
        return self.is_active and self.is_administrator

    def has_module_perms(self, app_label: str) -> bool:
        """See `has_perm`."""
        return self.is_active and self.is_administrator


class AccessLink(models.Model):
    """A one-time link that invites a person or signs them in; only its digest is stored."""

    class Purpose(models.TextChoices):
        INVITE = "invite"
        LOGIN = "login"

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    purpose = models.CharField(max_length=10, choices=Purpose.choices)
    digest = models.CharField(max_length=64, unique=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.purpose} of {self.person_id}"


class ApiToken(models.Model):
    """A bearer token; only its digest is stored, the token is shown once."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    public_id = models.CharField(max_length=32, unique=True)
    name = models.CharField(max_length=100)
    digest = models.CharField(max_length=64, unique=True)
    scopes = models.JSONField(default=list, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.name} of {self.person_id}"


class SignInAttempt(models.Model):
    """Failed sign-ins by key (a name or an address), so that they are throttled before hashing."""

    key = models.CharField(max_length=200)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["key", "at"], name="signin_key_at")]

    def __str__(self) -> str:
        return self.key
