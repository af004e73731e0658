from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from events.models import Event
from referrals.models import Identifier, Member, Signal
from referrals.services.attributions import record_click
from referrals.services.visits import record_share, record_visit
from tests.cast import NOON, make_member, make_referral, pay

DAY = timedelta(days=1)
HOME = "198.51.100.7"


def visit(member, *, ip=HOME, at=NOON):
    record_visit(
        Member.objects.select_related("person", "tenant").get(pk=member.pk), ip=ip, user_agent="Firefox", at=at
    )
    member.refresh_from_db()


def test_views_are_counted_and_the_first_stays_the_first(alice):
    visit(alice)
    visit(alice, ip="2001:db8::1", at=NOON + DAY)

    assert (alice.views, alice.first_view_at, alice.last_active_at) == (2, NOON, NOON + DAY)
    assert alice.last_view_ip == "2001:db8::1"


def test_a_visit_from_nowhere_keeps_the_last_address(alice):
    visit(alice)
    visit(alice, ip="")

    assert (alice.views, alice.last_view_ip) == (2, HOME)


@pytest.mark.parametrize("status", ["Preloaded", "Invited"])
def test_whoever_is_seen_first_is_activated_and_it_is_told(program, status):
    member = make_member(program, "bea")
    Member.objects.filter(pk=member.pk).update(status=status, activated_at=None)

    visit(member)
    visit(member, at=NOON + DAY)

    assert (member.status, member.activated_at) == ("Activated", NOON)
    (told,) = Event.objects.filter(subject=str(member.uid), kind="member.updated")
    assert told.data == {"before": {"status": status}, "after": {"status": "Activated"}}


@pytest.mark.parametrize("status", ["Activated", "Disabled"])
def test_others_stay_as_they_are(alice, status):
    Member.objects.filter(pk=alice.pk).update(status=status)

    visit(alice)

    assert (alice.status, alice.activated_at) == (status, NOON)
    assert not Event.objects.filter(kind="member.updated").exists()


def test_a_click_on_the_link_touches_no_row_of_the_member(alice):
    with CaptureQueriesContext(connection) as queries:
        record_click("ALICE", ip=HOME, user_agent="Mozilla/5.0 Firefox/140.0", at=NOON)

    assert not [query for query in queries if "UPDATE" in query["sql"]]
    alice.refresh_from_db()
    assert alice.views == 0


def test_the_network_of_a_visit_lets_a_shared_one_be_found(alice):
    visit(alice)
    referral = make_referral(alice, "dana")
    Identifier.objects.create(
        tenant=alice.tenant, person=referral.referred, kind=Identifier.Kind.NETWORK, value=HOME, first_seen_at=NOON
    )

    pay(referral, 40_00)

    assert list(Signal.objects.filter(referral=referral).values_list("code", flat=True)) == ["shared_ip"]


def test_a_visit_remembers_a_network_and_no_address_of_a_device(alice):
    visit(alice, ip="2001:db8:1:2:3::4")

    marks = Identifier.objects.filter(person=alice.person, kind__in=["network", "device"]).order_by("-kind")
    assert [mark.kind for mark in marks] == ["network", "device"]
    assert marks[0].value == "2001:db8:1:2::/64"
    assert "2001" not in marks[1].value


def test_shares_are_counted_apart(alice):
    record_share(alice.pk, is_email=True, at=NOON)
    record_share(alice.pk, is_email=False, at=NOON + DAY)
    record_share(alice.pk, is_email=False, at=NOON + 2 * DAY)

    alice.refresh_from_db()
    assert (alice.email_shares, alice.social_shares) == (1, 2)
    assert (alice.first_share_at, alice.last_share_at) == (NOON, NOON + 2 * DAY)
