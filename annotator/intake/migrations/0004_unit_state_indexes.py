import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0001_initial"),
        ("intake", "0003_fill_unit_state"),
    ]

    operations = [
        migrations.AlterField(
            model_name="unit",
            name="project",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="catalog.project",
            ),
        ),
        migrations.AddIndex(
            model_name="item",
            index=models.Index(fields=["batch", "state"], name="item_batch_state"),
        ),
        migrations.AddIndex(
            model_name="unit",
            index=models.Index(fields=["project", "state", "id"], name="unit_state"),
        ),
    ]
