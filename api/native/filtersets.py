"""What each list can be filtered by."""

# mypy: disable-error-code="no-untyped-call, misc"
# django-filter carries no types.

from typing import TYPE_CHECKING, Any

from django_filters import CharFilter

from api.native.filters import Choices, Flag, Moments, OfId
from credits.models import Bucket, EntryKind, Mode, Review, Reward, RewardRule
from events.models import Delivery, WebhookEndpoint
from payouts.models import Payout, PayoutMethod
from referrals.models import Action, Attribution, Code, Member, Person, Program, Referral, Side

if TYPE_CHECKING:
    FilterSet = Any
else:
    from django_filters import FilterSet


class ProgramFilters(FilterSet):
    name = CharFilter()
    is_active = Flag()


class RuleFilters(FilterSet):
    program = OfId(Program)
    side = Choices(choices=Side.choices)
    kind = Choices(choices=RewardRule.Kind.choices)
    retired = Flag(field_name="retired_at", lookup_expr="isnull", exclude=True)


class PersonFilters(FilterSet):
    external_id = CharFilter()
    account_id = CharFilter()
    email = CharFilter(lookup_expr="iexact")
    created_at = Moments()


class MemberFilters(FilterSet):
    status = Choices(choices=Member.Status.choices)
    program = OfId(Program)
    person = OfId(Person)
    created_at = Moments()


class CodeFilters(FilterSet):
    code = CharFilter(lookup_expr="iexact")
    member = OfId(Member)
    kind = Choices(choices=Code.Kind.choices)
    is_active = Flag()
    is_default = Flag()


class AttributionFilters(FilterSet):
    code = CharFilter(field_name="code__code", lookup_expr="iexact")
    member = OfId(Member)
    person = OfId(Person, field_name="new_member")
    kind = Choices(choices=Attribution.Kind.choices)
    status = Choices(choices=Attribution.Status.choices)
    verdict = Choices(choices=Attribution.Verdict.choices)
    utm_campaign = CharFilter()
    occurred_at = Moments()


class ReferralFilters(FilterSet):
    status = Choices(choices=Referral.Status.choices)
    program = OfId(Program)
    referrer = OfId(Member)
    referred = OfId(Person)
    code = CharFilter(field_name="code__code", lookup_expr="iexact")
    attributed_at = Moments()
    updated_at = Moments()


class ActionFilters(FilterSet):
    referral = OfId(Referral)
    kind = Choices(choices=Action.Kind.choices)
    key = CharFilter()
    occurred_at = Moments()


class RewardFilters(FilterSet):
    status = Choices(choices=Reward.Status.choices)
    side = Choices(choices=Side.choices)
    mode = Choices(choices=Mode.choices)
    program = OfId(Program)
    person = OfId(Person)
    referral = OfId(Referral)
    rule = OfId(RewardRule)
    currency = CharFilter()
    matures_at = Moments()
    created_at = Moments()
    updated_at = Moments()


class ReviewFilters(FilterSet):
    status = Choices(choices=Review.Status.choices)
    referral = OfId(Referral)
    opened_at = Moments()
    deadline = Moments()


class EntryFilters(FilterSet):
    person = OfId(Person)
    reward = OfId(Reward)
    payout = OfId(Payout, field_name="payout", direct=True)
    kind = Choices(choices=EntryKind.choices)
    debit = Choices(choices=Bucket.choices)
    credit = Choices(choices=Bucket.choices)
    currency = CharFilter()
    effective_at = Moments()


class MethodFilters(FilterSet):
    program = OfId(Program)
    kind = Choices(choices=PayoutMethod.Kind.choices)
    currency = CharFilter()
    is_active = Flag()


class PayoutFilters(FilterSet):
    status = Choices(choices=Payout.Status.choices)
    person = OfId(Person)
    method = OfId(PayoutMethod)
    currency = CharFilter()
    requested_at = Moments()
    updated_at = Moments()


class EndpointFilters(FilterSet):
    format = CharFilter()
    disabled = Flag(field_name="disabled_at", lookup_expr="isnull", exclude=True)


class DeliveryFilters(FilterSet):
    endpoint = OfId(WebhookEndpoint)
    status = Choices(choices=Delivery.Status.choices)
    topic = CharFilter()
    created_at = Moments()


class KeyFilters(FilterSet):
    revoked = Flag(field_name="revoked_at", lookup_expr="isnull", exclude=True)
