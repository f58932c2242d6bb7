"""The counts that agreement is computed from, and figures that are stored with their date."""

from __future__ import annotations

from django.db import models

from annotator.catalog.models import Project
from annotator.intake.models import Unit


class PatternDelta(models.Model):
    """One unit's votes on a question before and after a change, not yet folded into the counts.

    Appended in the transaction of the change. Its keys have no constraints, so that appending one
    locks no row of anybody else. Its batch is its unit's, its week that of `created_at`.
    """

    project = models.ForeignKey(
        Project,
        on_delete=models.DO_NOTHING,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    unit = models.ForeignKey(
        Unit, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False
    )
    target = models.CharField(max_length=20)
    question = models.CharField(max_length=20)
    before = models.TextField(help_text="As annotator.quality.patterns writes it.")
    now = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.question} on {self.unit_id}"


class PatternCount(models.Model):
    """How many units show a pattern of labels, in one table of one part of a project.

    Written by `counts.fold` only. With the deltas that are not folded yet it is exact.
    """

    WHOLE = ""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+", db_index=False)
    target = models.CharField(max_length=20)
    question = models.CharField(max_length=20)
    population = models.CharField(max_length=12)
    level = models.CharField(max_length=80)
    part = models.CharField(
        max_length=24, blank=True, help_text="Empty: all. batch:N, or week:YYYY-MM-DD."
    )
    pattern = models.TextField()
    key = models.CharField(max_length=32, help_text="A digest of all of the above.")
    n = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "key"], name="pattern_count_unique")
        ]
        indexes = [
            models.Index(
                fields=["project", "level", "part", "population", "target", "question"],
                name="pattern_count_table",
            )
        ]

    def __str__(self) -> str:
        return f"{self.n} x {self.pattern}"


class AgreementState(models.Model):
    """Where a project's counts are: its row is the lock of the one that folds."""

    project = models.OneToOneField(
        Project, on_delete=models.CASCADE, related_name="+", primary_key=True
    )
    changed_at = models.DateTimeField(null=True, blank=True, help_text="When anything was folded.")
    counting = models.PositiveSmallIntegerField(
        # The database's too: an older version that still runs does not name it.
        db_default=0,
        help_text="By which version of what is counted the counts were made.",
    )
    figures_until = models.DateTimeField(
        null=True, blank=True, help_text="Until when somebody computes the stored figures."
    )
    intervals_until = models.DateTimeField(
        null=True, blank=True, help_text="Until when somebody draws the stored intervals."
    )

    def __str__(self) -> str:
        return f"counts of {self.project_id}"


class StoredFigure(models.Model):
    """A figure that needs a pass over all votes: computed beside the requests, with its date."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+", db_index=False)
    name = models.CharField(max_length=40)
    scope = models.CharField(max_length=120, blank=True)
    document = models.JSONField()
    as_of = models.DateTimeField()
    seconds = models.FloatField(help_text="What computing it took.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "name", "scope"], name="figure_unique")
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.scope}"
