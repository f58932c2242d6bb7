"""Fills the project and the state of the units that are there: one UPDATE per kind of unit.

As in flow.standing.unit_state; the rule of who is asked what is frozen here as it was.
"""

from collections import defaultdict

from django.db import migrations
from django.db.models import Case, Exists, OuterRef, Q, Value, When

PAIR = "pair"
RESPONSES = {"response", "response_0", "response_1"}


def _applies(asked_of, target):
    if asked_of == "pair":
        return target == PAIR
    if asked_of == "responses":
        return target in RESPONSES
    return target != PAIR


def fill(apps, schema_editor):
    unit_model = apps.get_model("intake", "Unit")
    question_model = apps.get_model("catalog", "Question")
    for project in apps.get_model("catalog", "Project").objects.order_by("pk"):
        questions = question_model.objects.filter(project=project, current=True)
        asked_of = {row.key: row.schema.get("asked_of", "each") for row in questions}
        units = unit_model.objects.filter(item__project=project).order_by()
        kinds = defaultdict(list)
        for target in units.values_list("target", flat=True).distinct():
            asked = tuple(sorted(key for key, of in asked_of.items() if _applies(of, target)))
            kinds[asked].append(target)
        for asked, targets in kinds.items():
            units.filter(target__in=targets).update(project=project, state=_state(apps, asked))


def _state(apps, asked):
    if not asked:
        return Value("")
    current = apps.get_model("quality", "Decision").objects.filter(
        unit=OuterRef("pk"), current=True
    )
    decided = Q()
    for key in asked:
        decided &= Q(Exists(current.filter(question=key)))
    said = current.filter(question__in=asked)
    return Case(
        When(~decided, then=Value("open")),
        When(Exists(said.filter(outcome="reannotate")), then=Value("reannotate")),
        When(Exists(said.filter(outcome="adjudicate")), then=Value("adjudicate")),
        default=Value("settled"),
    )


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0001_initial"),
        ("intake", "0002_unit_state"),
        ("quality", "0001_initial"),
    ]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
