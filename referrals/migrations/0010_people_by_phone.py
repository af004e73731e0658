from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('referrals', '0009_outreach'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='person',
            index=models.Index(condition=models.Q(('phone', ''), _negated=True), fields=['tenant', 'phone'], name='person_phone'),
        ),
    ]
