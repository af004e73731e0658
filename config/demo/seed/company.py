"""Acme: the tenant, its three programs with their terms, and the two people who review."""

from datetime import datetime, timedelta
from decimal import Decimal

from django.contrib.auth.models import Group, User

from credits.models import Mode, RewardRule
from credits.services.programs import create_program
from credits.services.rules import add_rule
from referrals.models import Program, RiskLevel, Side
from tenants.models import Tenant
from tenants.services.tenants import create_tenant

ALIAS = "acme"
FIXED, PERCENTAGE = RewardRule.Kind.FIXED, RewardRule.Kind.PERCENTAGE
REVIEWERS = (
    ("maya.lindqvist", "Maya", "Lindqvist"),
    ("tomas.herrera", "Tomás", "Herrera"),
)


def found_acme(*, secret: str, at: datetime, stripe_key: str = "") -> Tenant:
    return create_tenant(ALIAS, name="Acme", at=at, stripe_webhook_secret=secret, stripe_api_key=stripe_key)


def create_programs(tenant: Tenant, *, at: datetime) -> dict[str, Program]:
    """The programs by the name the seed calls them."""
    return {
        "friends": _create_friends(tenant, at=at),
        "partners": _create_partners(tenant, at=at),
        "japan": _create_japan(tenant, at=at),
    }


def hire_reviewers() -> list[User]:
    """Staff of the group Reviewer. They have no password: whoever looks at the demo logs in as its administrator."""
    group = Group.objects.get(name="Reviewer")
    return [_hire(group, *reviewer) for reviewer in REVIEWERS]


def _hire(group: Group, username: str, first_name: str, last_name: str) -> User:
    names = {"first_name": first_name, "last_name": last_name}
    user, is_new = User.objects.get_or_create(
        username=username, defaults={**names, "email": f"{username}@acme.example", "is_staff": True}
    )
    if is_new:
        user.set_unusable_password()
        user.save(update_fields=["password"])
        user.groups.add(group)
    return user


def _create_friends(tenant: Tenant, *, at: datetime) -> Program:
    program = create_program(
        tenant,
        name="friends",
        title="Friends of Acme",
        at=at,
        member_offer="25% of what your friends pay, up to $100 for each of them.",
        referral_offer="$10 off your first month.",
        landing_url="https://www.acme.example/welcome",
        allowed_origins=["https://app.acme.example"],
        monthly_cap=6,
        hold_days=30,
    )
    add_rule(
        program, at=at, name="25% of each payment", side=Side.REFERRER, kind=PERCENTAGE,
        initial_rate=Decimal("0.25"), max_per_referred=100_00,
    )  # fmt: skip
    add_rule(
        program, at=at, name="$10 welcome", side=Side.REFERRED, kind=FIXED, amount=10_00, currency="USD", once=True
    )
    return program


def _create_partners(tenant: Tenant, *, at: datetime) -> Program:
    program = create_program(
        tenant,
        name="partners",
        title="Acme Partners",
        at=at,
        currency="EUR",
        member_offer="20% of your clients' first year and 10% for as long as they stay, paid out in euros.",
        landing_url="https://www.acme.example/partners/welcome",
        attribution_window_days=60,
        hold_days=45,
        refund_window_days=45,
        risk_level=RiskLevel.STRICT,
    )
    add_rule(
        program, at=at, name="20% in the first year, then 10%", side=Side.REFERRER, kind=PERCENTAGE, currency="EUR",
        initial_rate=Decimal("0.20"), initial_rate_days=365, ongoing_rate=Decimal("0.10"), mode=Mode.PAYOUT,
    )  # fmt: skip
    return program


def _create_japan(tenant: Tenant, *, at: datetime) -> Program:
    program = create_program(
        tenant,
        name="japan",
        title="Acme Japan",
        at=at,
        currency="JPY",
        member_offer="¥2,000 for each friend who subscribes.",
        referral_offer="¥1,000 off your first invoice.",
        landing_url="https://jp.acme.example/welcome",
        attribution_window_days=45,
        hold_days=14,
        refund_window_days=14,
        risk_level=RiskLevel.RELAXED,
        lifetime_cap=12,
    )
    fixed = {"kind": FIXED, "currency": "JPY", "once": True}
    add_rule(program, at=at, name="¥2,000 a friend", side=Side.REFERRER, amount=2000, **fixed)
    add_rule(program, at=at, name="¥1,000 welcome", side=Side.REFERRED, amount=1000, **fixed)
    return program


def opening_of(start: datetime) -> datetime:
    """When Acme began: a few days before the history does, so that its first members could join."""
    return start - timedelta(days=5)
