"""Finding people, adding them, and the marks by which they are recognised."""

from datetime import timedelta

import pytest

from referrals.models import Identifier, Person
from referrals.services.people import (
    add_person,
    find_person,
    note_device,
    note_identifier,
    update_person,
    upsert_person,
)
from tests.cast import NOON, make_person
from tests.threads import run_at_once

CUSTOMER = Identifier.Kind.STRIPE_CUSTOMER


def mailboxes(person) -> list[str]:
    return list(person.identifiers.filter(kind="mailbox").order_by("id").values_list("value", flat=True))


def test_own_id_comes_before_customer_and_email(acme):
    dana, erin, finn = (make_person(acme, name) for name in ("dana", "erin", "finn"))
    note_identifier(erin, CUSTOMER, "cus_1", at=NOON)

    assert find_person(acme, external_id="dana", customer_id="cus_1", email=finn.email) == dana


def test_customer_comes_before_email(acme):
    anonymous = add_person(acme, email="anon@shop.example", at=NOON)
    note_identifier(anonymous, CUSTOMER, "cus_1", at=NOON)
    make_person(acme, "finn")

    assert find_person(acme, external_id="new", customer_id="cus_1", email="finn@finn.example") == anonymous


def test_email_is_found_whatever_its_capitals(acme):
    dana = make_person(acme, "dana", email="Dana@Shop.Example")

    assert find_person(acme, email="dANA@sHOP.eXAMPLE") == dana


def test_oldest_of_two_people_with_one_email_is_found(acme):
    first = add_person(acme, email="team@shop.example", at=NOON)
    add_person(acme, email="team@shop.example", at=NOON)

    assert find_person(acme, email="team@shop.example") == first


@pytest.mark.parametrize("how", [{"customer_id": "cus_1"}, {"email": "dana@dana.example"}])
def test_another_id_of_the_tenant_is_another_person(acme, how):
    dana = make_person(acme, "dana")
    note_identifier(dana, CUSTOMER, "cus_1", at=NOON)

    assert find_person(acme, external_id="erin", **how) is None
    assert find_person(acme, external_id="dana", **how) == dana
    assert find_person(acme, **how) == dana


def test_somebody_with_that_email_but_another_id_is_passed_over_for_one_without(acme):
    make_person(acme, "dana", email="team@shop.example")
    anonymous = add_person(acme, email="team@shop.example", at=NOON)

    assert find_person(acme, external_id="erin", email="team@shop.example") == anonymous


def test_one_external_id_in_two_accounts_is_two_people(acme):
    one = upsert_person(acme, external_id="dana", account_id="a", at=NOON)
    other = upsert_person(acme, external_id="dana", account_id="b", at=NOON)

    assert find_person(acme, external_id="dana", account_id="b") == other
    assert find_person(acme, external_id="dana", account_id="c") is None
    assert find_person(acme, external_id="dana") == one


def test_nothing_asked_finds_nobody(acme):
    add_person(acme, email="", at=NOON)

    assert find_person(acme) is None


def test_people_of_another_tenant_are_not_found(acme, globex):
    charlie = make_person(globex, "charlie")
    note_identifier(charlie, CUSTOMER, "cus_1", at=NOON)

    assert find_person(acme, external_id="charlie", customer_id="cus_1", email=charlie.email) is None


def test_upsert_adds_then_updates(acme):
    added = upsert_person(acme, external_id="dana", first_name="Dana", email="dana@a.example", at=NOON)
    updated = upsert_person(acme, external_id="dana", last_name="Petrova", at=NOON + timedelta(days=1))

    assert updated.pk == added.pk
    row = Person.objects.get(external_id="dana")
    assert (row.first_name, row.last_name, row.email, row.created_at) == ("Dana", "Petrova", "dana@a.example", NOON)


def test_earlier_mailbox_stays_on_record(acme):
    dana = upsert_person(acme, external_id="dana", email="Dana.P+1@gmail.com", at=NOON)

    update_person(dana, email="dana@b.example", at=NOON)

    assert mailboxes(dana) == ["danap@gmail.com", "dana@b.example"]


def test_junk_is_no_mailbox(acme):
    assert mailboxes(add_person(acme, email="not an address", at=NOON)) == []


def test_update_without_a_change_writes_nothing(acme, django_assert_num_queries):
    dana = make_person(acme, "dana")

    with django_assert_num_queries(2):  # the savepoint, opened and released
        update_person(dana, first_name="Dana", at=NOON)


def test_mark_is_noted_once_with_when_it_was_first_seen(acme):
    dana = make_person(acme, "dana")

    news = [
        note_identifier(dana, Identifier.Kind.CARD, value, at=NOON + timedelta(days=day))
        for day, value in enumerate(["fp_1", "fp_1", ""])
    ]

    assert news == [True, False, False]
    assert list(dana.identifiers.filter(kind="card").values_list("value", "first_seen_at")) == [("fp_1", NOON)]


def test_device_and_network_are_noted_as_they_may_be_kept(acme):
    dana = make_person(acme, "dana")

    note_device(dana, ip="2001:db8:1:2:3::4", device=255, at=NOON)
    note_device(dana, ip=None, device=254, at=NOON)

    marks = dana.identifiers.exclude(kind="mailbox").order_by("id").values_list("kind", "value")
    assert list(marks) == [("network", "2001:db8:1:2::/64"), ("device", "ff"), ("device", "fe")]


@pytest.mark.django_db(transaction=True)
def test_one_new_person_told_of_ten_times_at_once_is_one_person(acme):
    people = run_at_once(*[lambda: upsert_person(acme, external_id="dana", email="dana@a.example", at=NOON)] * 10)

    assert {person.pk for person in people} == {Person.objects.get(external_id="dana").pk}
    assert Identifier.objects.count() == 1
