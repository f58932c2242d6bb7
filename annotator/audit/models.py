"""Who did what to what, when: append-only, ids and digests only."""

from __future__ import annotations

from django.db import models


class Event(models.Model):
    """One state change. Plain ids, no foreign keys: an event outlives what it names."""

    at = models.DateTimeField(auto_now_add=True, db_index=True)
    actor = models.BigIntegerField(null=True, blank=True, help_text="Person id; none: the system.")
    verb = models.CharField(max_length=60)
    project = models.BigIntegerField(null=True, blank=True)
    subject = models.CharField(max_length=60, help_text="Kind and id, like release:12.")
    data = models.JSONField(default=dict, blank=True)
    sealed = models.CharField(max_length=64, blank=True, help_text="Hash chain, by the sealer.")

    class Meta:
        indexes = [models.Index(fields=["project", "-id"], name="event_project")]

    def __str__(self) -> str:
        return f"{self.verb} {self.subject}"
