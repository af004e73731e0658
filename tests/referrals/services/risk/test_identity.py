import pytest

from referrals.models import Identifier
from referrals.services.people import note_identifier
from referrals.services.risk import identity
from referrals.services.risk.case import load_case
from tenants.services.addresses import network_of
from tests.cast import NOON
from tests.referrals.services.risk.builders import Kind, add_person, add_referral, mark

SHARED = [
    (identity.find_same_stripe_customer, Kind.STRIPE_CUSTOMER),
    (identity.find_same_card, Kind.CARD),
    (identity.find_same_mailbox, Kind.MAILBOX),
]


@pytest.mark.parametrize(("check", "kind"), SHARED)
def test_a_shared_mark_is_found(referral, dana, eric, check, kind):
    """With its value, unless that is an address."""
    evidence = {
        "value_kind": kind.value,
        "people": [str(dana.uid), str(eric.uid)],
        "identifiers": mark(kind, "shared", dana, eric),
    }
    shown = {} if kind == Kind.MAILBOX else {"value": "shared"}
    assert check(load_case(referral, at=NOON)) == evidence | shown


@pytest.mark.parametrize(("check", "kind"), SHARED)
def test_different_marks_are_not_a_match(referral, dana, eric, check, kind):
    mark(kind, "shared", dana)
    mark(kind, "Shared", eric)
    assert check(load_case(referral, at=NOON)) is None


@pytest.mark.parametrize(("check", "kind"), SHARED)
def test_the_same_value_of_another_kind_is_not_a_match(referral, dana, eric, check, kind):
    mark(kind, "shared", dana)
    mark(Kind.DEVICE, "shared", eric)
    assert check(load_case(referral, at=NOON)) is None


@pytest.mark.parametrize(("check", "kind"), SHARED)
def test_the_same_mark_of_others_is_not_a_match(referral, globex, dana, check, kind):
    """Of a third person here, and of Charlie, whom only another tenant knows."""
    mark(kind, "shared", dana, add_person(dana.tenant), add_person(globex, "Charlie", "Reyes"))
    assert check(load_case(referral, at=NOON)) is None


def test_a_mark_noted_by_the_other_tenant_about_the_same_person_is_not_a_match(referral, globex, dana, eric):
    mark(Kind.CARD, "card", dana)
    Identifier.objects.create(tenant=globex, person=eric, kind=Kind.CARD, value="card")
    assert identity.find_same_card(load_case(referral, at=NOON)) is None


def test_of_several_shared_marks_the_latest_is_shown(referral, dana, eric):
    mark(Kind.CARD, "zz", dana, eric)
    latest = mark(Kind.CARD, "aa", dana, eric)
    assert identity.find_same_card(load_case(referral, at=NOON))["identifiers"] == latest


@pytest.mark.parametrize(
    ("referrer", "referred", "similarity"),
    [
        (("Dana", "Petrova"), ("Dana", "Petrova"), 1.0),
        (("Dana", "Petrova"), ("DANA", "petrová"), 1.0),
        (("Dana", "Petrova"), ("Petrova", "Dana"), 1.0),
        (("Dana", "Petrova"), ("Dana", "Petrov"), 0.96),
        (("John", "Smith"), ("John", "Smyth"), 0.9),
        (("Ann", "Lee"), ("Ann", "Lee"), 1.0),
        (("Dana", "O'Neil-Petrova"), ("Dana", "O Neil Petrova"), 1.0),
    ],
)
def test_similar_names(program, acme, referrer, referred, similarity):
    dana, eric = add_person(acme, *referrer), add_person(acme, *referred)
    evidence = {"people": [str(dana.uid), str(eric.uid)], "similarity": similarity}
    assert identity.find_similar_name(load_case(add_referral(program, dana, eric), at=NOON)) == evidence


@pytest.mark.parametrize(
    ("referrer", "referred"),
    [
        (("Dana", "Petrova"), ("Eric", "Petrova")),  # a family
        (("John", "Smith"), ("Jane", "Smith")),
        (("Dana", ""), ("Dana", "")),  # half a name is shared by many
        (("Dana", ""), ("Dana", "Petrova")),
        (("", "Petrova"), ("", "Petrova")),
        ((" ", "Petrova"), (" ", "Petrova")),
        (("Bo", "Liu"), ("Bo", "Liu")),  # five letters
        (("明", "王"), ("明", "王")),
        (("...", "!!!"), ("...", "!!!")),
        (("", ""), ("", "")),
    ],
)
def test_names_that_say_nothing(program, acme, referrer, referred):
    referral = add_referral(program, add_person(acme, *referrer), add_person(acme, *referred))
    assert identity.find_similar_name(load_case(referral, at=NOON)) is None


def test_a_shared_network_is_shown_coarsely_with_its_base_rate(referral, acme, globex, dana, eric):
    identifiers = mark(Kind.NETWORK, "203.0.113.77", dana, eric)
    mark(Kind.NETWORK, "203.0.113.77", add_person(acme), add_person(globex))
    assert identity.find_shared_network(load_case(referral, at=NOON)) == {
        "value_kind": "network", "people": [str(dana.uid), str(eric.uid)], "identifiers": identifiers,
        "network": "203.0.113.0/24", "people_on_network": 3,
    }  # fmt: skip


def test_two_addresses_of_one_ipv6_network_match(referral, dana, eric):
    for person, address in ((dana, "2001:db8:7:1::aa"), (eric, "2001:db8:7:1:ffff::bb")):
        note_identifier(person, Kind.NETWORK, network_of(address), at=NOON)
    evidence = identity.find_shared_network(load_case(referral, at=NOON))
    assert (evidence["network"], evidence["people_on_network"]) == ("2001:db8:7:1::/64", 2)


def test_neighbouring_networks_do_not_match(referral, dana, eric):
    for person, address in ((dana, "2001:db8:7:1::aa"), (eric, "2001:db8:7:2::aa")):
        note_identifier(person, Kind.NETWORK, network_of(address), at=NOON)
    assert identity.find_shared_network(load_case(referral, at=NOON)) is None


def test_the_most_private_of_several_shared_networks_counts(referral, acme, dana, eric):
    home = mark(Kind.NETWORK, "203.0.113.77", dana, eric)
    mark(Kind.NETWORK, "198.51.100.1", dana, eric, *(add_person(acme) for _ in range(5)))
    evidence = identity.find_shared_network(load_case(referral, at=NOON))
    assert (evidence["identifiers"], evidence["people_on_network"]) == (home, 2)


def test_counting_a_network_ends_just_beyond_an_office(referral, acme, dana, eric):
    mark(Kind.NETWORK, "203.0.113.77", dana, eric, *(add_person(acme) for _ in range(30)))
    assert identity.find_shared_network(load_case(referral, at=NOON))["people_on_network"] == 21


def test_a_mark_that_is_no_network_is_not_shown(referral, dana, eric):
    mark(Kind.NETWORK, "unknown", dana, eric)
    assert identity.find_shared_network(load_case(referral, at=NOON))["network"] == ""


@pytest.mark.parametrize(("people", "score"), [(2, 40), (4, 40), (5, 25), (20, 25), (21, 10)])
def test_the_base_rate_lowers_the_score(people, score):
    assert identity.score_shared_network({"people_on_network": people}) == score


@pytest.mark.parametrize(
    ("referrer", "referred", "domains"),
    [
        ("dana@firm.example", "x@mailinator.com", {"referred": "mailinator.com"}),
        ("x@Mailinator.COM", "eric@firm.example", {"referrer": "mailinator.com"}),
        ("x@inbox.mailinator.com", "x@yopmail.com", {"referrer": "mailinator.com", "referred": "yopmail.com"}),
    ],
)
def test_disposable_domains(program, acme, referrer, referred, domains):
    dana, eric = add_person(acme, email=referrer), add_person(acme, email=referred)
    evidence = {"people": [str(dana.uid), str(eric.uid)], "domains": domains}
    assert identity.find_disposable_domain(load_case(add_referral(program, dana, eric), at=NOON)) == evidence


@pytest.mark.parametrize(
    "email", ["", "junk", "a@gmail.com", "a@mailinator.com.firm.example", "a@privaterelay.appleid.com"]
)
def test_other_domains_are_not_disposable(program, acme, email):
    referral = add_referral(program, add_person(acme, email=email), add_person(acme, email=email))
    assert identity.find_disposable_domain(load_case(referral, at=NOON)) is None
