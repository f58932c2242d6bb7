"""How many inquiries there are in each state, and what calls have cost, of what is there already."""

from collections import Counter

from django.db import migrations
from django.db.models import BigIntegerField, Count, F, Sum
from django.db.models.functions import Cast, Round

WAITING = ("queued", "leased")


def count(apps, schema_editor):
    """Count by two statements, and store it."""
    found = Counter()
    rows = apps.get_model("panel", "Inquiry").objects.filter(purpose="panel")
    alive = rows.exclude(state="failed", reason="superseded")
    counted = alive.values_list("project", "juror_version", "state").annotate(n=Count("*"))
    for project, version, state, n in counted.order_by():
        found[project, "inquiry", str(version), "waiting" if state in WAITING else state] += n
    whole = Cast(Round(F("cost") * 1e12), BigIntegerField())
    calls = apps.get_model("panel", "Call").objects.filter(cost__isnull=False)
    spent = calls.values_list("inquiry__project").annotate(total=Sum(whole)).order_by()
    for project, total in spent:
        found[project, "cost", "", ""] += int(total)
    model = apps.get_model("intake", "StateCount")
    model.objects.bulk_create(
        model(project_id=project, kind=kind, part=part, state=state, n=n)
        for (project, kind, part, state), n in found.items()
        if n
    )


class Migration(migrations.Migration):
    dependencies = [("intake", "0008_count_states"), ("panel", "0001_initial")]

    operations = [migrations.RunPython(count, migrations.RunPython.noop)]
