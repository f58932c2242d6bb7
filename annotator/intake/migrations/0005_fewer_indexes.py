
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('catalog', '0001_initial'),
        ('intake', '0004_unit_state_indexes'),
    ]

    operations = [
        migrations.AlterField(
            model_name='item',
            name='derived_from',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='intake.item'),
        ),
        migrations.AlterField(
            model_name='item',
            name='near_duplicate_of',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='intake.item'),
        ),
        migrations.AddIndex(
            model_name='item',
            index=models.Index(condition=models.Q(('derived_from__isnull', False)), fields=['derived_from'], name='item_derived_from'),
        ),
        migrations.AddIndex(
            model_name='item',
            index=models.Index(condition=models.Q(('near_duplicate_of__isnull', False)), fields=['near_duplicate_of'], name='item_near_duplicate'),
        ),
    ]
