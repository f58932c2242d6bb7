"""Frozen releases and what was rendered from them."""

from __future__ import annotations

from django.db import models

from annotator.catalog.models import Project


class Release(models.Model):
    """A frozen, numbered, digest-manifested set of canonical files."""

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    number = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    manifest = models.JSONField()
    folder = models.CharField(max_length=500, help_text="Below CONCORD_HOME.")
    created_by = models.BigIntegerField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "number"], name="release_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.project_id}/{self.number}"


class Export(models.Model):
    """A rendering of a release's canonical files."""

    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="exports")
    format = models.CharField(max_length=20)
    shape = models.CharField(max_length=10)
    rows = models.PositiveIntegerField()
    bytes = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    created_by = models.BigIntegerField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.format} {self.shape}"
