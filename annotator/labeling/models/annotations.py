"""Annotations and votes of people."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from annotator.core.ids import public_id
from annotator.intake.models import AnswerFields, Item
from annotator.labeling.models.seats import Assignment


class Annotation(models.Model):
    """A person's answers on a seat: a chain of revisions, superseded, never edited."""

    class Phase(models.TextChoices):
        BLIND = "blind"
        AFTER_REVEAL = "after_reveal"

    public_id = models.CharField(max_length=32, default=public_id)
    assignment = models.ForeignKey(
        Assignment, on_delete=models.PROTECT, related_name="annotations", db_index=False
    )
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    revision = models.PositiveSmallIntegerField(default=1)
    latest = models.BooleanField(default=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    phase = models.CharField(max_length=12, choices=Phase.choices, default=Phase.BLIND)
    idempotency_key = models.CharField(max_length=64)
    body_digest = models.CharField(max_length=64)
    comment = models.TextField(blank=True)
    flagged = models.BooleanField(default=False)
    seconds = models.FloatField(null=True, blank=True, help_text="Active seconds, as measured.")
    taxonomy_version = models.CharField(max_length=100)
    guideline_version = models.CharField(max_length=20, blank=True)
    # An adjudicator's reasons.
    reason = models.CharField(max_length=40, blank=True)
    guideline = models.CharField(max_length=40, blank=True)
    contested = models.BooleanField(default=False)
    evidence_at = models.DateTimeField(
        null=True, blank=True, help_text="When it was given, for imported votes."
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["public_id"], name="annotation_public_id"),
            models.UniqueConstraint(fields=["assignment", "revision"], name="revision_unique"),
            models.UniqueConstraint(fields=["person", "idempotency_key"], name="submit_once"),
            models.UniqueConstraint(
                fields=["assignment"],
                condition=Q(latest=True),
                name="one_latest_revision",
            ),
        ]
        indexes = [
            models.Index(fields=["person", "-id"], name="annotation_person"),
            models.Index(fields=["-id"], condition=Q(flagged=True), name="annotation_flagged"),
        ]

    def __str__(self) -> str:
        return f"revision {self.revision} of seat {self.assignment_id}"


class Vote(AnswerFields):
    """One answer of a person to one question on one unit."""

    class Population(models.TextChoices):
        """Whose agreement a vote enters; each has figures of its own."""

        FIRST_PASS = "first_pass"  # noqa: S105 - a population, no password
        ADAPTIVE = "adaptive"
        REANNOTATION = "reannotation"
        CORRECTED = "corrected"
        CALIBRATION = "calibration"
        AUDIT = "audit"
        GOLD = "gold"
        TRAINING = "training"
        REPEAT = "repeat"
        AFTER_REVEAL = "after_reveal"

    annotation = models.ForeignKey(
        Annotation, on_delete=models.PROTECT, related_name="votes", db_index=False
    )
    population = models.CharField(
        max_length=12,
        choices=Population.choices,
        blank=True,
        default="",
        db_default="",
        help_text="Derived; written by flow.advance only. Empty: it enters no agreement.",
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["annotation", "unit", "question"], name="vote_unique")
        ]
        indexes = [
            models.Index(
                fields=["unit", "question"], condition=Q(counts=True), name="vote_counting"
            )
        ]

    def __str__(self) -> str:
        return f"{self.question}: {self.value}"
