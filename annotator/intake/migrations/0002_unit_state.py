import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """A unit's project and derived state; 0003 fills them, 0004 indexes them."""

    dependencies = [
        ("catalog", "0001_initial"),
        ("intake", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="unit",
            name="project",
            field=models.ForeignKey(
                null=True,
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="catalog.project",
            ),
        ),
        migrations.AddField(
            model_name="unit",
            name="state",
            field=models.CharField(
                blank=True,
                choices=[
                    ("", "Not asked"),
                    ("open", "Open"),
                    ("settled", "Settled"),
                    ("reannotate", "Reannotate"),
                    ("adjudicate", "Adjudicate"),
                ],
                default="open",
                max_length=12,
            ),
        ),
    ]
