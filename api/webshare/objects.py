"""Webshare's objects (contracts/webshare.md, section 1), with its own formats."""

import re
from typing import Any

from rest_framework import serializers

from api.webshare.formats import DecimalText, Dollars, Duration, Number, Timestamp
from api.webshare.words import ALWAYS, EARN_OUT_WORDS, FIRST_TIME, PERCENT_OFF, STATUSES_OF, VALUE_OFF, WORD_FOR
from api.webshare.words import MODE_OF_KIND as MODES
from credits.models import Mode, Reward
from credits.models.money import to_major
from payouts.models import Payout, PayoutMethod
from referrals.models import Code

PROMO_TYPES = ", ".join(f"{when}_{what}" for when in (FIRST_TIME, ALWAYS) for what in (VALUE_OFF, PERCENT_OFF))
NO_PROMO: dict[str, Any] = {"promo_type": None, "promo_value": None}
FAILED = "failed"
STAFF = re.compile(r" \((staff|key):[^()]*\)\Z")


class StatusWord(serializers.ChoiceField):
    def to_representation(self, value: str) -> str:
        return WORD_FOR[value]


class CreditSerializer(serializers.Serializer[Reward]):
    id = serializers.IntegerField()
    user_id = serializers.SerializerMethodField()
    mode = serializers.ChoiceField(Mode.choices)
    amount = Dollars()
    status = StatusWord(list(STATUSES_OF))
    referral_channel = serializers.SerializerMethodField()
    referral_channel_code = serializers.SerializerMethodField()
    created_at = Timestamp()
    updated_at = Timestamp()
    reverted_at = Timestamp(allow_null=True)

    def get_user_id(self, reward: Reward) -> int:
        """The referred person; of a credit that was given for no referral, whoever has it."""
        return reward.referral.referred_id if reward.referral else reward.person_id

    def get_referral_channel(self, reward: Reward) -> int | None:
        channel = _channel_of(reward)
        return channel.pk if channel else None

    def get_referral_channel_code(self, reward: Reward) -> str | None:
        channel = _channel_of(reward)
        return channel.code if channel else None


class CouponSerializer(serializers.Serializer[Any]):
    """The code applied to whoever asks; all null where none is."""

    code = serializers.CharField(allow_null=True)
    promo_type = serializers.ChoiceField([PERCENT_OFF, VALUE_OFF], allow_null=True)
    promo_value = DecimalText(allow_null=True)
    description = serializers.CharField(allow_null=True)
    is_recurring = serializers.BooleanField(allow_null=True)


class ChannelSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    code = serializers.CharField()
    description = serializers.CharField()
    promo_type = serializers.ChoiceField([PERCENT_OFF, VALUE_OFF], allow_null=True)
    promo_value = DecimalText(allow_null=True)
    is_active = serializers.BooleanField()
    is_recurring = serializers.BooleanField()
    start_date = Timestamp()
    end_date = Timestamp(allow_null=True)
    total_uses = serializers.IntegerField()
    total_commission = Dollars()
    total_revenue = Dollars()
    initial_rate = DecimalText(allow_null=True)
    ongoing_rate = DecimalText(allow_null=True)
    initial_rate_period_days = serializers.IntegerField(allow_null=True)
    max_earnings_per_referred = DecimalText(allow_null=True)
    created_at = Timestamp()


class EarnOutSerializer(serializers.Serializer[Payout]):
    id = serializers.IntegerField()
    mode = serializers.SerializerMethodField()
    paypal_payout_email = serializers.SerializerMethodField()
    amount = Dollars()
    status = serializers.SerializerMethodField()
    error_reason = serializers.SerializerMethodField()
    created_at = Timestamp(source="requested_at")
    updated_at = Timestamp()

    def get_mode(self, payout: Payout) -> str:
        return MODES[payout.method.kind]

    def get_paypal_payout_email(self, payout: Payout) -> str | None:
        """Paid by hand, it goes to a mailbox; a Stripe account is none."""
        return payout.destination or None if payout.method.kind == PayoutMethod.Kind.MANUAL else None

    def get_status(self, payout: Payout) -> str:
        return EARN_OUT_WORDS[payout.status]

    def get_error_reason(self, payout: Payout) -> str | None:
        """What Stripe or whoever paid said; who of the tenant's own people that was is not told."""
        if EARN_OUT_WORDS[payout.status] != FAILED:
            return None
        reason = payout.error if payout.status == Payout.Status.FAILED else ""
        return STAFF.sub("", reason) or payout.get_status_display().lower()


class CodeInfoSerializer(serializers.Serializer[Any]):
    referral_code = serializers.CharField()
    promo_type = serializers.CharField(allow_null=True, help_text=PROMO_TYPES)
    promo_value = Number(allow_null=True)


class ConfigSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    mode = serializers.ChoiceField(Mode.choices)
    paypal_payout_email = serializers.CharField(allow_null=True)
    id_verification_required = serializers.BooleanField()
    credits_earned = Dollars()
    payouts_earned = Dollars()
    total_credits_earned = Dollars()
    total_payouts_earned = Dollars()
    number_of_users_referred = serializers.IntegerField()
    number_of_users_upgraded = serializers.IntegerField()
    earn_out_frequency = Duration(allow_null=True)
    next_earn_out_date = Timestamp(allow_null=True)
    minimum_earn_out_amount = Number()
    referral_code = serializers.CharField(allow_null=True)
    referral_url = serializers.CharField(allow_null=True)
    referral_maximum_credits = Number(allow_null=True)
    referral_credit_ratio = Number(allow_null=True)
    referral_payment_pending_days = Duration()
    promo_type = serializers.CharField(allow_null=True, help_text=PROMO_TYPES)
    promo_value = Number(allow_null=True)
    created_at = Timestamp()
    updated_at = Timestamp()
    initial_rate = Number(allow_null=True)
    ongoing_rate = Number(allow_null=True)
    initial_rate_period_days = serializers.IntegerField(allow_null=True)
    max_earnings_per_referred = Number(allow_null=True)


def _channel_of(reward: Reward) -> Code | None:
    """A coupon code is a channel; a link is none."""
    code = reward.referral.code if reward.referral else None
    return code if code and code.kind == Code.Kind.COUPON else None


def show_coupon(coupon: Code | None) -> dict[str, Any]:
    """What applying a code answers; all null for none."""
    if coupon is None:
        return dict.fromkeys(("code", "promo_type", "promo_value", "description", "is_recurring"))
    told = {"description": coupon.description, "is_recurring": coupon.discount_recurs}
    return {"code": coupon.code, **promo_of(coupon), **told}


def promo_of(code: Code) -> dict[str, Any]:
    """What a coupon saves: a rate of the price, or dollars."""
    if code.discount_rate is not None:
        return {"promo_type": PERCENT_OFF, "promo_value": code.discount_rate}
    if code.discount_amount is not None:
        return {"promo_type": VALUE_OFF, "promo_value": to_major(code.discount_amount, code.member.program.currency)}
    return NO_PROMO


def promo_of_link(code: Code | None) -> dict[str, Any]:
    """What a link saves those who follow it: per cent, or dollars; at first or always."""
    promo = promo_of(code) if code else NO_PROMO
    if code is None or promo["promo_type"] is None:
        return NO_PROMO
    when = ALWAYS if code.discount_recurs else FIRST_TIME
    value = promo["promo_value"] * (100 if promo["promo_type"] == PERCENT_OFF else 1)
    return {"promo_type": f"{when}_{promo['promo_type']}", "promo_value": value}
