"""Votes that are there already are counted by advancing their items once: the sweep does that."""

from django.db import migrations
from django.utils import timezone


def mark_due(apps, schema_editor):
    """Let the workers advance every item with votes, 500 at a time, whenever they are killed."""
    items = apps.get_model("intake", "Item")
    annotations = apps.get_model("labeling", "Annotation")
    inquiries = apps.get_model("panel", "Inquiry")
    for rows in (annotations.objects.values("item"), inquiries.objects.values("item")):
        items.objects.filter(pk__in=rows).update(due_at=timezone.now())


class Migration(migrations.Migration):

    dependencies = [
        ("quality", "0003_pattern_counts"),
        ("labeling", "0005_vote_population"),
        ("panel", "0001_initial"),
        ("intake", "0005_fewer_indexes"),
    ]

    operations = [migrations.RunPython(mark_due, migrations.RunPython.noop)]
