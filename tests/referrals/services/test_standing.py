import pytest

from credits.models import Reward
from credits.services.books import check_books
from credits.services.maturation import mature_pending
from events.models import Event
from referrals.errors import AlreadyBlocked, BlockedPerson, NotBlocked
from referrals.models import Account, Attribution, Identifier, Person
from referrals.services.members import enrol
from referrals.services.people import add_person, find_person, upsert_person
from referrals.services.registration import find_in_account
from referrals.services.standing import (
    block_person,
    people_of_account,
    remove_account,
    remove_person,
    unblock_person,
)
from tests.cast import NOON, make_person, make_referral, pay

LATER = NOON.replace(year=2027)


def test_a_blocked_person_cannot_be_referred_until_unblocked(acme, alice):
    dana = make_person(acme, "dana")
    block_person(dana, at=NOON, actor="key:x")
    with pytest.raises(BlockedPerson):
        make_referral(alice, "dana")

    unblock_person(dana, at=NOON, actor="key:x")

    assert make_referral(alice, "dana").referred == dana
    kinds = Event.objects.filter(subject=dana.uid).order_by("id").values_list("kind", flat=True)
    assert list(kinds) == ["person.added", "person.blocked", "person.unblocked"]


def test_blocking_twice_and_unblocking_the_unblocked_are_refused(acme):
    dana = make_person(acme, "dana")
    with pytest.raises(NotBlocked):
        unblock_person(dana, at=NOON, actor="key:x")
    block_person(dana, at=NOON, actor="key:x")

    with pytest.raises(AlreadyBlocked):
        block_person(dana, at=LATER, actor="key:x")

    dana.refresh_from_db()
    assert dana.blocked_at == NOON


def test_removing_erases_who_somebody_is_and_keeps_what_they_did(acme, alice):
    referral = make_referral(alice, "dana", last_name="Scully", phone="1", custom_fields={"plan": "Pro"})
    pay(referral, 10_00)
    dana = referral.referred

    remove_person(dana, at=NOON, actor="key:x")

    dana.refresh_from_db()
    kept = [dana.external_id, dana.account_id, dana.first_name, dana.last_name, dana.email, dana.phone]
    assert (kept, dana.custom_fields) == ([None, "", "", "", "", ""], {})
    assert Identifier.objects.filter(person=dana).count() == 0
    assert Reward.objects.filter(person=dana).count() == 1
    assert check_books(at=NOON).ok
    assert find_person(acme, external_id="dana", email="dana@dana.example") is None


def test_removing_somebody_ends_and_tells_of_each_membership_once(acme, alice):
    remove_person(alice.person, at=NOON, actor="key:x")
    remove_person(alice.person, at=NOON, actor="key:x")

    alice.refresh_from_db()
    assert alice.removed_at == NOON
    removed = Event.objects.filter(subject=alice.uid, kind="member.removed")
    assert [event.data for event in removed] == [{"actor": "key:x"}]


def test_the_touch_of_somebody_removed_says_no_more_who_it_was(acme, alice):
    referral = make_referral(alice, "dana")
    Attribution.objects.filter(pk=referral.attribution_id).update(
        ip_address="8.8.8.8", user_agent="Mozilla", visitor="v"
    )

    remove_person(referral.referred, at=NOON, actor="key:x")

    touch = Attribution.objects.get(pk=referral.attribution_id)
    assert (touch.ip_address, touch.user_agent, touch.visitor) == (None, "", "")


def test_somebody_removed_earns_nothing_more(acme, alice):
    referral = make_referral(alice, "dana")
    pay(referral, 10_00)
    remove_person(alice.person, at=NOON, actor="key:x")

    assert mature_pending(at=LATER) == 1
    assert Reward.objects.get(person=alice.person).status == "pending"
    assert alice.codes.get().is_active is False


def test_the_same_id_may_come_back_as_somebody_new(acme, program):
    dana = make_person(acme, "dana")
    enrol(program, dana, at=NOON)
    remove_person(dana, at=NOON, actor="key:x")
    remove_person(dana, at=LATER, actor="key:x")

    again = make_person(acme, "dana")

    assert again != dana
    dana.refresh_from_db()
    assert dana.removed_at == NOON


def test_an_account_is_forgotten_with_its_people(acme, globex):
    for tenant in (acme, globex):
        for name in ("dana", "erin"):
            upsert_person(tenant, external_id=name, account_id="co", at=NOON)
        Account.objects.create(tenant=tenant, account_id="co", status="FREE")

    assert remove_account(acme, "co", at=NOON, actor="key:x") == 3
    assert remove_account(acme, "co", at=NOON, actor="key:x") == 0

    assert people_of_account(acme, "co") == []
    assert len(people_of_account(globex, "co")) == 2
    assert Account.objects.get().tenant == globex


def test_somebody_without_an_account_is_found_by_their_own_id(acme):
    dana = make_person(acme, "dana")

    assert people_of_account(acme, "dana") == [dana]
    assert people_of_account(acme, "") == []
    assert find_in_account(acme, account_id="", external_id="dana") == dana
    assert Person.objects.count() == 1


def test_somebody_of_whom_no_id_is_known_goes_by_ours(acme, globex):
    nameless = add_person(acme, email="dana@dana.example", at=NOON)
    ours = str(nameless.uid)

    assert people_of_account(acme, ours) == [nameless]
    assert find_in_account(acme, account_id=ours, external_id=ours) == nameless
    assert find_in_account(globex, account_id=ours, external_id=ours) is None
    assert find_in_account(acme, account_id="co", external_id=ours) is None
