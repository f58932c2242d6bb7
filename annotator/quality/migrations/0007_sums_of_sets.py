"""Sets are counted by their sums, too: the worker makes a project's counts anew, by week from now on."""

from django.db import migrations


def count_anew(apps, schema_editor):
    """Take the counts for not made yet: whoever folds next makes them of all votes."""
    apps.get_model("quality", "AgreementState").objects.update(changed_at=None)


class Migration(migrations.Migration):

    dependencies = [
        ("quality", "0006_stored_intervals"),
    ]

    operations = [migrations.RunPython(count_anew, migrations.RunPython.noop)]
