"""Projects and what they ask: taxonomy, targets, questions, policy, guidelines, members."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q


class Taxonomy(models.Model):
    """One version of a category tree; frozen once published."""

    key = models.CharField(max_length=60)
    version = models.CharField(max_length=30)
    title = models.CharField(max_length=200)
    digest = models.CharField(max_length=64)
    document = models.JSONField(help_text="The tree as jury.taxonomy reads it.")
    published_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name_plural = "taxonomies"
        constraints = [
            models.UniqueConstraint(fields=["key", "version", "digest"], name="taxonomy_unique")
        ]

    def __str__(self) -> str:
        return f"{self.key}@{self.version}"


class Project(models.Model):
    """One campaign."""

    class Reveal(models.TextChoices):
        NEVER = "never"
        AFTER_SUBMIT = "after_submit"
        RANDOMISED = "randomised"

    slug = models.SlugField(max_length=50, unique=True)
    name = models.CharField(max_length=200)
    taxonomy = models.ForeignKey(Taxonomy, on_delete=models.PROTECT, related_name="+")
    overlap = models.PositiveSmallIntegerField(default=3)
    lease_seconds = models.PositiveIntegerField(default=900)
    reveal = models.CharField(max_length=20, choices=Reveal.choices, default=Reveal.NEVER)
    severity = models.BooleanField(default=False)
    seed = models.BigIntegerField(default=1)
    jury_patience_seconds = models.PositiveIntegerField(
        default=86_400, help_text="After this a policy that reads the jury goes on without it."
    )
    spend_limit = models.FloatField(null=True, blank=True)
    price_per_label = models.FloatField(null=True, blank=True, help_text="Of a person's answer.")
    price_per_hour = models.FloatField(null=True, blank=True, help_text="Of a person's work.")
    is_sample = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.slug


class Membership(models.Model):
    """A person's role in one project."""

    class Role(models.TextChoices):
        ANNOTATOR = "annotator"
        ADJUDICATOR = "adjudicator"
        MANAGER = "manager"
        AUDITOR = "auditor"

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=20, choices=Role.choices)
    pseudonym = models.CharField(max_length=20, help_text="The name exports show, stable.")
    active = models.BooleanField(default=True)
    labels_after = models.BigIntegerField(
        null=True,
        blank=True,
        default=0,
        help_text="Takes seats to label on items with a greater id; empty: on none.",
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "person"], name="membership_unique"),
            models.UniqueConstraint(fields=["project", "pseudonym"], name="pseudonym_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} as {self.role}"


class Target(models.Model):
    """What of an item is judged, as data of the project."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="targets")
    key = models.CharField(max_length=20, help_text="prompt, response, dialogue, turn, pair …")
    title = models.CharField(max_length=60)
    badge = models.CharField(max_length=2)
    position = models.PositiveSmallIntegerField()
    people = models.BooleanField(default=True, help_text="Asked of people; else derived.")
    jury = models.BooleanField(default=True, help_text="Asked of the jury.")

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["project", "key"], name="target_unique"),
        ]

    def __str__(self) -> str:
        return self.key


class Question(models.Model):
    """What is asked of a target: one version of a schema of answers."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="questions")
    key = models.CharField(max_length=20)
    version = models.PositiveSmallIntegerField(default=1)
    position = models.PositiveSmallIntegerField()
    schema = models.JSONField(help_text="jury.verdict.QuestionSchema as a document.")
    current = models.BooleanField(default=True)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["project", "key", "version"], name="question_unique"),
            models.UniqueConstraint(
                fields=["project", "key"], condition=Q(current=True), name="question_current"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.version}"


class PolicyVersion(models.Model):
    """One version of a project's policy; decisions name the version they used."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="policies")
    version = models.PositiveIntegerField()
    name = models.CharField(max_length=40)
    options = models.JSONField(default=dict, blank=True)
    target = models.CharField(max_length=20, blank=True, help_text="Empty: all targets.")
    question = models.CharField(max_length=20, blank=True, help_text="Empty: all questions.")
    current = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "version"], name="policy_version_unique"),
            models.UniqueConstraint(
                fields=["project", "target", "question"],
                condition=Q(current=True),
                name="policy_current",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.version}"


class GuidelineSet(models.Model):
    """One published version of a project's guidelines."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="guideline_sets")
    version = models.CharField(max_length=20)
    digest = models.CharField(max_length=64)
    general = models.JSONField(
        default=list, blank=True, help_text="Sections: {section, title, text}."
    )
    current = models.BooleanField(default=True)
    published_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "version"], name="guideline_set_unique"),
            models.UniqueConstraint(
                fields=["project"], condition=Q(current=True), name="guideline_set_current"
            ),
        ]

    def __str__(self) -> str:
        return self.version


class Guideline(models.Model):
    """A rule on one category: what is meant, what is not, an example of each verdict."""

    guideline_set = models.ForeignKey(
        GuidelineSet, on_delete=models.CASCADE, related_name="guidelines"
    )
    section = models.CharField(max_length=20)
    category = models.CharField(max_length=60)
    rule = models.TextField()
    not_meant = models.TextField(blank=True)
    examples = models.JSONField(default=list, blank=True, help_text="[{verdict, text}]")
    changed = models.TextField(blank=True, help_text="What changed in this version.")

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["guideline_set", "category"], name="guideline_unique")
        ]

    def __str__(self) -> str:
        return self.section


class Deconfliction(models.Model):
    """How to tell two confusable categories apart."""

    guideline_set = models.ForeignKey(
        GuidelineSet, on_delete=models.CASCADE, related_name="deconflictions"
    )
    first = models.CharField(max_length=60)
    second = models.CharField(max_length=60)
    text = models.TextField()

    def __str__(self) -> str:
        return f"{self.first} or {self.second}"
