"""What may have become of a referral: each story leaves acme with referrals, told by the services alone.

Alice brings in Dana, by a click after one of Bert's that lost; what happens then differs. The people have names, marks
and addresses, so that there is something to tell that must not be told.
"""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from credits.models import Reversal, Review, Reward, RewardRule
from credits.services.by_hand import change_reward, give_reward
from credits.services.cancelling import cancel_reward
from credits.services.maturation import mature_early, mature_pending
from credits.services.moderation import moderate
from credits.services.outcomes import accept_referral, deny_referral, qualify_referral, remove_referral, reopen_referral
from credits.services.recovery import recover_grants
from credits.services.redemption import redeem_reward
from credits.services.reporting import report_action
from credits.services.review import approve, reject
from credits.services.rules import revise_rule
from payouts.models import Payout, PayoutMethod
from payouts.services.methods import create_default_methods, set_account
from payouts.services.release import mark_failed, mark_paid
from payouts.services.requests import request_payout
from referrals.errors import NotAttributed, SelfReferral
from referrals.models import Code, Decision, Identifier, Member, Program, Referral
from referrals.services.attributions import record_click
from referrals.services.coupons import apply_coupon, remove_coupon
from referrals.services.members import enrol
from referrals.services.members_changing import update_member
from referrals.services.people import note_identifier, upsert_person
from referrals.services.referrals import expire_referrals, refer
from referrals.services.standing import block_person
from tenants.models import Tenant
from tests.api.crawlora.worlds import set_full
from tests.cast import NOON, make_member, make_program, make_referral, pay, refund, tell_reversal

DAY = timedelta(days=1)
BOB = "staff:bob"
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0)"
ADDRESS, CARD, CUSTOMER = "203.0.113.77", "fp_4242424242424242", "cus_shared_by_both"


def begin(tenant: Tenant) -> Referral:
    """Dana is brought in by Alice; everybody has a full name, an address and a payout account."""
    program = make_program(tenant)
    create_default_methods(program, at=NOON)
    alice = make_member(program, "alice", code="ALICE", last_name="Ackerman", phone="+1 555 0100")
    make_member(program, "bert", code="BERT", last_name="Bolander")
    set_account(alice.person, kind=PayoutMethod.Kind.MANUAL, destination="pay@alice.example", actor="test", at=NOON)
    for code, days in (("BERT", 3), ("ALICE", 2)):
        visit(code, "v-dana", tenant=tenant, at=NOON - days * DAY, utm_source="news")
    visit("BERT", "v-dana", tenant=tenant, at=NOON - DAY, user_agent="Googlebot/2.1")
    dana = upsert_person(
        tenant, external_id="dana-of-acme", first_name="Dana", last_name="Delacroix", email="dana@dana.example", at=NOON
    )
    return refer(program, dana, visitor="v-dana", at=NOON)


def visit(code: str, visitor: str, *, at: datetime, tenant: Tenant | None = None, **touch: Any) -> None:
    """Somebody follows a link, from the one address that everybody has."""
    record_click(code, visitor=visitor, tenant=tenant, at=at, **{"ip": ADDRESS, "user_agent": PHONE, **touch})


def share(referral: Referral, kind: str = Identifier.Kind.CARD, value: str = CARD) -> None:
    for person in (referral.referrer.person, referral.referred):
        note_identifier(person, kind, value, at=NOON)


def review_of(referral: Referral) -> Review:
    return Review.objects.get(referral=referral, status="open")


def payout_of(referral: Referral, *, at: datetime) -> Payout:
    method = PayoutMethod.objects.get(kind=PayoutMethod.Kind.MANUAL)
    return request_payout(referral.referrer.person, method, actor=BOB, at=at)


def attributed(referral: Referral) -> None:
    pass


def rewarded(referral: Referral) -> None:
    pay(referral, 100_00)


def paid_often(referral: Referral) -> None:
    """Up to the most that one person may earn from another."""
    for number in range(5):
        pay(referral, 150_00, at=NOON + number * DAY)


def matured(referral: Referral) -> None:
    pay(referral, 100_00)
    mature_pending(at=NOON + 31 * DAY)


def matured_early(referral: Referral) -> None:
    pay(referral, 100_00)
    mature_early(list(Reward.objects.values_list("pk", flat=True)), at=NOON + DAY)


def held(referral: Referral) -> None:
    """For the card, the customer and the network; the latter adds to the score only beside them."""
    share(referral)
    share(referral, Identifier.Kind.STRIPE_CUSTOMER, CUSTOMER)
    share(referral, Identifier.Kind.NETWORK, ADDRESS)
    pay(referral, 100_00)


def held_and_approved(referral: Referral) -> None:
    held(referral)
    approve(review_of(referral), actor=BOB, at=NOON + DAY, note="they are siblings")


def held_and_rejected(referral: Referral) -> None:
    held(referral)
    reject(review_of(referral), actor=BOB, reason="one person, two names", at=NOON + DAY)


def held_and_approved_for_one(referral: Referral) -> None:
    held(referral)
    approve(review_of(referral), actor=BOB, at=NOON + DAY, sides=["referred"])


def held_after_it_earned(referral: Referral) -> None:
    pay(referral, 100_00)
    share(referral)
    pay(referral, 50_00, at=NOON + DAY)


def unasked_rules(referral: Referral) -> None:
    Program.objects.update(disabled_rules=["referrer_velocity"], risk_level="custom", review_score=0)
    pay(referral, 100_00)


def alike(referral: Referral) -> None:
    upsert_person(referral.tenant, external_id="dana-of-acme", first_name="Alice", last_name="Ackerman", at=NOON)
    share(referral, Identifier.Kind.NETWORK, ADDRESS)
    pay(referral, 100_00)


def careful(referral: Referral) -> None:
    """Both sides wait for a person's approval, from the start."""
    Program.objects.update(referrer_moderation="PENDING", referred_moderation="PENDING")
    erin = make_referral(referral.referrer, "erin")
    pay(erin, 100_00)
    pay(referral, 100_00)


def denied_on_one_side(referral: Referral) -> None:
    pay(referral, 100_00)
    moderate(referral, "referrer", "DENIED", actor=BOB, at=NOON + DAY, reason="bought traffic")


def denied_and_approved(referral: Referral) -> None:
    denied_on_one_side(referral)
    moderate(referral, "referrer", "APPROVED", actor=BOB, at=NOON + 2 * DAY)


def denied(referral: Referral) -> None:
    deny_referral(referral, actor=BOB, at=NOON, reason="not wanted")


def reopened(referral: Referral) -> None:
    denied(referral)
    pay(referral, 100_00, at=NOON + DAY)
    reopen_referral(referral, actor=BOB, at=NOON + 2 * DAY)


def removed(referral: Referral) -> None:
    pay(referral, 100_00)
    remove_referral(referral, actor=BOB, at=NOON + DAY, reason="a mistake")


def qualified_by_hand(referral: Referral) -> None:
    qualify_referral(referral, actor="key:pk_1", at=NOON + DAY)


def accepted(referral: Referral) -> None:
    accept_referral(referral, actor="key:pk_1", at=NOON + DAY, amount=80_00)


def reported(referral: Referral) -> None:
    report_action(referral, amount=70_00, currency="USD", actor="key:pk_1", at=NOON + DAY, external_id="r1", name="up")


def expired(referral: Referral) -> None:
    expire_referrals(at=NOON + 60 * DAY)


def expired_by_a_late_payment(referral: Referral) -> None:
    pay(referral, 100_00, at=NOON + 40 * DAY)


def revived(referral: Referral) -> None:
    expired(referral)
    pay(referral, 100_00, at=NOON + DAY)


def capped(referral: Referral) -> None:
    Program.objects.update(lifetime_cap=1, monthly_cap=1)
    pay(make_referral(referral.referrer, "erin"), 100_00)
    pay(referral, 100_00)
    pay(referral, 30_00, at=NOON + DAY)


def failed(referral: Referral) -> None:
    set_full(full=True)
    pay(referral, 100_00)
    set_full(full=False)


def failed_and_recovered(referral: Referral) -> None:
    failed(referral)
    recover_grants(referral.tenant, at=NOON + DAY, limit=10)


def in_two_versions(referral: Referral) -> None:
    """The second payment comes under a new version of the rule; of another currency the fixed one is once only."""
    pay(referral, 100_00)
    rule = RewardRule.objects.get(kind="percentage", retired_at=None)
    revise_rule(rule, initial_rate=Decimal("0.1"), ongoing_rate=Decimal("0.05"), initial_rate_days=20, at=NOON + DAY)
    pay(referral, 9_999, currency="JPY", at=NOON + 2 * DAY)
    pay(referral, 60_00, at=NOON + 50 * DAY)


def refunded_in_part(referral: Referral) -> None:
    refund(pay(referral, 100_00), 33_33, at=NOON + DAY)


def refunded(referral: Referral) -> None:
    refund(pay(referral, 100_00), 100_00, at=NOON + DAY)


def disputed(referral: Referral) -> None:
    action = pay(referral, 100_00)
    tell_reversal(action, Reversal.Kind.DISPUTE, "dp_1", 100_00, state=Reversal.State.OPEN, at=NOON + DAY)


def cancelled(referral: Referral) -> None:
    pay(referral, 100_00)
    cancel_reward(Reward.objects.get(side="referrer"), actor=BOB, at=NOON + DAY, reason="asked for")


def changed(referral: Referral) -> None:
    pay(referral, 100_00)
    told = {"amount": 12_00, "matures_at": NOON + 3 * DAY, "description": "for Dana Delacroix"}
    change_reward(Reward.objects.get(side="referrer"), actor=BOB, at=NOON + DAY, **told)


def given_by_hand(referral: Referral) -> None:
    """For the referral, while it waits; and another to somebody who has no part in it."""
    bert = Member.objects.get(codes__code="BERT").person
    for person, days in ((referral.referrer.person, 10), (bert, 0)):
        told = {"amount": 5_00, "currency": "USD", "matures_at": NOON + days * DAY, "description": "thanks"}
        give_reward(person, referral.program, referral=referral, actor=BOB, at=NOON, **told)
    held(referral)


def given_for_nothing(referral: Referral) -> None:
    """By hand, for no referral; taken back again."""
    alice = referral.referrer.person
    told = {"amount": 5_00, "currency": "USD", "actor": BOB, "at": NOON}
    for _ in range(2):
        reward = give_reward(alice, referral.program, matures_at=NOON + DAY, **told)
    cancel_reward(reward, actor=BOB, at=NOON + DAY)


def redeemed(referral: Referral) -> None:
    matured(referral)
    redeem_reward(Reward.objects.get(side="referrer"), amount=3_00, key="k", actor="key:pk_1", at=NOON + 32 * DAY)


def on_its_way_out(referral: Referral) -> None:
    matured(referral)
    payout_of(referral, at=NOON + 32 * DAY)


def paid_out(referral: Referral) -> None:
    matured(referral)
    mark_paid(payout_of(referral, at=NOON + 32 * DAY), actor=BOB, reference="PP-1", at=NOON + 33 * DAY)


def paid_out_and_refunded(referral: Referral) -> None:
    action = pay(referral, 100_00)
    mature_pending(at=NOON + 31 * DAY)
    mark_paid(payout_of(referral, at=NOON + 32 * DAY), actor=BOB, reference="PP-1", at=NOON + 33 * DAY)
    refund(action, 50_00, at=NOON + 34 * DAY)


def not_paid_out(referral: Referral) -> None:
    matured(referral)
    mark_failed(payout_of(referral, at=NOON + 32 * DAY), actor=BOB, error="no such account", at=NOON + 33 * DAY)


def paused(referral: Referral) -> None:
    pay(referral, 100_00)
    referral.program.is_active = False
    referral.program.save(update_fields=["is_active"])
    referral.tenant.is_active = False
    referral.tenant.save(update_fields=["is_active"])


def disabled(referral: Referral) -> None:
    pay(referral, 100_00)
    update_member(referral.referrer, is_disabled=True, at=NOON + DAY, actor=BOB)
    block_person(referral.referred, at=NOON + 2 * DAY, actor=BOB)


def came_by_coupon(referral: Referral) -> None:
    """Erin applies one and pays long after the window; Finn takes it back unpaid."""
    member = referral.referrer
    Code.objects.create(tenant=member.tenant, member=member, code="SAVE20", kind=Code.Kind.COUPON)
    people = [upsert_person(member.tenant, external_id=name, at=NOON) for name in ("erin", "finn")]
    for person in people:
        apply_coupon(person, "SAVE20", at=NOON)
    remove_coupon(people[1], at=NOON + DAY)
    pay(Referral.objects.get(referred=people[0]), 100_00, at=NOON + 90 * DAY)


def refused(referral: Referral) -> None:
    """Others come too late, or by themselves."""
    erin = upsert_person(referral.tenant, external_id="erin", at=NOON)
    visit("ALICE", "v-erin", at=NOON)
    with suppress(NotAttributed):
        refer(referral.program, erin, visitor="v-erin", at=NOON + 30 * DAY)
    with suppress(SelfReferral):
        refer(referral.program, referral.referrer.person, code="ALICE", at=NOON)


def in_a_second_program(referral: Referral) -> None:
    """Alice herself was brought in by Bert, elsewhere: first touch wins, nothing is ever earned there."""
    program = Program.objects.create(tenant=referral.tenant, name="second", touch_policy="first")
    enrol(program, Member.objects.get(codes__code="BERT").person, code="SECOND", at=NOON)
    for hours in (3, 2):
        visit("SECOND", "v-alice", at=NOON - hours * timedelta(hours=1))
    pay(refer(program, referral.referrer.person, visitor="v-alice", at=NOON), 100_00)


STORIES: dict[str, Callable[[Referral], None]] = {
    story.__name__: story
    for story in (
        attributed, rewarded, paid_often, matured, matured_early, held, held_and_approved, held_and_rejected,
        held_and_approved_for_one, held_after_it_earned, unasked_rules, alike, careful, denied_on_one_side,
        denied_and_approved, denied, reopened, removed, qualified_by_hand, accepted, reported, expired,
        expired_by_a_late_payment, revived, capped, failed, failed_and_recovered, in_two_versions, refunded_in_part,
        refunded, disputed, cancelled, changed, given_by_hand, given_for_nothing, redeemed, on_its_way_out, paid_out,
        paid_out_and_refunded, not_paid_out, paused, disabled, came_by_coupon, refused, in_a_second_program,
    )
}  # fmt: skip


def _decide_again(referral: Referral, kind: str, *, outcome: str = "", **changes: Any) -> None:
    """Another decision like the last of its kind, with some of its inputs or results changed."""
    like = referral.decisions.filter(kind=kind).latest("pk")
    Decision.objects.create(
        tenant=like.tenant,
        referral=referral,
        kind=kind,
        outcome=outcome or like.outcome,
        actor=like.actor,
        data={**like.data, **changes},
        decided_at=like.decided_at,
    )


def _earn_more(referral: Referral) -> None:
    data = referral.decisions.filter(kind="grant").latest("pk").data
    earnings = [{**earning, "amount": earning["amount"] + 1} for earning in data["earnings"]]
    _decide_again(referral, "grant", earnings=earnings)


def _win_by_the_loser(referral: Referral) -> None:
    data = referral.decisions.get(kind="attribution").data
    loser = next(touch for touch in data["losers"] if touch["code"] == "BERT")
    others = [touch for touch in data["losers"] if touch != loser]
    _decide_again(referral, "attribution", winner=loser, losers=[*others, {**data["winner"], "why": loser["why"]}])


TAMPERED: dict[str, Callable[[Referral], None]] = {
    "attribution to a touch that lost": _win_by_the_loser,
    "attribution by another policy": lambda referral: _decide_again(referral, "attribution", policy="first"),
    "qualification too late": lambda referral: _decide_again(
        referral, "qualification", occurred_at=(NOON + 90 * DAY).isoformat()
    ),
    "risk that was held": lambda referral: _decide_again(referral, "risk", outcome="held"),
    "risk above the threshold": lambda referral: _decide_again(referral, "risk", score_for_review=0),
    "risk of another sum": lambda referral: _decide_again(referral, "risk", score=10),
    "grant of more": _earn_more,
    "grant of nothing": lambda referral: _decide_again(referral, "grant", rewards=[]),
    "grant under a cap": lambda referral: _decide_again(
        referral, "grant", caps={"lifetime": {"cap": 1, "rewarded": 1}}
    ),
}
