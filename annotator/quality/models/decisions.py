"""Decisions and rulings, the runs that decide again, and fits of the panel."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from annotator.catalog.models import PolicyVersion, Project
from annotator.intake.models import Unit
from annotator.quality.models.asides import SetAside


class PolicyRun(models.Model):
    """A re-decision of what was decided already, and its way back.

    Of a policy put into force, or of a set-aside that was made or lifted; then both versions are
    the one in force.
    """

    class State(models.TextChoices):
        RUNNING = "running"
        DONE = "done"
        ROLLING_BACK = "rolling_back"
        ROLLED_BACK = "rolled_back"

    UNFINISHED = (State.RUNNING, State.ROLLING_BACK)

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+")
    before = models.ForeignKey(PolicyVersion, on_delete=models.PROTECT, related_name="+")
    after = models.ForeignKey(PolicyVersion, on_delete=models.PROTECT, related_name="+")
    set_aside = models.ForeignKey(
        SetAside, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    lifts = models.BooleanField(
        default=False, db_default=False, help_text="It lifts its set-aside."
    )
    state = models.CharField(max_length=12, choices=State.choices, default=State.RUNNING)
    cursor = models.BigIntegerField(default=0, help_text="The last item looked at.")
    counts = models.JSONField(default=dict, help_text="What was decided and opened so far.")
    created_by = models.BigIntegerField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["project"],
                condition=Q(state__in=["running", "rolling_back"]),
                name="policy_run_one_at_a_time",
            )
        ]

    def __str__(self) -> str:
        return f"{self.before_id} to {self.after_id}: {self.state}"


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
    run = models.ForeignKey(
        PolicyRun,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        help_text="The re-decision that wrote it.",
    )
    ended_by = models.ForeignKey(
        PolicyRun,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        help_text="The re-decision that made it history.",
    )
    restores = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        help_text="The decision that a roll-back put into force again by this one.",
    )
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


class PolicyFit(models.Model):
    """A fit of the panel's priors on a project's own votes: proposed, never put into force alone."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+")
    target = models.CharField(max_length=20)
    question = models.CharField(max_length=20)
    digest = models.CharField(max_length=64)
    document = models.JSONField(help_text="The fit as jury.policy.panel.fit reads it.")
    patterns = models.JSONField(help_text="[{said, given, units, unsafe, safe}]")
    units = models.PositiveIntegerField()
    votes = models.PositiveIntegerField()
    weight = models.FloatField(help_text="How far the jury's patterns are believed, 0 to 1.")
    held_out = models.JSONField(help_text="Mean log-likelihood: {patterns, overall, flat}.")
    reliability = models.JSONField(null=True, blank=True, help_text="On the random units.")
    no_reliability = models.CharField(max_length=200, blank=True)
    created_by = models.BigIntegerField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["project", "-id"], name="policy_fit_project")]

    def __str__(self) -> str:
        return f"{self.target} {self.question}: {self.digest[:12]}"


class FitAnswer(models.Model):
    """What a manager said to a proposed fit."""

    class Answer(models.TextChoices):
        ACCEPTED = "accepted"
        DISMISSED = "dismissed"

    fit = models.OneToOneField(PolicyFit, on_delete=models.CASCADE, related_name="+")
    answer = models.CharField(max_length=10, choices=Answer.choices)
    policy_version = models.ForeignKey(
        PolicyVersion, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    created_by = models.BigIntegerField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.answer
