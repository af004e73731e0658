from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from credits.models import Review
from credits.services.programs import create_program
from credits.services.review import approve, claim
from referrals.models import Moderation, Person, Referral
from tests.cast import NOON, make_member, make_referral, pay
from tests.console import count_queries, explain, indexes_of, make_case, make_staff, reading_only, rows_read, scans_of

QUEUE = reverse("admin:credits_review_changelist")
FIRST_PAGE = 6  # statements: session, user, badge, programs for the filter, count, rows


def listed(client, query: str = "") -> list[int]:
    """The cases on the page, in its order."""
    return [review.pk for review in client.get(QUEUE + query).context["cl"].result_list]


@pytest.fixture
def many(alice) -> int:
    """20,000 open cases, made at once: 50 amounts, 500 deadlines."""
    make_case(alice, "dana")
    model = Review.objects.select_related("referral__referred").get()
    count = 20_000
    people = [Person(tenant=model.tenant, email=f"p{n}@x.example") for n in range(count)]
    people = Person.objects.bulk_create(people, batch_size=1000)
    fields = {"tenant_id": model.tenant_id, "program_id": model.referral.program_id, "code_id": model.referral.code_id}
    times = {"attributed_at": NOON, "expires_at": NOON + timedelta(days=30)}
    referrals = Referral.objects.bulk_create(
        [Referral(**fields, **times, referrer=alice, referred=person, status="review_required") for person in people],
        batch_size=1000,
    )
    Review.objects.bulk_create(
        [
            Review(
                tenant_id=model.tenant_id,
                referral=referral,
                reasons=["same_mailbox"],
                amount_at_risk=(n % 50) * 100,
                opened_at=NOON + timedelta(seconds=n),
                deadline=NOON + timedelta(minutes=n % 500),
            )
            for n, referral in enumerate(referrals)
        ],
        batch_size=1000,
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return count + 1


def test_open_cases_by_money_at_risk_then_deadline(desk, alice):
    small = make_case(alice, "erin", amount=8_00)
    late = make_case(alice, "frank", amount=40_00, at=NOON + timedelta(hours=1))
    early = make_case(alice, "grace", amount=40_00)
    decided = make_case(alice, "heidi", amount=90_00)
    approve(decided, actor="system", at=timezone.now())

    assert listed(desk) == [early.pk, late.pk, small.pk]
    assert listed(desk, "?status=approved") == [decided.pk]
    assert listed(desk, "?status=all") == [decided.pk, early.pk, late.pk, small.pk]


def test_the_first_page_takes_a_fixed_number_of_queries(root, alice):
    make_case(alice, "dana")
    one = count_queries(root, QUEUE)
    make_case(alice, "erin")
    make_case(alice, "frank")

    assert (one, count_queries(root, QUEUE)) == (FIRST_PAGE, FIRST_PAGE)


def test_the_first_page_of_a_long_queue_reads_no_table(root, many):
    """No statement of the page scans reviews, and none counts them all: the badge and the total both stop early."""
    with CaptureQueriesContext(connection) as captured:
        response = root.get(QUEUE)

    assert len(captured) == FIRST_PAGE
    plans = [explain(query["sql"]) for query in captured if "credits_review" in query["sql"]]
    assert [indexes_of(plan, "credits_review") for plan in plans] == [
        {"review_queue"},  # the total
        {"review_queue"},  # the rows
        {"review_by_deadline"},  # the badge
    ]
    assert [plan for plan in plans if "Seq Scan" in scans_of(plan, "credits_review")] == []
    assert max(rows_read(plan, "credits_review") for plan in plans) <= 10_001
    html = response.content.decode()
    assert "more than 10,000 reviews" in html
    assert "1000+" in html


def test_filters(desk, bob, acme, alice):
    partners = create_program(acme, name="partners", at=NOON)
    card = make_case(alice, "erin")
    asked = make_referral(alice, "frank")
    asked.referred_moderation = Moderation.PENDING
    asked.save(update_fields=["referred_moderation"])
    pay(asked, 8_00)
    manual = Review.objects.get(referral=asked)
    carol = make_staff("carol", group="Reviewer")
    claim(card, by=bob, at=timezone.now())
    claim(manual, by=carol, at=timezone.now())

    assert listed(desk, "?reason=same_card_fingerprint") == [card.pk]
    assert listed(desk, "?reason=manual_moderation") == [manual.pk]
    assert listed(desk, "?claim=mine") == [card.pk]
    assert listed(desk, "?claim=others") == [manual.pk]
    assert listed(desk, "?claim=free") == []
    assert listed(desk, f"?referral__program__id__exact={alice.program_id}") == [card.pk, manual.pk]
    assert listed(desk, f"?referral__program__id__exact={partners.pk}") == []


@pytest.mark.parametrize("term", ["ALICE", "alice", "dana@dana.example", "DANA@dana.EXAMPLE", "dana", "in_dana"])
def test_search_by_code_address_id_and_invoice(desk, alice, program, term):
    case = make_case(alice, "dana", invoice="in_dana")
    other = make_case(make_member(program, "zoe", code="ZOE"), "yan", invoice="in_yan")

    found = listed(desk, f"?q={term}")

    assert found == [case.pk]
    assert listed(desk, f"?q={case.referral.uid}") == [case.pk]
    assert listed(desk, f"?q={case.uid}") == [case.pk]
    assert listed(desk, "?q=in_yan") == [other.pk]
    assert listed(desk, "?q=nobody") == []


def test_the_queue_may_be_linked_to_by_referral(desk, alice):
    case = make_case(alice, "dana")
    make_case(alice, "erin")

    assert listed(desk, f"?referral__id__exact={case.referral_id}&status=all") == [case.pk]


def test_opening_the_queue_changes_nothing(desk, alice):
    make_case(alice, "dana")

    with reading_only():
        for query in ("", "?status=all", "?claim=mine", "?q=ALICE", "?o=3"):
            assert desk.get(QUEUE + query).status_code == 200
