"""What a reviewer sees is frozen when the case is opened."""

import json
from datetime import timedelta

from credits.models import Review
from credits.services.evidence import MATCHED, matching_marks
from referrals.models import Attribution, Identifier
from referrals.services.attributions import record_click
from referrals.services.people import note_identifier
from referrals.services.referrals import refer
from tests.cast import NOON, make_person, make_referral, pay

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
Kind = Identifier.Kind


def mark(kind, value, *people) -> None:
    for person in people:
        note_identifier(person, kind, value, at=NOON)


def test_every_kind_of_mark_can_be_told(alice):
    dana = make_person(alice.tenant, "dana")
    for kind in Kind:
        mark(kind, f"one {kind}", alice.person, dana)

    assert matching_marks(alice.person, dana) == [{"kind": kind, "how": MATCHED[Kind(kind)]} for kind in sorted(Kind)]


def test_same_value_of_another_kind_is_no_match(alice):
    dana = make_person(alice.tenant, "dana")
    mark(Kind.CARD, "same", alice.person)
    mark(Kind.DEVICE, "same", dana)

    assert matching_marks(alice.person, dana) == []


def test_two_shared_cards_are_one_match(alice):
    dana = make_person(alice.tenant, "dana")
    for value in ("fp_1", "fp_2"):
        mark(Kind.CARD, value, alice.person, dana)

    assert matching_marks(alice.person, dana) == [{"kind": "card", "how": "same card"}]


def test_mark_at_another_tenant_is_no_match(alice, globex):
    charlie = make_person(globex, "charlie")
    mark(Kind.CARD, "fp_1", alice.person, charlie)

    assert matching_marks(alice.person, charlie) == []


def test_case_shows_the_winning_click(alice):
    click = record_click("ALICE", ip="198.51.100.7", user_agent=FIREFOX, visitor="v-1", at=NOON)
    referral = refer(alice.program, make_person(alice.tenant, "dana"), visitor="v-1", at=NOON)
    mark(Kind.CARD, "fp_1", alice.person, referral.referred)

    pay(referral, 100_00)

    assert Review.objects.get().evidence["touch"] == {
        "id": click.public_id,
        "code": "ALICE",
        "member": str(alice.uid),
        "kind": "click",
        "occurred_at": "2026-06-01T12:00:00+00:00",
        "expires_at": "2026-07-01T12:00:00+00:00",
    }


def test_case_of_a_touch_that_was_dropped_says_so(alice):
    referral = make_referral(alice, "dana")
    mark(Kind.CARD, "fp_1", alice.person, referral.referred)
    Attribution.objects.all().delete()

    pay(referral, 100_00)

    assert Review.objects.get().evidence["touch"] is None


def test_evidence_stays_as_it_was(alice):
    referral = make_referral(alice, "dana")
    mark(Kind.CARD, "fp_1", alice.person, referral.referred)
    pay(referral, 100_00, key="in_1")
    before = Review.objects.get().evidence

    Identifier.objects.all().delete()
    pay(referral, 40_00, key="in_2", at=NOON + timedelta(hours=1))

    assert Review.objects.get().evidence == before
    assert before["actions"] == [{"key": "in_1", "amount": 100_00, "currency": "USD"}]


def test_evidence_holds_no_personal_data(alice):
    referral = make_referral(alice, "dana", first_name="Dana", last_name="Petrova", email="dana.p@gmail.com")
    mark(Kind.CARD, "fp_1", alice.person, referral.referred)

    pay(referral, 100_00)

    text = json.dumps(Review.objects.get().evidence)
    assert [name for name in ("Dana", "Petrova", "dana.p", "danap", "Alice", "alice@") if name in text] == []
