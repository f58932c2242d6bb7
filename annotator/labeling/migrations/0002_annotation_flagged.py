from django.db import migrations, models


class Migration(migrations.Migration):
    """Flags are few: the overview finds the newest ones without reading every annotation."""

    dependencies = [("labeling", "0001_initial")]

    operations = [
        migrations.AddIndex(
            model_name="annotation",
            index=models.Index(
                condition=models.Q(("flagged", True)), fields=["-id"], name="annotation_flagged"
            ),
        ),
    ]
