"""Programs as a tenant gets them."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from credits.models import Mode, RewardRule
from credits.services.rules import add_rule
from events.services.events import record_event
from referrals.models import Program, Side
from tenants.models import Tenant


@transaction.atomic
def create_program(tenant: Tenant, *, name: str, at: datetime, **fields: Any) -> Program:
    """A program without rules. Raises ValidationError naming each field at fault."""
    program = Program(tenant=tenant, name=name, created_at=at, **fields)
    program.full_clean()  # with the tenant: names are unique within it
    program.save(force_insert=True)
    record_event(tenant, "program.created", subject=program.uid, at=at, name=name)
    return program


@transaction.atomic
def update_program(program: Program, *, at: datetime, **fields: Any) -> Program:
    """Change terms from now on: what was granted keeps its own. Raises ValidationError naming each field at fault."""
    program = Program.objects.select_for_update(of=("self",)).select_related("tenant").get(pk=program.pk)
    before = {name: getattr(program, name) for name in fields if getattr(program, name) != fields[name]}
    after = {name: fields[name] for name in before}
    for name, value in after.items():
        setattr(program, name, value)
    if after:
        program.full_clean()
        program.save(update_fields=list(after))
        record_event(program.tenant, "program.updated", subject=program.uid, at=at, before=before, after=after)
    return program


@transaction.atomic
def create_default_program(tenant: Tenant, *, at: datetime, hold_days: int = 30) -> Program:
    """The program every new tenant starts with: a 30-day window, last touch, 25% of each payment as product credit for
    the referrer, up to 100.00 per referred person, and 10.00 USD once for the referred person.
    """
    program = create_program(tenant, name="default", at=at, hold_days=hold_days)
    add_rule(
        program,
        at=at,
        name="Referrer: 25% of each payment",
        side=Side.REFERRER,
        kind=RewardRule.Kind.PERCENTAGE,
        initial_rate=Decimal("0.25"),
        max_per_referred=100_00,
        mode=Mode.CREDITS,
    )
    add_rule(
        program,
        at=at,
        name="Referred: 10.00 USD once",
        side=Side.REFERRED,
        kind=RewardRule.Kind.FIXED,
        amount=10_00,
        currency="USD",
        once=True,
        mode=Mode.CREDITS,
    )
    return program
