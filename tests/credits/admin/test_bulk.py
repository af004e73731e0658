import pytest
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.urls import reverse
from django.utils import timezone

from credits.models import Reward
from credits.services.review import approve, claim
from tests.cast import make_member, pay, rewards_of
from tests.console import make_case, make_staff, messages_of, reading_only, sign_in

QUEUE = reverse("admin:credits_review_changelist")


def choose(client, action: str, cases, **data: str):
    """Tick cases in the queue and run an action on them; with `apply`, as its confirmation page does."""
    form = {"action": action, ACTION_CHECKBOX_NAME: [case.pk for case in cases], **data}
    return client.post(QUEUE, form if "apply" in data else {**form, "index": "0"}, follow=True)


@pytest.fixture
def cases(alice):
    return [make_case(alice, name) for name in ("dana", "erin", "frank")]


def test_the_confirmation_says_what_will_happen_and_changes_nothing(desk, cases):
    carol = make_staff("carol", group="Reviewer", first_name="Carol", last_name="Chen")
    claim(cases[1], by=carol, at=timezone.now())

    with reading_only():
        html = choose(desk, "reject_selected", cases).content.decode()

    assert "Reject 2 of 3 selected" in html
    assert "40.00 USD" in html  # twice 20.00 at risk; the case that Carol works on is left out
    assert "skipped: claimed by Carol Chen" in html
    assert "Both sides of each are denied; nothing is granted." in html
    assert html.count('name="_selected_action"') == 3


def test_totals_are_per_currency(desk, alice, program, cases):
    nora = make_member(program, "nora", code="NORA")
    euros = make_case(nora, "hana", amount=1)
    pay(euros.referral, 800_00, currency="EUR")

    html = choose(desk, "approve_selected", [*cases, euros]).content.decode()

    assert "60.00 USD" in html
    assert "100.00 EUR" in html  # a quarter of 800.00, at most 100.00; the 10.00 USD are less, so not what is shown


def test_approving_several(desk, cases):
    response = choose(desk, "approve_selected", cases, apply="1", reason="All known to us")

    assert messages_of(response) == ["3 cases approved."]
    for case in cases:
        case.refresh_from_db()
        assert (case.status, case.decided_by, case.decision_reason) == ("approved", "staff:bob", "All known to us")
        assert rewards_of(case.referral) == [("referrer", 10_00, "pending"), ("referred", 10_00, "pending")]


def test_rejecting_several_needs_a_reason(desk, cases):
    response = choose(desk, "reject_selected", cases, apply="1")

    assert "Say why: a rejection needs a reason." in response.content.decode()
    assert {case.status for case in cases} == {"open"}

    response = choose(desk, "reject_selected", cases, apply="1", usual="Made-up or throw-away identity")

    assert messages_of(response) == ["3 cases rejected."]
    for case in cases:
        case.refresh_from_db()
        assert (case.status, case.decision_reason) == ("rejected", "Made-up or throw-away identity")
    assert Reward.objects.count() == 0


def test_what_was_decided_or_claimed_meanwhile_is_skipped_and_named(desk, cases):
    carol = make_staff("carol", group="Reviewer", first_name="Carol", last_name="Chen")
    approve(cases[0], actor="staff:carol", by=carol, at=timezone.now())
    claim(cases[1], by=carol, at=timezone.now())

    response = choose(desk, "reject_selected", cases, apply="1", reason="duplicates")

    decided = f"Case {cases[0].pk} is already approved, by carol"
    claimed = f"Case {cases[1].pk} is claimed by Carol Chen, who is working on it"
    assert messages_of(response) == ["1 case rejected.", f"2 skipped. {decided}; {claimed}."]
    for case in cases:
        case.refresh_from_db()
    assert [case.status for case in cases] == ["approved", "open", "rejected"]


def test_the_whole_queue_cannot_be_decided_at_once(desk, cases):
    response = choose(desk, "approve_selected", cases, apply="1", select_across="1")

    assert messages_of(response) == ["Decide at most 200 cases at once: each deserves a look."]
    assert Reward.objects.count() == 0


def test_a_viewer_is_offered_no_action_and_gets_none(cases, db):
    viewer = sign_in(make_staff("victor", permission="view_review"))

    assert "approve_selected" not in viewer.get(QUEUE).content.decode()
    choose(viewer, "approve_selected", cases, apply="1")

    for case in cases:
        case.refresh_from_db()
    assert [case.status for case in cases] == ["open", "open", "open"]


def test_names_on_the_confirmation_are_escaped(desk, program):
    evil = "<script>alert(1)</script>"
    mallory = make_member(program, "mallory", code="MALLORY", first_name=evil)
    case = make_case(mallory, "dupe", first_name=evil)

    html = choose(desk, "approve_selected", [case]).content.decode()

    assert "<script>alert" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
