"""Thousands of people with money: 10.00 USD each, past its hold, and an account to pay it to."""

from credits.services.maturation import mature_pending
from payouts.models import PayoutAccount, PayoutMethod
from referrals.models import Person, Program, Side
from tests.cast import make_member
from tests.credits.bulk import add_credits
from tests.payouts.cast import DAY, LATER

EACH = 10_00


def make_earners(program: Program, count: int) -> None:
    """So many people were referred and earned once for it. Their referrer has no account and is never paid."""
    add_credits(make_member(program, "busy", code="BUSY"), referrals=count, at=LATER - 40 * DAY)
    mature_pending(at=LATER)
    people = Person.objects.filter(rewards__side=Side.REFERRED).order_by("pk").values_list("pk", flat=True)
    account = {"tenant": program.tenant, "kind": PayoutMethod.Kind.STRIPE_TRANSFER, "created_at": LATER}
    accounts = (PayoutAccount(person_id=pk, destination=f"acct_{pk}", **account) for pk in people)
    PayoutAccount.objects.bulk_create(accounts, batch_size=1000)
