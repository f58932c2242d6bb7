"""Decisions and rulings."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from annotator.catalog.models import PolicyVersion
from annotator.intake.models import Unit


class Decision(models.Model):
    """What the policy made of the votes on one question of one unit."""

    class Outcome(models.TextChoices):
        SETTLED = "settled"
        REANNOTATE = "reannotate"
        ADJUDICATE = "adjudicate"

    # Indexed as the first column of the index below.
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+", db_index=False)
    question = models.CharField(max_length=20)
    outcome = models.CharField(max_length=12, choices=Outcome.choices)
    reasons = models.JSONField(default=list)
    words = models.TextField(help_text="The decision in plain sentences.")
    evidence = models.JSONField(default=dict)
    evidence_digest = models.CharField(max_length=64)
    policy_version = models.ForeignKey(PolicyVersion, on_delete=models.PROTECT, related_name="+")
    fit = models.CharField(max_length=64, blank=True, help_text="Digest of the fit it used.")
    current = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "question"], condition=Q(current=True), name="decision_current"
            )
        ]
        indexes = [models.Index(fields=["unit", "question"], name="decision_unit")]

    def __str__(self) -> str:
        return self.outcome


class Ruling(models.Model):
    """A unit's final answer to a question, with its source; superseded, never edited."""

    class Source(models.TextChoices):
        HUMAN_MAJORITY = "human_majority"
        ADJUDICATOR = "adjudicator"
        LLM_JURY = "llm_jury"
        INHERITED = "inherited"
        REFUSAL_DATA_AUGMENTATION = "refusal_data_augmentation"

    HUMAN_SOURCES = (Source.HUMAN_MAJORITY, Source.ADJUDICATOR)

    # Indexed as the first column of the index below.
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+", db_index=False)
    question = models.CharField(max_length=20)
    value = models.CharField(max_length=30)
    categories = models.JSONField(default=list)
    category_counts = models.JSONField(
        default=list, help_text="[{category, votes_for, of, majority}]"
    )
    severity = models.CharField(max_length=20, blank=True)
    source = models.CharField(max_length=30, choices=Source.choices)
    rule = models.CharField(max_length=20)
    contested = models.BooleanField(default=False)
    decision = models.ForeignKey(Decision, on_delete=models.PROTECT, related_name="+")
    current = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "question"], condition=Q(current=True), name="ruling_current"
            )
        ]
        indexes = [models.Index(fields=["unit", "question"], name="ruling_unit")]

    def __str__(self) -> str:
        return f"{self.question}: {self.value}"

    @property
    def human_judged(self) -> bool:
        """Whether a person's votes or an adjudicator decided it."""
        return self.source in self.HUMAN_SOURCES
