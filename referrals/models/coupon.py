from django.db import models
from django.db.models import Q

from referrals.models.member import Code
from referrals.models.person import Person
from referrals.models.referral import Referral
from tenants.models import Tenant


class AppliedCouponQuerySet(models.QuerySet["AppliedCoupon"]):
    def current(self) -> "AppliedCouponQuerySet":
        return self.filter(ended_at__isnull=True)


class AppliedCoupon(models.Model):
    """A coupon that a person has applied to themselves: their next payment redeems it. At most one at a time.

    It ends when it is redeemed, removed or replaced by another; one whose discount recurs outlasts its redemption.
    `referral` is what applying it brought about: none where somebody else had brought the person in before.
    """

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="applied_coupons")
    code = models.ForeignKey(Code, on_delete=models.PROTECT, related_name="applied_coupons")
    referral = models.ForeignKey(Referral, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    applied_at = models.DateTimeField()
    redeemed_at = models.DateTimeField(null=True, blank=True, help_text="When a payment first used it.")
    ended_at = models.DateTimeField(null=True, blank=True, help_text="When it ceased to be applied.")

    objects = AppliedCouponQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person"], condition=Q(ended_at__isnull=True), name="one_applied_coupon_a_person"
            )
        ]
        indexes = [
            models.Index(fields=["person", "code"], condition=Q(redeemed_at__isnull=False), name="coupon_redeemed"),
        ]

    def __str__(self) -> str:
        return f"{self.code} applied by {self.person}"
