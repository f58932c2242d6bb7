"""Answers that a manager took out: which, why, and until when. The answers themselves stay."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from annotator.catalog.models import Project
from annotator.core.ids import public_id
from annotator.intake.models import Batch, Item, Unit
from annotator.labeling.models import Assignment
from annotator.panel.models import JurorVersion, Opinion


class SetAside(models.Model):
    """One person's, or one juror version's, answers taken out by a manager; append-only.

    It is in force until it has a `Lifting`. Which answers it covers is fixed when it is made.
    """

    class Code(models.TextChoices):
        UNRELIABLE = "unreliable"
        MISUNDERSTOOD = "misunderstood"
        NOT_BLIND = "not_blind"
        TECHNICAL = "technical"
        REQUESTED = "requested"
        OTHER = "other"

    public_id = models.CharField(max_length=32, unique=True, default=public_id)
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+")
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    juror_version = models.ForeignKey(
        JurorVersion, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    given_from = models.DateTimeField(null=True, blank=True, help_text="At this moment or later.")
    given_until = models.DateTimeField(null=True, blank=True, help_text="Before this moment.")
    batch = models.ForeignKey(
        Batch, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    category = models.CharField(max_length=60, blank=True, help_text="Answers that name it.")
    code = models.CharField(max_length=14, choices=Code.choices)
    reason = models.TextField(help_text="In the manager's words.")
    answers = models.PositiveIntegerField()
    units = models.PositiveIntegerField()
    items = models.PositiveIntegerField()
    digest = models.CharField(max_length=64, help_text="Of what it covers.")
    created_by = models.BigIntegerField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(person__isnull=False, juror_version__isnull=True)
                | Q(person__isnull=True, juror_version__isnull=False),
                name="set_aside_of_one",
            )
        ]
        indexes = [models.Index(fields=["project", "-id"], name="set_aside_project")]

    def __str__(self) -> str:
        return f"{self.answers} answers, {self.code}"


class Lifting(models.Model):
    """The end of a set-aside: its answers count again."""

    set_aside = models.OneToOneField(SetAside, on_delete=models.CASCADE, related_name="lifting")
    created_by = models.BigIntegerField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.set_aside_id} since {self.created_at:%F %T}"


class SetAsideAnswer(models.Model):
    """One answer that a set-aside covers: a person's on a seat, or a juror's opinion.

    It stands for all revisions of the answer: whoever corrects one corrects it where it is.
    """

    set_aside = models.ForeignKey(
        SetAside, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="+", db_index=False)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+", db_index=False)
    question = models.CharField(max_length=20)
    seat = models.ForeignKey(
        Assignment,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    opinion = models.ForeignKey(
        Opinion,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(seat__isnull=False, opinion__isnull=True)
                | Q(seat__isnull=True, opinion__isnull=False),
                name="set_aside_answer_of_one",
            ),
            models.UniqueConstraint(
                fields=["seat", "unit", "question", "set_aside"],
                condition=Q(seat__isnull=False),
                name="set_aside_answer_seat",
            ),
            models.UniqueConstraint(
                fields=["opinion", "question", "set_aside"],
                condition=Q(opinion__isnull=False),
                name="set_aside_answer_opinion",
            ),
        ]
        indexes = [models.Index(fields=["set_aside", "item"], name="set_aside_answer_item")]

    def __str__(self) -> str:
        return f"{self.question} on {self.unit_id}"
