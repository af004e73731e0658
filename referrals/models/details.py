from django.db import models
from django.db.models import Q

from referrals.models.member import Member
from referrals.models.referral import Referral


class ReferralDetails(models.Model):
    """What a tenant told of one referral beside who was referred: a lead's order, notes and fields of its own.

    Most referrals have none. `amount` is in minor units of `currency`: what a person who approves it later means,
    unless they say otherwise. `approved_at` is when a person said that it had come to what was wanted.
    """

    class Contact(models.TextChoices):
        EMAIL = "email"
        MORNING = "callMorning"
        AFTERNOON = "callAfternoon"
        EVENING = "callEvening"

    referral = models.OneToOneField(Referral, on_delete=models.CASCADE, related_name="details", primary_key=True)
    external_id = models.CharField(max_length=255, blank=True, default="", help_text="An order, for example.")
    amount = models.BigIntegerField(null=True, blank=True)
    currency = models.CharField(max_length=7, default="USD")
    approved_at = models.DateTimeField(null=True, blank=True)
    source = models.CharField(max_length=60, blank=True, default="", help_text="How it was told of.")
    preferred_contact = models.CharField(max_length=13, choices=Contact.choices, blank=True, default="")
    company_name = models.CharField(max_length=200, blank=True, default="")
    note = models.TextField(max_length=4000, blank=True, default="", help_text="For the tenant alone.")
    public_note = models.TextField(max_length=4000, blank=True, default="", help_text="For the referrer too.")
    custom_option1_name = models.CharField(max_length=200, blank=True, default="")
    custom_option1_value = models.CharField(max_length=500, blank=True, default="")
    custom_option2_name = models.CharField(max_length=200, blank=True, default="")
    custom_option2_value = models.CharField(max_length=500, blank=True, default="")
    custom_text1_name = models.CharField(max_length=200, blank=True, default="")
    custom_text1_value = models.CharField(max_length=500, blank=True, default="")
    custom_text2_name = models.CharField(max_length=200, blank=True, default="")
    custom_text2_value = models.CharField(max_length=500, blank=True, default="")
    custom_text3_name = models.CharField(max_length=200, blank=True, default="")
    custom_text3_value = models.CharField(max_length=500, blank=True, default="")
    conversion_note = models.CharField(max_length=500, blank=True, default="")
    conversion_ip = models.GenericIPAddressField(null=True, blank=True)
    browser_referrer_url = models.CharField(max_length=2048, blank=True, default="")
    recruiter_assigned = models.ForeignKey(Member, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name_plural = "referral details"
        constraints = [
            models.CheckConstraint(
                condition=Q(amount__isnull=True) | Q(amount__gte=0, amount__lte=10**15), name="details_amount_in_range"
            ),
        ]
        indexes = [models.Index(fields=["external_id"], condition=~Q(external_id=""), name="details_external_id")]

    def __str__(self) -> str:
        return f"details of referral {self.referral_id}"
