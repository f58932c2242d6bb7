
import annotator.core.ids
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('catalog', '0001_initial'),
        ('intake', '0005_fewer_indexes'),
        ('labeling', '0002_annotation_flagged'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name='annotation',
            name='public_id',
            field=models.CharField(default=annotator.core.ids.public_id, max_length=32),
        ),
        migrations.AlterField(
            model_name='assignment',
            name='public_id',
            field=models.CharField(default=annotator.core.ids.public_id, max_length=32),
        ),
        migrations.AddConstraint(
            model_name='annotation',
            constraint=models.UniqueConstraint(fields=('public_id',), name='annotation_public_id'),
        ),
        migrations.AddConstraint(
            model_name='assignment',
            constraint=models.UniqueConstraint(fields=('public_id',), name='seat_public_id'),
        ),
    ]
