"""Reward rules: added, revised into new versions, retired. Their terms never change."""

import uuid
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from credits.models import TERMS, RewardRule
from events.services.events import record_event
from referrals.models import Program


@transaction.atomic
def add_rule(program: Program, *, at: datetime, **terms: Any) -> RewardRule:
    """A new rule of a program, in force from now on. Raises ValidationError naming each field at fault."""
    return _create(program, at=at, lineage=uuid.uuid4(), version=1, **terms)


@transaction.atomic
def revise_rule(rule: RewardRule, *, at: datetime, **changes: Any) -> RewardRule:
    """A new version of a rule with some terms changed; the old one is retired, and stays as it is on what it granted.

    Returns the rule itself when nothing changes. Raises ValidationError naming each field at fault.
    """
    rule = RewardRule.objects.select_for_update().get(pk=rule.pk)
    terms = {name: getattr(rule, name) for name in ("name", *TERMS)}
    if all(terms[name] == value for name, value in changes.items()):
        return rule
    retire_rule(rule, at=at)
    latest = RewardRule.objects.filter(lineage=rule.lineage).order_by("-version").first() or rule
    return _create(rule.program, at=at, lineage=rule.lineage, version=latest.version + 1, **{**terms, **changes})


@transaction.atomic
def retire_rule(rule: RewardRule, *, at: datetime) -> None:
    """Actions from now on earn nothing under this rule; what it granted stays."""
    retired = RewardRule.objects.filter(pk=rule.pk, retired_at__isnull=True).update(retired_at=at)
    if retired:
        rule.retired_at = at
        record_event(rule.tenant, "rule.retired", subject=rule.uid, at=at, version=rule.version)


def _create(program: Program, *, at: datetime, **fields: Any) -> RewardRule:
    rule = RewardRule(tenant_id=program.tenant_id, program=program, created_at=at, **fields)
    rule.full_clean(exclude=["tenant", "program"])
    _refuse_nothing(rule)
    rule.save(force_insert=True)
    told = {"program": str(program.uid), "version": rule.version}
    record_event(program.tenant, "rule.added", subject=rule.uid, at=at, **told)
    return rule


def _refuse_nothing(rule: RewardRule) -> None:
    """A check constraint lets pass what is unknown, so a rule without its amount or rate is refused here."""
    needed = "amount" if rule.kind == RewardRule.Kind.FIXED else "initial_rate"
    if getattr(rule, needed) is None:
        raise ValidationError({needed: f"A {rule.get_kind_display().lower()} rule needs one."})
