from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('credits', '0005_standing_rewards'),
    ]

    operations = [
        migrations.AddField(
            model_name='review',
            name='claimed_by_key',
            field=models.CharField(blank=True, default='', help_text='Who claimed it through an API: `key:<public id>`.', max_length=200),
        ),
    ]
