import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """Coupons that people apply, what a code saves, and what people want their rewards to be."""

    dependencies = [
        ('referrals', '0006_campaigns_and_failed_grants'),
        ('tenants', '0003_stripe_api_key'),
    ]

    operations = [
        migrations.CreateModel(
            name='AppliedCoupon',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('applied_at', models.DateTimeField()),
                ('redeemed_at', models.DateTimeField(blank=True, help_text='When a payment first used it.', null=True)),
                ('ended_at', models.DateTimeField(blank=True, help_text='When it ceased to be applied.', null=True)),
            ],
        ),
        migrations.AddField(
            model_name='code',
            name='discount_amount',
            field=models.BigIntegerField(blank=True, help_text="Or so much, in minor units of the program's currency.", null=True),
        ),
        migrations.AddField(
            model_name='code',
            name='discount_rate',
            field=models.DecimalField(blank=True, decimal_places=6, help_text='What those who use it save: 0.2 is 20%.', max_digits=7, null=True),
        ),
        migrations.AddField(
            model_name='code',
            name='discount_recurs',
            field=models.BooleanField(default=False, help_text='On every payment, not on the first one alone.'),
        ),
        migrations.AddField(
            model_name='person',
            name='reward_mode',
            field=models.CharField(blank=True, default='', help_text='What they want rewards to be. Empty: as the rule says.', max_length=7),
        ),
        migrations.AddConstraint(
            model_name='code',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('discount_rate__isnull', True), models.Q(('discount_rate__gt', 0), ('discount_rate__lte', 1)), _connector='OR'), models.Q(('discount_amount__isnull', True), models.Q(('discount_amount__gt', 0), ('discount_amount__lte', 1000000000000000)), _connector='OR'), models.Q(('discount_rate__isnull', True), ('discount_amount__isnull', True), _connector='OR')), name='code_has_one_discount_in_range'),
        ),
        migrations.AddConstraint(
            model_name='person',
            constraint=models.CheckConstraint(condition=models.Q(('reward_mode__in', ['', 'credits', 'payout'])), name='person_reward_mode_is_known'),
        ),
        migrations.AddField(
            model_name='appliedcoupon',
            name='code',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='applied_coupons', to='referrals.code'),
        ),
        migrations.AddField(
            model_name='appliedcoupon',
            name='person',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='applied_coupons', to='referrals.person'),
        ),
        migrations.AddField(
            model_name='appliedcoupon',
            name='referral',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='referrals.referral'),
        ),
        migrations.AddField(
            model_name='appliedcoupon',
            name='tenant',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.tenant'),
        ),
        migrations.AddIndex(
            model_name='appliedcoupon',
            index=models.Index(condition=models.Q(('redeemed_at__isnull', False)), fields=['person', 'code'], name='coupon_redeemed'),
        ),
        migrations.AddConstraint(
            model_name='appliedcoupon',
            constraint=models.UniqueConstraint(condition=models.Q(('ended_at__isnull', True)), fields=('person',), name='one_applied_coupon_a_person'),
        ),
    ]
