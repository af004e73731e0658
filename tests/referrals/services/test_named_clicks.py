"""A click that its client gave an id is one click, whenever and however often it is told."""

from datetime import timedelta

import pytest

from referrals.errors import AmbiguousCode, UnknownCode
from referrals.models import Attribution, Member
from referrals.services.named_clicks import LONGEST, name_of, record_named_click, visitor_named
from referrals.services.referrals import find_touch, refer
from tenants.models import Domain
from tests.cast import NOON, make_member, make_person, make_program, make_tenant
from tests.flows.threads import run_together

PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0)"


def record(name: str = "click-1", *, code: str = "ALICE", at=NOON, **fields):
    return record_named_click(code, name=name, ip="198.51.100.7", user_agent=PHONE, at=at, **fields)


def test_same_name_is_the_same_click_at_any_time(alice: Member):
    first = record()

    assert record(at=NOON + timedelta(days=9)) == record(code="alice") == first
    assert (Attribution.objects.get().pk, first[1]) == (first[0], "ALICE")


def test_other_names_and_codes_are_other_clicks(alice: Member):
    make_member(alice.program, "anna", code="ANNA")

    assert len({record()[0], record("click-2")[0], record(code="ANNA")[0]}) == 3


def test_name_is_kept_apart_from_visitors(alice: Member):
    record("x" * LONGEST)

    visitor = Attribution.objects.get().visitor
    assert (visitor, name_of(visitor), name_of("x")) == (visitor_named("x" * LONGEST), "x" * LONGEST, "")


def test_sign_up_may_name_the_click_by_it(alice: Member):
    touch_id, _ = record("refclk_abc123")

    found = find_touch(alice.tenant, "refclk_abc123")
    referral = refer(alice.program, make_person(alice.tenant, "dana"), click_id="refclk_abc123", at=NOON)

    assert (found and found.pk, referral.attribution_id) == (touch_id, touch_id)


def test_unknown_code_is_refused(alice: Member):
    with pytest.raises(UnknownCode):
        record(code="NOBODY")


def test_tenants_that_share_a_code_share_no_clicks(alice: Member):
    globex = make_member(make_program(make_tenant("globex")), "alice", code="ALICE")
    Domain.objects.create(tenant=globex.tenant, host="globex.example")

    ours, theirs = record(tenant=alice.tenant), record(host="globex.example")

    assert ours[0] != theirs[0]
    assert find_touch(globex.tenant, "click-1") == Attribution.objects.get(pk=theirs[0])
    with pytest.raises(AmbiguousCode):
        record()


@pytest.mark.django_db(transaction=True)
def test_told_twenty_times_at_once_it_is_one_click():
    make_member(make_program(make_tenant("acme")), "alice", code="ALICE")

    assert len(set(run_together(20, lambda _: record()))) == 1
    assert Attribution.objects.count() == 1
