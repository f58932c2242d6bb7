"""Jobs: long work that shows progress, can be stopped and resumed."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from annotator.catalog.models import Project
from annotator.core.ids import public_id


class Job(models.Model):
    """One piece of long work, claimed by lease by a worker."""

    class Kind(models.TextChoices):
        IMPORT_ITEMS = "import_items"
        IMPORT_VOTES = "import_votes"
        JURY = "jury"
        FREEZE = "freeze"
        WHATIF = "whatif"
        REDECIDE = "redecide"
        ROLL_BACK = "roll_back"
        REFIT = "refit"
        SET_ASIDE = "set_aside"

    class State(models.TextChoices):
        QUEUED = "queued"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"
        STOPPED = "stopped"

    public_id = models.CharField(max_length=32, unique=True, default=public_id)
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    payload = models.JSONField(default=dict)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(null=True, blank=True)
    result = models.JSONField(null=True, blank=True)
    error = models.TextField(blank=True)
    attempts = models.PositiveSmallIntegerField(
        default=0, db_default=0, help_text="How often a worker took it."
    )
    stop_requested = models.BooleanField(default=False)
    owner = models.CharField(max_length=64, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    created_by = models.BigIntegerField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["id"], condition=Q(state__in=["queued", "running"]), name="job_waiting"
            ),
            models.Index(fields=["project", "-id"], name="job_project"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.state}"


class Beat(models.Model):
    """When a periodic task last ran: /readyz tells the sweep's age from it."""

    name = models.CharField(max_length=40, primary_key=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name
