"""Drafts, and people's stretches of work."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from annotator.catalog.models import Project
from annotator.labeling.models.seats import Assignment


class Draft(models.Model):
    """What a person has filled in and not submitted, or could not."""

    assignment = models.ForeignKey(Assignment, on_delete=models.CASCADE, related_name="+")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    version = models.PositiveIntegerField(default=0)
    body = models.JSONField(default=dict)
    kept_after_loss = models.BooleanField(default=False)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["assignment", "person"], name="draft_unique")
        ]

    def __str__(self) -> str:
        return f"draft {self.version}"


class Session(models.Model):
    """A person's stretch of work in a project."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+")
    started_at = models.DateTimeField(auto_now_add=True)
    paused_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    last_seen_at = models.DateTimeField(auto_now_add=True)
    active_seconds = models.FloatField(default=0.0)
    submitted = models.PositiveIntegerField(default=0)
    skipped = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person", "project"],
                condition=Q(ended_at__isnull=True),
                name="one_open_session",
            )
        ]

    def __str__(self) -> str:
        return f"{self.person_id} since {self.started_at:%F %T}"
