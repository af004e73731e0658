import threading

import pytest
from django.db import connection

from events.models import Event
from referrals.errors import AlreadyCustomer, AlreadyReferred, SelfReferral, UnknownCode
from referrals.models import Account, Referral
from referrals.services.accounts import apply_code, record_account
from referrals.services.registration import register_person
from tests.cast import NOON, make_person, make_referral, pay

PAID = {"status": "PAID", "interval": "MONTH", "interval_count": 1, "value": 20_00, "currency": "USD"}


def register(tenant, name: str, account: str = "co"):
    return register_person(tenant, account_id=account, external_id=name, at=NOON).person


def test_a_code_brings_an_account_in_once(acme, alice):
    dana, erin = register(acme, "dana"), register(acme, "erin")
    referral = apply_code(dana, "alice", at=NOON)

    assert (referral.referred, referral.referrer) == (dana, alice)
    with pytest.raises(AlreadyReferred) as refused:
        apply_code(erin, "ALICE", at=NOON)
    assert refused.value.referral == referral


def test_a_paying_account_cannot_be_brought_in(acme, alice):
    dana, erin = register(acme, "dana"), register(acme, "erin")
    record_account(acme, "co", at=NOON, **PAID)

    for person in (dana, erin):
        with pytest.raises(AlreadyCustomer):
            apply_code(person, "ALICE", at=NOON)


def test_nobody_brings_themselves_in_and_a_code_must_be_one(acme, alice):
    with pytest.raises(SelfReferral):
        apply_code(alice.person, "ALICE", at=NOON)
    with pytest.raises(UnknownCode):
        apply_code(make_person(acme, "dana"), "NOBODY", at=NOON)


def test_a_code_that_is_switched_off_is_none(acme, alice):
    alice.codes.update(is_active=False)

    with pytest.raises(UnknownCode):
        apply_code(make_person(acme, "dana"), "ALICE", at=NOON)


def test_the_first_payment_converts_and_no_other(acme, alice):
    dana = register(acme, "dana")
    referral = apply_code(dana, "ALICE", at=NOON)

    first = record_account(acme, "co", at=NOON, **PAID)
    second = record_account(acme, "co", at=NOON, **{**PAID, "status": "CANCELLED"})
    third = record_account(acme, "co", at=NOON, **PAID)

    assert (first.converts, second.converts, third.converts) == (referral, None, None)
    assert Account.objects.get().converted_at == NOON


def test_an_account_without_anybody_does_not_convert_yet(acme, alice):
    assert record_account(acme, "co", at=NOON, code="ALICE", **PAID).converts is None
    register(acme, "dana")

    referral = Referral.objects.get()

    assert referral.referred.external_id == "dana"
    assert record_account(acme, "co", at=NOON, **PAID).converts == referral


def test_nothing_is_no_payment(acme, alice):
    apply_code(register(acme, "dana"), "ALICE", at=NOON)

    assert record_account(acme, "co", at=NOON, **{**PAID, "value": 0}).converts is None
    assert record_account(acme, "co", at=NOON, **PAID).converts is not None


def test_the_code_of_a_sync_is_applied_to_the_first_of_the_account(acme, alice):
    dana = register(acme, "dana")
    register(acme, "erin")

    for _ in range(2):
        record_account(acme, "co", at=NOON, status="TRIAL", code="ALICE")

    assert Referral.objects.get().referred == dana


def test_an_unknown_code_writes_nothing(acme):
    with pytest.raises(UnknownCode):
        record_account(acme, "co", at=NOON, status="FREE", code="NOBODY")

    assert Account.objects.count() == 0


def test_cancelling_an_account_ends_its_referrals_once(acme, alice):
    referral = apply_code(register(acme, "dana"), "ALICE", at=NOON)

    for _ in range(2):
        record_account(acme, "co", at=NOON, status="CANCELLED")

    referral.refresh_from_db()
    assert (referral.status, referral.ended_at) == ("attributed", NOON)
    assert Event.objects.filter(kind="referral.ended", subject=referral.uid).count() == 1


def test_accounts_of_two_tenants_are_two(acme, globex, alice):
    pay(make_referral(alice, "dana"), 10_00)
    record_account(acme, "co", at=NOON, **PAID)
    record_account(globex, "co", at=NOON, status="FREE")

    assert set(Account.objects.values_list("tenant__alias", "status")) == {("acme", "PAID"), ("globex", "FREE")}


@pytest.mark.django_db(transaction=True)
def test_two_of_an_account_who_use_a_code_at_once_are_one_referral(acme, alice):
    people = [register(acme, f"friend{number}") for number in range(6)]
    outcomes = []

    def use(person):
        try:
            outcomes.append(apply_code(person, "ALICE", at=NOON))
        except AlreadyReferred as error:
            outcomes.append(error.referral)
        finally:
            connection.close()

    threads = [threading.Thread(target=use, args=(person,)) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert Referral.objects.count() == 1
    assert len(outcomes) == 6
