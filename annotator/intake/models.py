"""Imported items, their frozen texts, and the units that are judged."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from annotator.catalog.models import Project
from annotator.core.ids import public_id


class Batch(models.Model):
    """One import, with the digest of its file."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+")
    number = models.PositiveIntegerField()
    filename = models.CharField(max_length=255)
    sha256 = models.CharField(max_length=64)
    rows = models.PositiveIntegerField(default=0)
    imported = models.PositiveIntegerField(default=0)
    already_present = models.PositiveIntegerField(default=0)
    rejected = models.PositiveIntegerField(default=0)
    id_reused = models.PositiveIntegerField(default=0)
    duplicate_text = models.PositiveIntegerField(default=0)
    created_by = models.BigIntegerField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name_plural = "batches"
        constraints = [
            models.UniqueConstraint(fields=["project", "number"], name="batch_unique"),
        ]

    def __str__(self) -> str:
        return f"batch {self.number}"


class ItemText(models.Model):
    """A text, frozen, keyed by its digest: the same words are stored once."""

    digest = models.CharField(max_length=64, primary_key=True)
    text = models.TextField()

    def __str__(self) -> str:
        return self.digest[:12]


class Item(models.Model):
    """One imported row."""

    class State(models.TextChoices):
        """Exclusive; an item's state is that of its least finished unit."""

        OPEN = "open"
        IN_WORK = "in_work"
        LABEL_AGAIN = "label_again"
        WITH_LEAD = "with_lead"
        SETTLED = "settled"

    DISCLOSING = (State.WITH_LEAD, State.SETTLED)

    # Keys without an index of their own are the first column of one below.
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+", db_index=False)
    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="+", db_index=False)
    line = models.PositiveIntegerField()
    public_id = models.CharField(max_length=32, unique=True, default=public_id)
    external_id = models.CharField(max_length=400)
    digest = models.CharField(max_length=64, help_text="Of roles and texts, in order.")
    language = models.CharField(max_length=35, blank=True)
    source = models.CharField(max_length=200, blank=True)
    model = models.CharField(max_length=200, blank=True)
    reconstruction_id = models.CharField(max_length=100, blank=True)
    metadata = models.JSONField(default=dict, blank=True)
    derived_from = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    near_duplicate_of = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        db_index=False,
    )
    # Derived, written by flow.advance only.
    state = models.CharField(max_length=12, choices=State.choices, default=State.OPEN)
    band = models.PositiveSmallIntegerField(default=5)
    due_at = models.DateTimeField(null=True, blank=True)
    disclosed = models.BooleanField(
        default=False,
        db_default=False,
        help_text="Was settled or with a lead once: leads may have read what was said of it.",
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["batch", "line"], name="item_line_unique"),
        ]
        indexes = [
            models.Index(fields=["project", "state", "id"], name="item_state"),
            models.Index(fields=["batch", "state"], name="item_batch_state"),
            models.Index(fields=["project", "external_id"], name="item_external"),
            models.Index(fields=["project", "digest"], name="item_digest"),
            # Few items have these: an index of all would be written at each change of state.
            models.Index(
                fields=["derived_from"],
                condition=Q(derived_from__isnull=False),
                name="item_derived_from",
            ),
            models.Index(
                fields=["near_duplicate_of"],
                condition=Q(near_duplicate_of__isnull=False),
                name="item_near_duplicate",
            ),
            models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="item_due"),
        ]

    def __str__(self) -> str:
        return self.external_id


class Turn(models.Model):
    """A message of an item; `target` names the judged part it is, or is empty for context."""

    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="turns", db_index=False)
    position = models.PositiveSmallIntegerField()
    role = models.CharField(max_length=20)
    target = models.CharField(max_length=20, blank=True)
    text = models.ForeignKey(ItemText, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["item", "position"], name="turn_unique")]

    def __str__(self) -> str:
        return f"{self.role} {self.position}"


class Unit(models.Model):
    """An item's target: what votes, decisions and rulings are about."""

    class State(models.TextChoices):
        """Exclusive; a unit's state is that of its least finished question."""

        NOT_ASKED = "", "Not asked"  # its questions were withdrawn
        OPEN = "open"
        SETTLED = "settled"
        REANNOTATE = "reannotate"
        ADJUDICATE = "adjudicate"

    # The item's own, here once more so that one index counts and lists a project's units.
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+", db_index=False)
    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="units", db_index=False)
    target = models.CharField(max_length=20)
    position = models.PositiveSmallIntegerField(default=0)
    # Derived, written by flow.advance only.
    state = models.CharField(max_length=12, choices=State.choices, default=State.OPEN, blank=True)

    class Meta:
        ordering = ["position", "pk"]
        constraints = [models.UniqueConstraint(fields=["item", "target"], name="unit_unique")]
        indexes = [models.Index(fields=["project", "state", "id"], name="unit_state")]

    def __str__(self) -> str:
        return self.target


class StateDelta(models.Model):
    """What of a project changed its state, not yet folded into the counts.

    Appended in the transaction of the change. Its key has no constraint, so that appending one
    locks no row of anybody else.
    """

    project = models.ForeignKey(
        Project,
        on_delete=models.DO_NOTHING,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    changes = models.TextField(help_text="[[kind, part, state, more], …], as JSON.")

    def __str__(self) -> str:
        return self.changes


class StateCount(models.Model):
    """How many things of a project are in a state; with the deltas not folded yet it is exact."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+", db_index=False)
    kind = models.CharField(max_length=10)
    part = models.CharField(max_length=20, blank=True, help_text="An item's import, by its id.")
    state = models.CharField(max_length=12, blank=True)
    n = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["project", "kind", "part", "state"], name="state_count_unique"
            )
        ]

    def __str__(self) -> str:
        return f"{self.n} x {self.kind} {self.part} {self.state}"


class AnswerFields(models.Model):
    """The one shape of an answer, for people's votes and for the jury's."""

    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    question = models.CharField(max_length=20)
    value = models.CharField(max_length=30)
    categories = models.JSONField(default=list, blank=True)
    severity = models.CharField(max_length=20, blank=True)
    other = models.CharField(max_length=200, blank=True, help_text="What the risk is, in words.")
    irregular = models.BooleanField(default=False, help_text="Imported as it was, though unusual.")
    counts = models.BooleanField(default=False, help_text="Derived; written by flow.advance only.")

    class Meta:
        abstract = True
