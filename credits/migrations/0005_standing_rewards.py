from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('credits', '0004_rewards_by_hand'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='reward',
            index=models.Index(condition=models.Q(('status', 'reverted'), _negated=True), fields=['tenant', '-created_at', '-id'], name='reward_standing'),
        ),
    ]
