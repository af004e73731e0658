"""A tenant tells of somebody whom a member brought in."""

import pytest

from referrals.errors import AlreadyReferred, SelfReferral, UnknownCode
from referrals.models import Decision, Person, Referral
from referrals.services.leads import add_lead, keep_refusal
from referrals.services.standing import block_person
from tests.cast import NOON, make_member, make_person

ACTOR = "key:x"


def tell(alice, *, code: str = "ALICE", external_id: str = "", note: str = "", **person) -> Referral:
    details = {"external_id": external_id, "note": note}
    with keep_refusal(alice.tenant, code=code, at=NOON, actor=ACTOR):
        return add_lead(alice.tenant, code=code, person=person, at=NOON, actor=ACTOR, **details)


def refusals_of(alice) -> list[tuple[str, str]]:
    rows = Decision.objects.filter(tenant=alice.tenant, referral=None, kind="attribution")
    return list(rows.values_list("outcome", "actor"))


def test_somebody_new_is_added_and_described(alice):
    referral = tell(alice, code="alice", first_name="Dana", email="dana@dana.example", external_id="ord-9", note="x")

    assert (referral.referrer, referral.referred.first_name, referral.status) == (alice, "Dana", "attributed")
    assert (referral.details.external_id, referral.details.note) == ("ord-9", "x")
    assert referral.referred.external_id is None


def test_whoever_has_that_address_is_meant_and_brought_up_to_date(alice):
    dana = make_person(alice.tenant, "dana", last_name="Ruiz")

    referral = tell(alice, email="DANA@dana.example", first_name="", phone="555")

    assert referral.referred == dana
    dana.refresh_from_db()
    assert (dana.first_name, dana.last_name, dana.phone) == ("Dana", "Ruiz", "555")


def test_without_an_address_the_order_or_the_id_says_who_it_is(alice):
    dana = make_person(alice.tenant, "dana")
    assert tell(alice, external_id="dana").referred == dana
    erin = tell(alice, first_name="Erin", external_id="ord-9").referred

    with pytest.raises(AlreadyReferred):
        tell(alice, first_name="Erin", external_id="ord-9")
    assert Person.objects.filter(first_name="Erin").get() == erin


def test_without_either_each_is_somebody_else(alice):
    assert tell(alice, first_name="Erin").referred != tell(alice, first_name="Erin").referred


def test_another_address_is_somebody_else_though_the_order_is_the_same(alice):
    dana = tell(alice, email="dana@dana.example", external_id="ord-9").referred

    assert tell(alice, email="erin@erin.example", external_id="ord-9").referred != dana


def test_nothing_but_the_refusal_is_kept(alice):
    before = Person.objects.count()

    with pytest.raises(UnknownCode):
        tell(alice, code="NOBODY", first_name="Dana")
    with pytest.raises(SelfReferral):
        tell(alice, email="alice@alice.example", first_name="Eve")

    assert (Person.objects.count(), Referral.objects.count()) == (before, 0)
    assert refusals_of(alice) == [("unknown_code", ACTOR), ("self_referral", ACTOR)]
    alice.person.refresh_from_db()
    assert alice.person.first_name == "Alice"


def test_another_tenants_code_and_people_are_none(alice, globex):
    make_person(globex, "dana")
    referral = tell(alice, email="dana@dana.example")

    assert referral.referred.tenant == alice.tenant
    with pytest.raises(UnknownCode):
        add_lead(globex, code="ALICE", person={}, at=NOON, actor=ACTOR)


def test_a_blocked_person_is_not_brought_up_to_date(alice):
    dana = make_person(alice.tenant, "dana")
    block_person(dana, at=NOON, actor="test")
    make_member(alice.program, "frank")

    with pytest.raises(Exception, match="blocked"):
        tell(alice, email="dana@dana.example", last_name="Ruiz")
    dana.refresh_from_db()
    assert dana.last_name == ""
