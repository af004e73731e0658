"""The config of a person or, for a key that is nobody's, of the tenant's main program (contract section 1)."""

from datetime import datetime
from typing import Any

from django.urls import reverse

from api.webshare.gather import (
    FREQUENCIES,
    count_people,
    earn_out_method,
    earnings_of,
    latest,
    pending_days,
    rates_of,
    referrer_rules,
)
from api.webshare.objects import promo_of_link
from credits.models import Mode, RewardRule
from credits.models.money import to_major
from payouts.models import PayoutAccount
from payouts.services.preferences import manual_account_of
from referrals.models import Member, Person, Program
from referrals.services.memberships import default_code_of, membership_of
from referrals.services.registration import main_program
from tenants.models import Tenant


def config_of(tenant: Tenant, person: Person | None, *, at: datetime) -> dict[str, Any] | None:
    """Everything but where links lead. None where the tenant has no program to be a member of.

    A person who is no member yet becomes one, so that they have a code to share.
    """
    member = membership_of(person, at=at) if person else None
    program = member.program if member else None if person else main_program(tenant)
    if program is None:
        return None
    rule = referrer_rules([program.pk]).get(program.pk)
    mode = mode_of(person, rule)
    return {
        "mode": mode,
        "id_verification_required": False,
        **_earnings(tenant, person, mode=mode),
        **_schedule(program, mode=mode),
        **_terms(program, rule),
        **(_own(person, member) if person and member else _nobodys(program)),
    }


def mode_of(person: Person | None, rule: RewardRule | None) -> str:
    """What a person chose, or the rule's own."""
    chosen = person.reward_mode if person else ""
    return chosen or (rule.mode if rule else Mode.CREDITS)


def default_mode(program: Program) -> str:
    return mode_of(None, referrer_rules([program.pk]).get(program.pk))


def link_of(tenant: Tenant, code: str) -> str:
    return reverse("portal:tenant_link", args=[tenant.alias, code])


def _earnings(tenant: Tenant, person: Person | None, *, mode: str) -> dict[str, int]:
    earnings, people = earnings_of(tenant, person, mode=mode), count_people(tenant, person)
    return {
        "credits_earned": earnings.waiting[Mode.CREDITS],
        "payouts_earned": earnings.waiting[Mode.PAYOUT],
        "total_credits_earned": earnings.ever[Mode.CREDITS],
        "total_payouts_earned": earnings.ever[Mode.PAYOUT],
        "number_of_users_referred": people["brought_in"],
        "number_of_users_upgraded": people["paid"],
    }


def _schedule(program: Program, *, mode: str) -> dict[str, Any]:
    method = earn_out_method(program, mode=mode)
    return {
        "earn_out_frequency": FREQUENCIES.get(method.schedule) if method else None,
        "next_earn_out_date": method.next_run_at if method else None,
        "minimum_earn_out_amount": to_major(method.minimum_amount if method else 0, "USD"),
    }


def _terms(program: Program, rule: RewardRule | None) -> dict[str, Any]:
    rates = rates_of(rule)
    return {
        "referral_maximum_credits": rates["max_earnings_per_referred"],
        "referral_credit_ratio": rates["initial_rate"],
        "referral_payment_pending_days": pending_days(program, rule),
        **rates,
    }


def _own(person: Person, member: Member) -> dict[str, Any]:
    code, account = default_code_of(member), manual_account_of(person)
    return {
        "id": member.pk,
        "paypal_payout_email": account.destination if account else None,
        "referral_code": code.code if code else None,
        **promo_of_link(code),
        "created_at": member.created_at,
        "updated_at": latest(member.created_at, person.modified_at, *_changes(account)),
    }


def _changes(account: PayoutAccount | None) -> tuple[datetime | None, ...]:
    return (account.created_at, account.changed_at) if account else ()


def _nobodys(program: Program) -> dict[str, Any]:
    """A program shares no code of its own and is paid nothing."""
    return {
        "id": program.pk,
        "paypal_payout_email": None,
        "referral_code": None,
        **promo_of_link(None),
        "created_at": program.created_at,
        "updated_at": program.created_at,
    }
