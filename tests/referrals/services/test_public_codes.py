"""What a code is, for somebody of whom nothing is known."""

from datetime import timedelta

import pytest

from referrals.models import Code, Member
from referrals.services.public_codes import find_public_code
from referrals.services.standing import block_person
from tenants.models import Domain, Tenant
from tests.cast import NOON, make_member, make_program


def find(spelling: str = "alice", host: str = "unknown.example") -> Code | None:
    return find_public_code(spelling, host=host, at=NOON)


def test_the_only_code_of_a_spelling_is_found(alice):
    assert find() == alice.codes.get()
    assert find("NOSUCH") is None


def test_of_two_tenants_the_hosts_own_is_meant(alice, acme, globex):
    theirs = make_member(make_program(globex), "charlie", code="ALICE").codes.get()
    Domain.objects.create(tenant=globex, host="globex.example")

    assert find() is None
    assert find(host="globex.example") == theirs


@pytest.mark.parametrize(
    "fields", [{"is_active": False}, {"starts_at": NOON + timedelta(microseconds=1)}, {"ends_at": NOON}]
)
def test_one_that_cannot_be_used_is_none(alice, fields):
    alice.codes.update(**fields)

    assert find() is None


def test_its_owner_must_be_able_to_refer(alice):
    Member.objects.filter(pk=alice.pk).update(status=Member.Status.DISABLED)

    assert find() is None


def test_a_blocked_owners_is_none(alice):
    block_person(alice.person, at=NOON, actor="staff:bob")

    assert find() is None


def test_that_of_a_tenant_that_is_switched_off_is_none(alice, acme):
    Tenant.objects.filter(pk=acme.pk).update(is_active=False)

    assert find() is None
