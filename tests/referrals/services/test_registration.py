import threading

import pytest
from django.db import connection

from events.models import Event
from referrals.errors import AccountFull, CodeTaken, NotToBeTracked, PersonExists
from referrals.models import Code, Person
from referrals.services import registration
from referrals.services.registration import find_in_account, register_person
from referrals.services.standing import remove_person
from tests.cast import NOON, make_person


def register(tenant, name: str = "dana", account: str = "dana-co", **told):
    return register_person(tenant, account_id=account, external_id=name, at=NOON, **told)


def test_a_new_person_is_enrolled_with_the_wanted_code(acme, program):
    registered = register(acme, code="DANA", first_name="Dana")

    assert (registered.created, registered.member.codes.get().code) == (True, "DANA")
    assert registered.member.program == program
    assert Event.objects.filter(kind="person.added", subject=registered.person.uid).count() == 1


def test_registering_again_updates_and_adds_nobody(acme, program):
    first = register(acme, first_name="Dana")
    again = register(acme, first_name="Diana")

    assert (again.created, again.person, again.member) == (False, first.person, first.member)
    assert again.person.first_name == "Diana"
    assert again.person.modified_at == NOON


def test_one_id_in_two_accounts_is_two_people(acme, program):
    assert register(acme, account="a").person != register(acme, account="b").person


def test_somebody_of_whom_no_account_is_known_is_taken_into_it(acme, program):
    known = make_person(acme, "dana")

    assert register(acme).person == known
    assert find_in_account(acme, account_id="dana-co", external_id="dana") == known
    assert find_in_account(acme, account_id="dana", external_id="dana") is None


def test_somebody_without_an_account_is_an_account_of_their_own(acme, globex):
    dana = make_person(acme, "dana")
    make_person(globex, "dana")

    assert find_in_account(acme, account_id="dana", external_id="dana") == dana
    assert find_in_account(acme, account_id="other", external_id="dana") is None


def test_a_new_code_becomes_the_default_and_the_old_one_stays(acme, program):
    member = register(acme, code="FIRST").member
    register(acme, code="SECOND")
    register(acme, code="first")

    codes = dict(Code.objects.filter(member=member).values_list("code", "is_default"))
    assert codes == {"FIRST": True, "SECOND": False}


def test_a_code_of_somebody_else_is_refused_and_nothing_is_written(acme, alice):
    with pytest.raises(CodeTaken):
        register(acme, code="alice", first_name="Dana")

    assert Person.objects.filter(external_id="dana").count() == 0


def test_somebody_who_must_be_new_and_is_not_is_refused(acme, program):
    register(acme)

    with pytest.raises(PersonExists):
        register(acme, must_be_new=True)


def test_a_thousand_people_fill_an_account(acme, program, monkeypatch):
    monkeypatch.setattr(registration, "MOST_PEOPLE", 2)
    register(acme, "dana", "co")
    register(acme, "erin", "co")

    with pytest.raises(AccountFull):
        register(acme, "finn", "co")
    register(acme, "erin", "co")
    register(acme, "finn", "other")


def test_somebody_who_asked_not_to_be_known_again_is_refused(acme, program):
    remove_person(register(acme).person, at=NOON, actor="key:x", do_not_track=True)

    with pytest.raises(NotToBeTracked):
        register(acme)


def test_without_a_program_a_person_is_known_and_no_member(acme):
    registered = register(acme)

    assert (registered.created, registered.member) == (True, None)


@pytest.mark.django_db(transaction=True)
def test_registering_at_once_adds_one_person(acme, program):
    errors = []

    def run():
        try:
            register(acme, first_name="Dana")
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert errors == []
    assert Person.objects.filter(external_id="dana").count() == 1
    assert Code.objects.filter(member__person__external_id="dana").count() == 1
