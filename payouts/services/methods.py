"""How a program pays out, and where each person is paid."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.apps import apps
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from events.services.events import record_event
from payouts.errors import BadDestination
from payouts.models import PayoutAccount, PayoutMethod
from referrals.models import Person, Program

Kind, Schedule = PayoutMethod.Kind, PayoutMethod.Schedule
PREFIXES = {Kind.STRIPE_TRANSFER: "acct_", Kind.STRIPE_BALANCE: "cus_"}
MINIMUM = 10_00
LONGEST_ID = 255


@transaction.atomic
def create_method(program: Program, *, at: datetime, **fields: Any) -> PayoutMethod:
    """A way for a program to pay out, its first earn-out due at the next turn of its schedule.

    Raises ValidationError naming each field at fault.
    """
    fields.setdefault("position", program.payout_methods.count())
    method = PayoutMethod(tenant=program.tenant, program=program, created_at=at, **fields)
    method.next_run_at = next_turn(method.schedule, after=at)
    method.full_clean()
    method.save(force_insert=True)
    told = {"program": str(program.uid), "name": method.name, "method": method.kind}
    record_event(program.tenant, "payout_method.created", subject=method.uid, at=at, **told)
    return method


@transaction.atomic
def create_default_methods(program: Program, *, at: datetime) -> list[PayoutMethod]:
    """What the default program pays with: credit on the person's Stripe balance each week, and by hand when asked."""
    money: dict[str, Any] = {"currency": program.currency, "minimum_amount": MINIMUM, "at": at}
    credit = create_method(program, name="Account credit", kind=Kind.STRIPE_BALANCE, schedule=Schedule.WEEKLY, **money)
    manual = create_method(program, name="Manual", kind=Kind.MANUAL, schedule=Schedule.ON_REQUEST, **money)
    return [credit, manual]


def next_turn(schedule: str, *, after: datetime) -> datetime | None:
    """The next Monday, or the next first of a month, at noon UTC; None where payouts are made on request only."""
    noon = after.astimezone(UTC).replace(hour=12, minute=0, second=0, microsecond=0)
    if schedule == Schedule.WEEKLY:
        turn = noon - timedelta(days=noon.weekday())
        return turn if turn > after else turn + timedelta(weeks=1)
    if schedule == Schedule.MONTHLY:
        turn = noon.replace(day=1)
        return turn if turn > after else (turn + timedelta(days=32)).replace(day=1)
    return None


@transaction.atomic
def set_account(person: Person, *, kind: str, destination: str, actor: str, at: datetime) -> PayoutAccount:
    """Where a person is paid from now on by one kind of method: `acct_…`, `cus_…`, or an e-mail address by hand.

    Replacing an account holds payouts to the new one for the method's `account_hold_days`, also where the earlier one
    was removed meanwhile. Raises BadDestination.
    """
    destination = destination.strip()
    _check_destination(kind, destination)
    Person.objects.select_for_update(no_key=True).get(pk=person.pk)  # no payout is requested meanwhile
    first: dict[str, Any] = {"tenant_id": person.tenant_id, "destination": destination, "created_at": at}
    first["changed_at"] = at if _had_another(person, kind, destination) else None
    account, is_new = PayoutAccount.objects.get_or_create(person=person, kind=kind, defaults=first)
    if is_new or account.destination != destination:
        _tell_of_account(account, "" if is_new else account.destination, destination, actor=actor, at=at)
    if not is_new and account.destination != destination:
        account.destination, account.changed_at = destination, at
        account.save(update_fields=["destination", "changed_at"])
    return account


@transaction.atomic
def remove_account(person: Person, *, kind: str, actor: str, at: datetime) -> bool:
    """Forget where a person is paid by one kind of method; False where nothing was known. What was requested before
    keeps its destination.
    """
    Person.objects.select_for_update(no_key=True).get(pk=person.pk)  # no payout is requested meanwhile
    account = PayoutAccount.objects.filter(person=person, kind=kind).select_related("person", "tenant").first()
    if account is None:
        return False
    _tell_of_account(account, account.destination, "", actor=actor, at=at)
    account.delete()
    return True


def _had_another(person: Person, kind: str, destination: str) -> bool:
    """Whether they were ever to be paid elsewhere: removing an account first makes the next one no less of a change."""
    history = apps.get_model("payouts", "PayoutAccountHistory")
    return bool(history.objects.filter(person=person, kind=kind).exclude(destination=destination).exists())


def _tell_of_account(account: PayoutAccount, before: str, after: str, *, actor: str, at: datetime) -> None:
    states = {"before": {"destination": before}, "after": {"destination": after}}
    subject, told = account.uid, {"person": str(account.person.uid), "method": account.kind, "actor": actor}
    record_event(account.tenant, "payout_account.changed", subject=subject, at=at, **told, **states)


def _check_destination(kind: str, destination: str) -> None:
    if kind == Kind.MANUAL:
        _check_email(destination)
        return
    prefix = PREFIXES[Kind(kind)]
    if not destination.startswith(prefix) or not destination[len(prefix) :].isalnum() or len(destination) > LONGEST_ID:
        raise BadDestination(f"{Kind(kind).label} pays to an id that starts with {prefix}")


def _check_email(destination: str) -> None:
    try:
        validate_email(destination)
    except ValidationError as error:
        raise BadDestination("Payments by hand need an e-mail address.") from error
