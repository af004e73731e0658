"""Coupons that people apply to themselves: the next payment redeems what is applied."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from credits.services.programs import create_program
from events.models import Event
from referrals.errors import (
    AlreadyRedeemed,
    BlockedPerson,
    ExpiredCode,
    InactiveCode,
    SelfReferral,
    UnknownCode,
)
from referrals.models import AppliedCoupon, Attribution, Code, Decision, Member, Referral
from referrals.services.coupons import apply_coupon, coupon_of, remove_coupon
from referrals.services.members import add_code
from referrals.services.referrals import expire_referrals, refer
from referrals.services.standing import block_person
from tests.cast import NOON, make_member, make_person, make_program, make_referral, pay, rewards_of

DAY = timedelta(days=1)


@pytest.fixture
def summer(alice) -> Code:
    return coupon_named(alice, "SUMMER20")


@pytest.fixture
def dana(acme):
    return make_person(acme, "dana")


def coupon_named(member, code, **fields) -> Code:
    return add_code(member, code, kind=Code.Kind.COUPON, at=NOON, **fields)


def redemptions(person) -> list[tuple[str, bool, bool]]:
    """(code, redeemed, still applied), the oldest first."""
    rows = AppliedCoupon.objects.filter(person=person).order_by("pk").select_related("code")
    return [(row.code.code, row.redeemed_at is not None, row.ended_at is None) for row in rows]


def test_applying_a_coupon_is_a_touch_that_refers(summer, alice, dana):
    apply_coupon(dana, " summer20 ", at=NOON)

    referral = Referral.objects.get(referred=dana)
    touch = Attribution.objects.get(pk=referral.attribution_id)
    assert (referral.referrer, referral.code, referral.status) == (alice, summer, "attributed")
    assert (touch.kind, touch.status, touch.new_member_id) == ("coupon", "confirmed", dana.pk)
    assert coupon_of(dana) == summer


def test_a_payment_redeems_it_and_earns_for_its_owner(summer, dana):
    apply_coupon(dana, "SUMMER20", at=NOON)
    referral = Referral.objects.get(referred=dana)

    pay(referral, 10_00, at=NOON + DAY)

    assert redemptions(dana) == [("SUMMER20", True, False)]
    assert rewards_of(referral)[0] == ("referrer", 2_50, "pending")
    assert coupon_of(dana) is None
    assert Event.objects.filter(kind="coupon.redeemed", subject=dana.uid).count() == 1


def test_one_that_recurs_stays_applied_when_it_is_redeemed(alice, dana):
    recurring = coupon_named(alice, "EVERY", discount_rate=Decimal("0.1"), discount_recurs=True)
    apply_coupon(dana, "EVERY", at=NOON)
    referral = Referral.objects.get(referred=dana)

    for days in (1, 31):
        pay(referral, 10_00, at=NOON + days * DAY)

    assert redemptions(dana) == [("EVERY", True, True)]
    assert coupon_of(dana) == recurring
    assert AppliedCoupon.objects.get().redeemed_at == NOON + DAY
    with pytest.raises(AlreadyRedeemed):
        apply_coupon(dana, "EVERY", at=NOON + 32 * DAY)


def test_applying_the_same_again_changes_nothing(summer, dana):
    apply_coupon(dana, "SUMMER20", at=NOON)
    apply_coupon(dana, "summer20", at=NOON + DAY)

    assert redemptions(dana) == [("SUMMER20", False, True)]
    assert Referral.objects.filter(referred=dana).count() == 1


def test_another_takes_its_place(summer, alice, dana):
    bella = make_member(alice.program, "bella", code="BELLA")
    winter = coupon_named(bella, "WINTER")
    apply_coupon(dana, "SUMMER20", at=NOON)

    apply_coupon(dana, "WINTER", at=NOON + DAY)

    assert redemptions(dana) == [("SUMMER20", False, False), ("WINTER", False, True)]
    found = list(Referral.objects.filter(referred=dana).order_by("pk").values_list("code__code", "status"))
    assert found == [("SUMMER20", "expired"), ("WINTER", "attributed")]
    assert coupon_of(dana) == winter


def test_one_that_is_removed_earns_nothing_from_a_later_payment(summer, dana):
    apply_coupon(dana, "SUMMER20", at=NOON)
    referral = Referral.objects.get(referred=dana)

    assert remove_coupon(dana, at=NOON + DAY) is True
    pay(referral, 10_00, at=NOON + 2 * DAY)

    referral.refresh_from_db()
    assert (referral.status, referral.qualified_at, rewards_of(referral)) == ("expired", None, [])
    assert redemptions(dana) == [("SUMMER20", False, False)]
    assert Decision.objects.filter(referral=referral, kind="expiry").count() == 1
    assert remove_coupon(dana, at=NOON + 3 * DAY) is False


def test_a_payment_made_before_it_was_removed_and_told_afterwards_earns(summer, dana):
    apply_coupon(dana, "SUMMER20", at=NOON)
    referral = Referral.objects.get(referred=dana)
    remove_coupon(dana, at=NOON + 2 * DAY)

    pay(referral, 10_00, at=NOON + DAY)

    assert rewards_of(referral)[0] == ("referrer", 2_50, "pending")


def test_a_redeemed_one_is_unaffected_by_removing(summer, dana):
    apply_coupon(dana, "SUMMER20", at=NOON)
    referral = Referral.objects.get(referred=dana)
    pay(referral, 10_00)

    assert remove_coupon(dana, at=NOON + DAY) is False

    referral.refresh_from_db()
    assert referral.status == "rewarded"
    assert redemptions(dana) == [("SUMMER20", True, False)]


def test_while_it_is_applied_no_window_ends_it(summer, program, dana):
    apply_coupon(dana, "SUMMER20", at=NOON)
    referral = Referral.objects.get(referred=dana)
    late = referral.expires_at + DAY
    assert expire_referrals(at=late) == 1

    pay(referral, 10_00, at=late + DAY)

    referral.refresh_from_db()
    assert referral.status == "rewarded"


def test_whoever_brought_somebody_in_by_a_link_keeps_them(summer, alice, dana):
    bella = make_member(alice.program, "bella", code="BELLA")
    earlier = make_referral(bella, "dana")

    apply_coupon(dana, "SUMMER20", at=NOON + DAY)
    pay(earlier, 10_00, at=NOON + 2 * DAY)

    assert list(Referral.objects.filter(referred=dana)) == [earlier]
    assert redemptions(dana) == [("SUMMER20", True, False)]
    assert rewards_of(earlier)[0] == ("referrer", 2_50, "pending")


def test_whoever_brought_somebody_into_another_program_keeps_them_too(summer, acme, dana):
    other = make_member(create_program(acme, name="other", at=NOON), "bella", code="BELLA")
    earlier = make_referral(other, "dana")

    apply_coupon(dana, "SUMMER20", at=NOON + DAY)

    assert list(Referral.objects.filter(referred=dana)) == [earlier]


def test_a_payment_from_before_does_not_redeem_it(summer, alice, dana):
    referral = make_referral(alice, "dana")
    apply_coupon(dana, "SUMMER20", at=NOON + DAY)

    pay(referral, 10_00, at=NOON)

    assert redemptions(dana) == [("SUMMER20", False, True)]


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"is_active": False}, InactiveCode),
        ({"starts_at": NOON + DAY}, InactiveCode),
        ({"is_active": False, "ends_at": NOON}, InactiveCode),
        ({"ends_at": NOON}, ExpiredCode),
        ({"starts_at": NOON, "ends_at": NOON + timedelta(microseconds=1)}, None),
    ],
)
def test_which_coupons_are_refused(alice, dana, fields, error):
    coupon_named(alice, "SALE", **fields)

    if error is None:
        assert apply_coupon(dana, "SALE", at=NOON).code == "SALE"
        return
    with pytest.raises(error):
        apply_coupon(dana, "SALE", at=NOON)
    assert redemptions(dana) == []


def test_an_unknown_code_a_link_and_another_tenants_are_refused(alice, dana, globex):
    coupon_named(make_member(make_program(globex), "charlie", code="CHARLIE"), "THEIRS")

    for code in ("NOSUCH", "ALICE", "THEIRS"):
        with pytest.raises(UnknownCode):
            apply_coupon(dana, code, at=NOON)


def test_the_owners_state_counts(summer, alice, dana):
    Member.objects.filter(pk=alice.pk).update(status=Member.Status.DISABLED)

    with pytest.raises(InactiveCode):
        apply_coupon(dana, "SUMMER20", at=NOON)


def test_nobody_applies_their_own(summer, alice):
    with pytest.raises(SelfReferral):
        apply_coupon(alice.person, "SUMMER20", at=NOON)


def test_one_redeemed_at_the_till_is_redeemed_here_too(summer, alice, dana):
    pay(refer(alice.program, dana, code="SUMMER20", at=NOON), 10_00)

    with pytest.raises(AlreadyRedeemed):
        apply_coupon(dana, "SUMMER20", at=NOON + DAY)


def test_a_refusal_leaves_what_was_applied(summer, dana):
    apply_coupon(dana, "SUMMER20", at=NOON)

    with pytest.raises(UnknownCode):
        apply_coupon(dana, "NOSUCH", at=NOON)

    assert redemptions(dana) == [("SUMMER20", False, True)]


def test_somebody_who_is_blocked_applies_none(summer, dana):
    block_person(dana, at=NOON, actor="staff:bob")

    with pytest.raises(BlockedPerson):
        apply_coupon(dana, "SUMMER20", at=NOON)


def test_the_database_allows_one_at_a_time(summer, alice, dana, acme):
    apply_coupon(dana, "SUMMER20", at=NOON)
    other = coupon_named(alice, "OTHER")

    with pytest.raises(IntegrityError), transaction.atomic():
        AppliedCoupon.objects.create(tenant=acme, person=dana, code=other, applied_at=NOON)


@pytest.mark.parametrize(
    "fields", [{"discount_rate": Decimal("1.5")}, {"discount_amount": 0}, {"discount_rate": 1, "discount_amount": 1}]
)
def test_the_database_allows_one_discount_in_range(alice, fields):
    with pytest.raises(IntegrityError), transaction.atomic():
        Code.objects.filter(member=alice).update(**fields)
