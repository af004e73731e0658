"""What people choose: product credit or money, and to which mailbox money is paid by hand."""

from datetime import datetime
from typing import Any

from django.db import transaction

from credits.models import Mode
from payouts.errors import AccountNeeded
from payouts.models import PayoutAccount, PayoutMethod
from payouts.services.methods import remove_account, set_account
from referrals.models import Person
from referrals.services.preferences import choose_reward_mode

MANUAL = PayoutMethod.Kind.MANUAL


@transaction.atomic
def set_preferences(
    person: Person, *, mode: str, default_mode: str, email: str | None, actor: str, at: datetime
) -> None:
    """What a person wants rewards to be from now on, and where they are paid by hand: nowhere, where that is None.

    Without a mode they keep what they chose, or the rules' own. All or nothing. Raises AccountNeeded for money without
    an address, and BadDestination.
    """
    Person.objects.select_for_update(no_key=True).get(pk=person.pk)
    if (mode or person.reward_mode or default_mode) == Mode.PAYOUT and not email:
        raise AccountNeeded
    choose_reward_mode(person, mode or person.reward_mode, at=at, actor=actor)
    told: dict[str, Any] = {"kind": MANUAL, "actor": actor, "at": at}
    if email:
        set_account(person, destination=email, **told)
    else:
        remove_account(person, **told)


def manual_account_of(person: Person) -> PayoutAccount | None:
    return PayoutAccount.objects.filter(person=person, kind=MANUAL).first()
