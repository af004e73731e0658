from datetime import timedelta

import pytest

from credits.admin.comparison import compare_people
from credits.admin.findings import describe, list_findings
from credits.admin.wording import holder, span, time_left
from credits.models import Review
from referrals.models import Moderation
from referrals.services.people import note_identifier
from tests.cast import NOON, make_referral, pay
from tests.console import make_case, make_staff


@pytest.mark.parametrize(
    ("duration", "words"),
    [
        (timedelta(days=3, hours=4, minutes=5), "3 d 4 h"),
        (timedelta(days=3, minutes=5), "3 d 5 min"),
        (timedelta(minutes=-61), "1 h 1 min"),
        (timedelta(seconds=20), "under a minute"),
    ],
)
def test_span(duration, words):
    assert span(duration) == words


@pytest.mark.parametrize(
    ("left", "expected"),
    [
        (timedelta(days=10), ("fine", "in 10 d")),
        (timedelta(hours=30), ("soon", "in 1 d 6 h")),
        (timedelta(0), ("late", "under a minute late")),
        (timedelta(days=-2), ("late", "2 d late")),
    ],
)
def test_time_left(left, expected):
    assert time_left(Review(deadline=NOON + left), now=NOON) == expected


def test_a_lease_that_ran_out_is_nobody_s(db):
    carol = make_staff("carol", first_name="Carol", last_name="Chen")
    review = Review(claimed_by=carol, claimed_until=NOON)

    assert holder(review, now=NOON) == ""
    assert holder(review, now=NOON - timedelta(seconds=1)) == "Carol Chen"


def matches(review: Review) -> dict[str, str]:
    return {line.label: line.match for line in compare_people(review) if line.match}


def test_matching_fields_are_marked_with_how_they_match(alice):
    person = alice.person
    person.last_name, person.email, person.phone = "Adams", "alice.adams@gmail.com", "+1 (555) 0100"
    person.save()
    note_identifier(person, "mailbox", "aliceadams@gmail.com", at=NOON)
    same = {"first_name": "Alice", "last_name": "Adams", "phone": "+15550100", "email": "aliceadams+2@gmail.com"}
    review = make_case(alice, "dupe", **same)
    for member in (person, review.referral.referred):
        note_identifier(member, "network", "203.0.113.7", at=NOON)

    assert matches(review) == {
        "Name": "exact match",
        "Phone": "exact match",
        "E-mail": "same mailbox",
        "Card": "same card",
        "Network": "same network",  # seen after the case was opened; it is still open
    }


def test_similar_names_say_how_similar(alice):
    alice.person.first_name, alice.person.last_name = "Jonathan", "Fitzgerald"
    alice.person.save()

    assert matches(make_case(alice, "jon", first_name="Jonathan", last_name="Fitzgerold"))["Name"] == "95% alike"


def test_people_who_share_nothing_match_in_nothing(alice):
    referral = make_referral(alice, "dana")
    referral.referred_moderation = Moderation.PENDING
    referral.save(update_fields=["referred_moderation"])
    pay(referral, 10_00)
    review = Review.objects.get()

    assert matches(review) == {}
    assert [finding.name for finding in list_findings(review)] == ["Program asks for review"]


def test_what_a_later_payment_brings_up_is_shown_while_the_case_is_open(alice):
    review = make_case(alice, "dana")
    for person in (alice.person, review.referral.referred):
        note_identifier(person, "stripe_customer", "cus_1", at=NOON)
    pay(review.referral, 10_00)

    assert [(finding.name, finding.new) for finding in list_findings(review)] == [
        ("Same Stripe customer", True),
        ("Same card", False),
    ]
    review.status = Review.Status.REJECTED
    assert [finding.name for finding in list_findings(review)] == ["Same card"]


def test_a_rule_that_failed_says_so(alice):
    review = make_case(alice, "dana")
    review.evidence = {"assessment": {"rules": [{"code": "similar_name", "outcome": "errored", "score": 0}]}}
    review.reasons = ["similar_name", "a_rule_of_later"]
    review.status = Review.Status.APPROVED

    assert [(finding.name, finding.meaning) for finding in list_findings(review)] == [
        ("Similar names", "The rule could not be computed, so a person looks."),
        ("A rule of later", ""),
    ]


@pytest.mark.parametrize(
    ("code", "evidence", "sentence"),
    [
        ("same_card_fingerprint", {"value": "fp_1"}, "card fingerprint fp_1"),
        ("similar_name", {"similarity": 0.95}, "95% alike"),
        (
            "shared_ip",
            {"people_on_network": 21, "network": "203.0.113.0/24"},
            "more than 20 people of this tenant were seen on 203.0.113.0/24",
        ),
        ("disposable_domain", {"domains": {"referred": "mailinator.com"}}, "the referred person at mailinator.com"),
        (
            "existing_customer",
            {"first_paid_at": "2026-01-02T00:00:00+00:00", "attributed_at": "2026-02-03T00:00:00+00:00"},
            "first paid on 02 Jan 2026, referred on 03 Feb 2026",
        ),
        (
            "referrer_velocity",
            {"referrals": 14, "hours": 24, "limit": 10},
            "14 referrals within 24 hours; more than 10 is unusual",
        ),
        (
            "referrer_refund_rate",
            {"reversed": 3, "actions": 6, "days": 180},
            "3 of 6 payments of the last 180 days went back",
        ),
        ("a_rule_of_later", {"x": 1}, ""),
        ("similar_name", {"of": "another version"}, ""),
        ("existing_customer", {"first_paid_at": "junk", "attributed_at": None}, ""),
    ],
)
def test_evidence_as_a_sentence(code, evidence, sentence):
    assert describe(code, evidence) == sentence
