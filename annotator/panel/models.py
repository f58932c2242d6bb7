"""Jurors, what they are asked, and what they answer."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from annotator.catalog.models import Project
from annotator.core.ids import public_id
from annotator.intake.models import AnswerFields, Item, Unit

MAX_REASON = 200
SCRIPTED = "scripted"
"""The base_url of the product's own scripted jurors."""
SUPERSEDED = "superseded"
"""Why an inquiry ended that was queued for a juror as it no longer is."""


class Juror(models.Model):
    """A configured model of one project."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=60)
    base_url = models.CharField(max_length=500)
    model = models.CharField(max_length=200)
    family = models.CharField(max_length=100, blank=True)
    dialect = models.CharField(max_length=30, default="judge")
    api_key = models.CharField(max_length=200, blank=True, help_text="env:NAME, never a key.")
    in_flight = models.PositiveIntegerField(default=64)
    rpm = models.PositiveIntegerField(default=0)
    tpm = models.PositiveIntegerField(default=0)
    price_in = models.FloatField(null=True, blank=True)
    price_out = models.FloatField(null=True, blank=True)
    price_accepted = models.BooleanField(
        default=False, help_text="A manager let it be asked although its price is unknown."
    )
    timeout_seconds = models.FloatField(default=60)
    attempts = models.PositiveSmallIntegerField(default=5)
    active = models.BooleanField(default=True)
    paused_reason = models.CharField(max_length=MAX_REASON, blank=True)
    capabilities = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "name"], name="juror_unique"),
        ]

    def __str__(self) -> str:
        return self.name


class JurorVersion(models.Model):
    """The digest of all that shapes a juror's opinions."""

    juror = models.ForeignKey(Juror, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    digest = models.CharField(max_length=64)
    components = models.JSONField()
    current = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["juror", "digest"], name="juror_version_unique"),
            models.UniqueConstraint(
                fields=["juror"], condition=Q(current=True), name="juror_version_current"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.juror_id} v{self.number}"


class Panel(models.Model):
    """The juror versions whose opinions a project's policy reads."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+")
    version = models.PositiveIntegerField()
    seats = models.ManyToManyField(JurorVersion, related_name="+")
    current = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "version"], name="panel_unique"),
            models.UniqueConstraint(
                fields=["project"], condition=Q(current=True), name="panel_current"
            ),
        ]

    def __str__(self) -> str:
        return f"panel {self.version}"


class Inquiry(models.Model):
    """An item asked of a juror version for a purpose: the leased row."""

    class Purpose(models.TextChoices):
        PANEL = "panel"
        GUARD_EVALUATION = "guard_evaluation"
        CANARY = "canary"
        GENERATION = "generation"
        COMPARISON = "comparison"

    class State(models.TextChoices):
        QUEUED = "queued"
        LEASED = "leased"
        GIVEN = "given"
        ABSTAINED = "abstained"
        FAILED = "failed"

    ENDED = (State.GIVEN, State.ABSTAINED, State.FAILED)

    public_id = models.CharField(max_length=32, unique=True, default=public_id)
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+")
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="+")
    juror_version = models.ForeignKey(JurorVersion, on_delete=models.PROTECT, related_name="+")
    purpose = models.CharField(max_length=20, choices=Purpose.choices, default=Purpose.PANEL)
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    owner = models.CharField(max_length=64, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    failures = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=MAX_REASON, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "inquiries"
        constraints = [
            models.UniqueConstraint(
                fields=["item", "juror_version", "purpose"], name="inquiry_unique"
            )
        ]
        indexes = [
            models.Index(
                fields=["juror_version", "id"],
                condition=Q(state="queued"),
                name="inquiry_queue",
            ),
            models.Index(fields=["lease_until"], condition=Q(state="leased"), name="inquiry_lease"),
            models.Index(fields=["project", "juror_version", "state"], name="inquiry_progress"),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.state}"


class Call(models.Model):
    """One HTTP call of an inquiry: the raw reply is kept, and all is accounted for."""

    inquiry = models.ForeignKey(Inquiry, on_delete=models.PROTECT, related_name="calls")
    request_key = models.CharField(max_length=80)
    attempt = models.PositiveSmallIntegerField(default=1)
    status = models.PositiveSmallIntegerField(null=True, blank=True)
    error = models.CharField(max_length=MAX_REASON, blank=True)
    raw_reply = models.TextField(blank=True)
    tokens_in = models.PositiveIntegerField(default=0)
    tokens_out = models.PositiveIntegerField(default=0)
    cost = models.FloatField(null=True, blank=True, help_text="None: the price is unknown.")
    seconds = models.FloatField(default=0.0)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.request_key


class Opinion(models.Model):
    """One answer per asked unit, or an abstention."""

    class State(models.TextChoices):
        GIVEN = "given"
        ABSTAINED = "abstained"

    inquiry = models.ForeignKey(Inquiry, on_delete=models.PROTECT, related_name="opinions")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=State.choices)
    reason = models.CharField(max_length=20, blank=True, help_text="Why it abstained.")
    rationale = models.TextField(blank=True)
    confidence = models.FloatField(null=True, blank=True)
    evidence_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["inquiry", "unit"], name="opinion_unique"),
        ]
        indexes = [models.Index(fields=["unit"], name="opinion_unit")]

    def __str__(self) -> str:
        return self.state


class Vote(AnswerFields):
    """One answer of a juror to one question on one unit."""

    opinion = models.ForeignKey(Opinion, on_delete=models.PROTECT, related_name="votes")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["opinion", "question"], name="juror_vote_unique")
        ]
        indexes = [
            models.Index(
                fields=["unit", "question"], condition=Q(counts=True), name="juror_vote_counting"
            )
        ]

    def __str__(self) -> str:
        return f"{self.question}: {self.value}"
