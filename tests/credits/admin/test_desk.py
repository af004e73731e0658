import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from credits.models import Review
from credits.services.review import approve, claim
from referrals.models import Decision, Referral
from tests.cast import make_member, pay, rewards_of
from tests.console import count_queries, make_case, make_staff, messages_of, sign_in

QUEUE = reverse("admin:credits_review_changelist")
NEXT = reverse("admin:credits_review_next")


def page_of(review: Review) -> str:
    return reverse("admin:credits_review_change", args=[review.pk])


def step(client: Client, review: Review, name: str, **data: str):
    return client.post(reverse(f"admin:credits_review_{name}", args=[review.pk]), data, follow=True)


@pytest.fixture
def case(alice) -> Review:
    return make_case(alice, "dana", invoice="in_dana")


@pytest.fixture
def carol(db):
    return make_staff("carol", group="Reviewer", first_name="Carol", last_name="Chen")


def test_the_page_shows_why_what_and_how_much(desk, case):
    html = desk.get(page_of(case)).content.decode()

    assert "Both people have paid with the same card." in html
    assert "same card</span>" in html  # the matching field, and how it matches
    assert "20.00 USD" in html  # at risk: a quarter of 40.00, and 10.00 for dana
    assert "10.00 USD" in html
    assert "Referrer: 25% of each payment" in html
    assert "Paid 40.00 USD" in html
    assert "in_dana" in html


def test_the_page_of_a_case_takes_a_fixed_number_of_queries(root, alice, case):
    count = count_queries(root, page_of(case))
    pay(case.referral, 50_00)
    pay(case.referral, 60_00)

    assert count_queries(root, page_of(case)) == count == 13


def test_approving_grants_and_goes_back_to_the_queue(desk, bob, case):
    response = step(desk, case, "approve", note="Known to us")

    case.refresh_from_db()
    assert response.redirect_chain == [(QUEUE, 302)]
    assert messages_of(response) == [f"Case {case.pk} approved."]
    assert (case.status, case.decided_by, case.decision_reason) == ("approved", "staff:bob", "Known to us")
    assert rewards_of(case.referral) == [("referrer", 10_00, "pending"), ("referred", 10_00, "pending")]


def test_rejecting_grants_nothing_and_keeps_the_reason(desk, case):
    step(desk, case, "reject", usual="Both people are the same person", reason="same flat")

    case.refresh_from_db()
    assert (case.status, case.decided_by) == ("rejected", "staff:bob")
    assert case.decision_reason == "Both people are the same person: same flat"
    assert rewards_of(case.referral) == []
    assert Referral.objects.get().status == Referral.Status.REJECTED


def test_after_deciding_the_next_case_is_taken(desk, bob, alice, case):
    small = make_case(alice, "erin", amount=4_00)
    large = make_case(alice, "frank", amount=200_00)

    response = step(desk, case, "approve", then="next")

    large.refresh_from_db()
    small.refresh_from_db()
    assert response.redirect_chain == [(page_of(large), 302)]
    assert (large.claimed_by, small.claimed_by) == (bob, None)


def test_taking_the_next_case_of_an_empty_queue_says_so(desk):
    response = desk.post(NEXT, follow=True)

    assert response.redirect_chain == [(QUEUE, 302)]
    assert messages_of(response) == ["No case is waiting: the queue is empty, or others are working on all of it."]


def test_claiming_and_releasing(desk, bob, case):
    step(desk, case, "claim")
    case.refresh_from_db()
    assert case.claimed_by == bob

    response = step(desk, case, "release")
    case.refresh_from_db()
    assert case.claimed_by is None
    assert response.redirect_chain == [(QUEUE, 302)]


def test_a_rejection_needs_a_reason(desk, case):
    response = step(desk, case, "reject", reason="   ")

    case.refresh_from_db()
    assert case.status == "open"
    assert messages_of(response) == [f"Case {case.pk} was not rejected: say why, or choose one of the usual reasons."]


def test_a_case_another_is_working_on_is_left_to_them(desk, carol, case):
    claim(case, by=carol, at=timezone.now())

    for name in ("claim", "approve"):
        assert messages_of(step(desk, case, name)) == [
            f"Case {case.pk} is claimed by Carol Chen, who is working on it."
        ]
    case.refresh_from_db()
    assert (case.status, case.claimed_by) == ("open", carol)
    html = desk.get(page_of(case)).content.decode()
    assert "Carol Chen is working on this case" in html
    assert reverse("admin:credits_review_approve", args=[case.pk]) not in html


def test_a_case_decided_meanwhile_says_by_whom(desk, carol, case):
    approve(case, actor="staff:carol", by=carol, at=timezone.now())

    response = step(desk, case, "reject", reason="too late")

    assert messages_of(response) == [f"Case {case.pk} is already approved, by carol."]
    assert Decision.objects.filter(kind="review").count() == 1


def test_nobody_decides_about_their_own_address(program, case, db):
    dana = make_staff("dana", group="Reviewer")
    dana.email = "dana@dana.example"
    dana.save()

    response = step(sign_in(dana), case, "approve")

    assert messages_of(response) == [f"Case {case.pk} is about your own e-mail address: somebody else must decide it."]
    case.refresh_from_db()
    assert case.status == "open"


def test_a_viewer_reads_but_cannot_decide(case, db):
    viewer = sign_in(make_staff("victor", permission="view_review"))

    html = viewer.get(page_of(case)).content.decode()

    assert "Deciding needs the Reviewer role" in html
    assert "<textarea" not in html
    for name in ("claim", "release", "approve", "reject"):
        assert step(viewer, case, name, reason="no").status_code == 403
    assert viewer.post(NEXT).status_code == 403
    case.refresh_from_db()
    assert (case.status, case.claimed_by) == ("open", None)


def test_staff_without_the_permission_do_not_see_the_case(case, db):
    assert sign_in(make_staff("olaf")).get(page_of(case)).status_code == 403


def test_a_decision_is_a_post_with_a_token(bob, case):
    client = Client(enforce_csrf_checks=True)
    client.login(username="bob", password="a long password")
    url = reverse("admin:credits_review_approve", args=[case.pk])

    assert client.post(url).status_code == 403
    assert client.get(url).status_code == 405
    assert client.post(page_of(case), {"status": "approved"}).status_code == 403
    case.refresh_from_db()
    assert case.status == "open"


def test_the_page_itself_takes_no_post(desk, case):
    assert desk.post(page_of(case), {"status": "approved"}).status_code == 405


def test_no_such_case(desk):
    assert desk.get(reverse("admin:credits_review_change", args=["999999"])).status_code == 404
    assert desk.get(reverse("admin:credits_review_change", args=["x"])).status_code == 404


def test_what_people_and_reviewers_write_is_escaped(desk, alice, program):
    evil = "<script>alert(1)</script>"
    mallory = make_member(program, "mallory", code="MALLORY", first_name=evil, last_name='"><img src=x onerror=y>')
    case = make_case(mallory, "dupe", first_name=evil, email=f"{evil}@x.example")

    pages = [desk.get(page_of(case)), desk.get(QUEUE)]
    step(desk, case, "reject", reason=evil)
    pages += [desk.get(page_of(case)), desk.get(f"{QUEUE}?status=all")]

    for page in pages:
        html = page.content.decode()
        assert "<script>alert" not in html
        assert "<img src=x" not in html
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html


def test_a_decided_case_stays_readable_when_its_people_change(desk, case):
    step(desk, case, "reject", reason="same card")
    case.referral.referred.identifiers.all().delete()

    html = desk.get(page_of(case)).content.decode()

    assert "same card</span>" in html  # the match was frozen with the case
    assert "Found nothing: " in html
