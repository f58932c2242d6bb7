"""Seats, who was shown their items, and where people look for the next."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from annotator.catalog.models import Project
from annotator.core.ids import public_id
from annotator.intake.models import Item


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
            models.Index(fields=["project", "state"], name="seat_project_state"),
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
