"""The worlds of the recordings about referrals and what they earn. Alice Liddell brought Dana in, or is about to.

Alice earns 25% of what Dana pays, Dana 10.00 once. `referral` is Dana's.
"""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from credits.services.by_hand import give_reward
from credits.services.maturation import mature_early
from credits.services.outcomes import accept_referral, deny_referral, qualify_referral, remove_referral
from credits.services.reporting import report_action
from credits.services.rules import add_rule, retire_rule, revise_rule
from payouts.models import Payout, PayoutMethod
from payouts.services.issuing import issue_rewards
from payouts.services.methods import set_account
from payouts.services.settlement import fail_payout
from referrals.models import Member, Program, Referral, Side
from referrals.services.leads import add_lead
from tests.api.recordings import World
from tests.api.referral_rock.worlds import add_second_program, alice_alone, basic_key, make_rock_program
from tests.api.referral_rock.worlds import make_member as make_rock_member
from tests.cast import NOON, make_tenant

BY = {"actor": "staff:bob"}
LATER = NOON + timedelta(days=31)


def add_dana(alice: Member, *, code: str = "ALICE", **fields: Any) -> Referral:
    """A lead of Alice's with an order of 120.00."""
    person = {"first_name": "Dana", "last_name": "Ruiz", "email": "dana@dana.example", "phone": "555-0100"}
    order = {"external_id": "ord-9", "amount": 120_00, "currency": "USD", "source": "api"}
    return add_lead(alice.tenant, code=code, person=person, at=NOON, actor="staff:bob", **{**order, **fields})


def dana() -> World:
    world = alice_alone()
    referral = add_dana(world["member"])
    return world | {"referral": str(referral.uid), "lead": referral}


def dana_and_erin() -> World:
    """Erin came an hour later, told of by her name alone."""
    world = dana()
    erin = {"person": {"first_name": "Erin"}, "source": "api"}
    referral = add_lead(world["tenant"], code="ALICE", at=NOON + timedelta(hours=1), **BY, **erin)
    return world | {"erin": str(referral.uid), "erins": referral}


def dana_in_two_programs() -> World:
    world = dana()
    autumn = add_second_program(world["tenant"])
    again = make_rock_member(autumn, "alice", code="ALICE2", person={"email": "alice@alice.example"})
    return world | {"autumn": str(autumn.uid), "again": str(add_dana(again, code="ALICE2").uid)}


def dana_qualified() -> World:
    world = dana()
    qualify_referral(world["lead"], at=NOON, **BY)
    return world


def dana_approved() -> World:
    """30.00 to Alice and 10.00 to Dana, both in their hold."""
    world = dana()
    referral = accept_referral(world["lead"], at=NOON, **BY)
    return world | rewards_in(referral)


def dana_denied() -> World:
    world = dana()
    deny_referral(world["lead"], at=NOON, **BY)
    return world


def dana_denied_after_she_qualified() -> World:
    world = dana_qualified()
    deny_referral(world["lead"], at=NOON, **BY)
    return world


def dana_removed() -> World:
    world = dana()
    remove_referral(world["lead"], at=NOON, **BY)
    return world


def dana_approved_elsewhere() -> World:
    """All of it is acme's, and globex, which has a program of the same name, asks."""
    world = dana_approved()
    return world | {"key": basic_key(make_rock_program(make_tenant("globex")).tenant)}


def dana_renewed() -> World:
    world = dana()
    told = {"amount": 49_90, "currency": "USD", "external_id": "inv-77", "name": "renewal"}
    report_action(world["lead"], at=NOON, **BY, **told)
    return world


def yen() -> World:
    """A program whose amounts are of yen."""
    world = dana()
    Program.objects.filter(pk=world["row"].pk).update(currency="JPY")
    return world


def rewards_in(referral: Referral) -> World:
    methods = PayoutMethod.objects.filter(program=referral.program).order_by("position")
    named = dict(zip(("credit", "manual"), (str(method.uid) for method in methods), strict=False))
    rewards = {reward.side: reward for reward in referral.rewards.all()}
    alices, danas = rewards[Side.REFERRER], rewards[Side.REFERRED]
    rows = {"alices_row": alices, "danas_row": danas}
    return {"reward": str(alices.uid), "danas": str(danas.uid), **rows, **named}


def available() -> World:
    """As approved, and their hold has passed. Alice is paid by hand."""
    world = dana_approved()
    world["alices_row"].refresh_from_db()
    choose_manual(world, world["alices_row"])
    choose_manual(world, world["danas_row"])
    mature_early([world["alices_row"].pk, world["danas_row"].pk], at=NOON)
    return world


def choose_manual(world: World, reward: Any) -> None:
    reward.method_uid = world["manual"]
    reward.save(update_fields=["method_uid"])


def held_for_years() -> World:
    """Dana's is available, and Alice's is in its hold until long after anybody reads this."""
    world = available()
    far = timezone.now() + timedelta(days=3650)
    given = give_reward(
        world["member"].person,
        world["row"],
        amount=25_00,
        currency="USD",
        matures_at=far,
        method_uid=PayoutMethod.objects.get(uid=world["manual"]).uid,
        description="Welcome bonus",
        at=NOON,
        **BY,
    )
    return world | {"given": str(given.uid), "given_row": given}


def issued() -> World:
    world = available()
    method = PayoutMethod.objects.get(uid=world["manual"])
    payout = issue_rewards([world["alices_row"]], method, at=LATER, reference="wire 7", **BY)
    return world | {"transaction": str(payout.uid)}


def issued_to_both() -> World:
    world = issued()
    method = PayoutMethod.objects.get(uid=world["manual"])
    payout = issue_rewards([world["danas_row"]], method, at=LATER + timedelta(days=1), **BY)
    return world | {"danas_transaction": str(payout.uid)}


def failed() -> World:
    """Stripe would not have it."""
    world = by_stripe()
    method = PayoutMethod.objects.get(uid=world["credit"])
    payout = issue_rewards([world["alices_row"]], method, at=LATER, **BY)
    Payout.objects.filter(pk=payout.pk).update(status=Payout.Status.PROCESSING)
    fail_payout(payout, error="No such customer: cus_alice", at=LATER)
    return world | {"transaction": str(payout.uid)}


def by_stripe() -> World:
    """As approved, their hold has passed, and Alice is a customer of acme's at Stripe."""
    world = dana_approved()
    mature_early([world["alices_row"].pk, world["danas_row"].pk], at=NOON)
    set_account(world["member"].person, kind="stripe_balance", destination="cus_alice", actor="staff:bob", at=NOON)
    return world


def held_for_a_second_person() -> World:
    world = available()
    PayoutMethod.objects.filter(uid=world["manual"]).update(hold_above=1)
    return world


def paused() -> World:
    world = available()
    PayoutMethod.objects.filter(uid=world["manual"]).update(is_active=False)
    return world


def inactive() -> World:
    world = alice_alone()
    Program.objects.filter(pk=world["row"].pk).update(is_active=False)
    return world


def rules() -> World:
    """Beside the default ones a fixed rule of 5.00 that is retired, and a percentage that was revised."""
    world = alice_alone()
    program, credit = world["row"], {"side": Side.REFERRER, "mode": "credits"}
    gone = add_rule(program, name="Welcome", kind="fixed", amount=5_00, currency="USD", at=NOON, **credit)
    retire_rule(gone, at=LATER)
    first = program.reward_rules.order_by("pk").first()
    revised = revise_rule(first, at=LATER, initial_rate="0.30", hold_days=7)
    methods = PayoutMethod.objects.filter(program=program).order_by("position")
    return world | {"revised": str(revised.lineage), "gone": str(gone.lineage), "credit": str(methods[0].uid)}


REFERRAL_WORLDS = {
    "dana": dana,
    "dana and erin": dana_and_erin,
    "dana in two programs": dana_in_two_programs,
    "dana has qualified": dana_qualified,
    "dana is approved": dana_approved,
    "dana is denied": dana_denied,
    "dana is denied after she qualified": dana_denied_after_she_qualified,
    "dana was removed": dana_removed,
    "dana is approved, and another tenant asks": dana_approved_elsewhere,
    "dana has renewed": dana_renewed,
    "dana in yen": yen,
    "rewards available": available,
    "a reward in its hold": held_for_years,
    "a reward issued": issued,
    "rewards issued to both": issued_to_both,
    "a payout that failed": failed,
    "rewards available by stripe": by_stripe,
    "payouts held for a second person": held_for_a_second_person,
    "a payout in use no more": paused,
    "rules of all kinds": rules,
    "alice in an inactive program": inactive,
}
