"""Seats, annotations and votes of people."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from annotator.catalog.models import Project
from annotator.core.ids import public_id
from annotator.intake.models import AnswerFields, Item


class Assignment(models.Model):
    """One seat on one item, listing what it asks."""

    class Reason(models.TextChoices):
        FIRST_PASS = "first_pass"  # noqa: S105 - a reason, no password
        OVERLAP = "overlap"
        REANNOTATION = "reannotation"
        CALIBRATION = "calibration"
        ADJUDICATION = "adjudication"
        GOLD = "gold"
        AUDIT = "audit"
        TRAINING = "training"
        REPEAT = "repeat"
        IMPORTED = "imported"

    class State(models.TextChoices):
        OPEN = "open"
        LEASED = "leased"
        DONE = "done"
        SKIPPED = "skipped"
        CANCELLED = "cancelled"
        EXPIRED = "expired"

    class Kind(models.TextChoices):
        LABEL = "label"
        ADJUDICATE = "adjudicate"

    COUNTING = (
        Reason.FIRST_PASS,
        Reason.OVERLAP,
        Reason.REANNOTATION,
        Reason.CALIBRATION,
        Reason.IMPORTED,
    )

    # Unique by a constraint below: `unique` would add an index for LIKE, which nobody asks for.
    public_id = models.CharField(max_length=32, default=public_id)
    # Keys without an index of their own here are the first column of one below.
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+", db_index=False)
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField(max_length=12, choices=Kind.choices, default=Kind.LABEL)
    reason = models.CharField(max_length=14, choices=Reason.choices, default=Reason.FIRST_PASS)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    round = models.PositiveSmallIntegerField(default=1)
    number = models.PositiveSmallIntegerField(help_text="The item's n-th seat.")
    asks = models.JSONField(default=dict, help_text="{target: [question, …]}")
    band = models.PositiveSmallIntegerField(default=5)
    ring = models.PositiveIntegerField()
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    holders = models.JSONField(
        default=list, help_text="Ids of all who ever held it: a late answer is theirs to give."
    )
    lease = models.CharField(max_length=64, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    opened_by_run = models.BigIntegerField(
        null=True, blank=True, help_text="The re-decision that opened it."
    )
    cancelled_by_run = models.BigIntegerField(
        null=True, blank=True, help_text="The re-decision that cancelled it."
    )
    skip_reason = models.CharField(max_length=20, blank=True)
    skip_note = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["public_id"], name="seat_public_id"),
            models.UniqueConstraint(fields=["item", "number"], name="seat_number_unique"),
            models.UniqueConstraint(
                fields=["item", "person"],
                condition=Q(
                    person__isnull=False,
                    reason__in=[
                        "first_pass",
                        "overlap",
                        "reannotation",
                        "calibration",
                        "imported",
                    ],
                    state__in=["leased", "done", "skipped"],
                ),
                name="seat_once_per_person",
            ),
            models.CheckConstraint(
                condition=~Q(state="open") | Q(person__isnull=True), name="seat_open_has_nobody"
            ),
            models.CheckConstraint(
                condition=~Q(state="leased") | Q(person__isnull=False, lease_until__isnull=False),
                name="seat_leased_has_person",
            ),
        ]
        indexes = [
            models.Index(
                fields=["project", "kind", "band", "ring", "id"],
                condition=Q(state="open"),
                name="seat_ring",
            ),
            models.Index(fields=["lease_until"], condition=Q(state="leased"), name="seat_lease"),
            models.Index(fields=["person", "project", "state"], name="seat_person"),
            models.Index(
                fields=["project", "-id"],
                condition=Q(state="skipped", skip_reason="policy_gap"),
                name="seat_gap",
            ),
            models.Index(
                fields=["opened_by_run"],
                condition=Q(opened_by_run__isnull=False),
                name="seat_opened_by_run",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reason} on {self.item_id}"


class Shown(models.Model):
    """A person was shown what others said of an item: they never label it afterwards."""

    # Unchecked by the database: a check would lock the item, and whoever claims has a seat's lock.
    item = models.ForeignKey(
        Item, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["item", "person"], name="shown_once")]

    def __str__(self) -> str:
        return f"{self.item_id} to {self.person_id}"


class ClaimCursor(models.Model):
    """Where a person stands on the shuffle ring of a project's band."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=12)
    band = models.PositiveSmallIntegerField()
    position = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person", "project", "kind", "band"], name="cursor_unique"
            )
        ]

    def __str__(self) -> str:
        return f"{self.person_id} at {self.position}"


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
