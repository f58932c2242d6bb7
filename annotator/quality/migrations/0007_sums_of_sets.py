"""Counts say by which version they were made: those of an older one are made anew by the worker."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("quality", "0006_stored_intervals"),
    ]

    operations = [
        migrations.AddField(
            model_name="agreementstate",
            name="counting",
            field=models.PositiveSmallIntegerField(
                db_default=0,
                help_text="By which version of what is counted the counts were made.",
            ),
        ),
    ]
