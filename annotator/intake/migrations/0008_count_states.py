"""How many items, units and seats there are in each state, of what is there already."""

from collections import Counter

from django.db import migrations
from django.db.models import Count

WAITING = ("open", "leased")


def count(apps, schema_editor):
    """Count by three statements, and store it."""
    found = Counter()
    items = apps.get_model("intake", "Item").objects.values_list("project", "batch", "state")
    for project, batch, state, n in items.annotate(n=Count("*")).order_by():
        found[project, "item", str(batch), state] += n
    units = apps.get_model("intake", "Unit").objects.values_list("project", "state")
    for project, state, n in units.annotate(n=Count("*")).order_by():
        found[project, "unit", "", state] += n
    seats = apps.get_model("labeling", "Assignment").objects.filter(state__in=(*WAITING, "done"))
    for project, state, n in seats.values_list("project", "state").annotate(n=Count("*")).order_by():
        found[project, "seat", "", "waiting" if state in WAITING else state] += n
    model = apps.get_model("intake", "StateCount")
    model.objects.bulk_create(
        model(project_id=project, kind=kind, part=part, state=state, n=n)
        for (project, kind, part, state), n in found.items()
    )


class Migration(migrations.Migration):
    dependencies = [("intake", "0007_state_counts"), ("labeling", "0005_vote_population")]

    operations = [migrations.RunPython(count, migrations.RunPython.noop)]
