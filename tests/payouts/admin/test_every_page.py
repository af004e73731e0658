"""Every list and every page of the console: it is there, it reads only, and more rows cost no more queries."""

import pytest
from django.contrib import admin
from django.db.models import Model
from django.urls import reverse

from credits.models import Review, RewardRule
from credits.services.books import check_books
from credits.services.rules import add_rule
from events.services.endpoints import send_test, subscribe
from payouts.models import StripeCheck, StripeEvent
from referrals.services.outreach.inviting import Contact, add_invites
from referrals.services.outreach.suppressions import suppress_email
from tenants.models import Usage
from tenants.services.keys import create_key
from tests.cast import NOON, make_member, make_program, make_referral, make_tenant, pay
from tests.console import count_queries, make_case, make_staff
from tests.payouts.admin.worlds import make_method, make_payout

PAGES = list(admin.site._registry)
MOST = 20  # statements of any list or page


def url_of(model: type[Model], page: str, *args: object) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def grow(name: str) -> None:
    """One more of everything the console shows."""
    tenant = make_tenant(name)
    program = make_program(tenant)
    member = make_member(program, "member", code="CODE")
    pay(make_referral(member, "paying"), 40_00)
    make_case(member, "held")
    add_rule(program, at=NOON, name="More", side="referrer", kind="fixed", amount=1, currency="JPY")
    check_books(at=NOON)
    create_key(tenant, scopes=["read"], name="a key", at=NOON)
    Usage.objects.create(tenant=tenant, day=NOON.date(), credits=5)
    make_staff(name, group="Reviewer")
    times = {"created_at": NOON, "received_at": NOON, "next_attempt_at": NOON}
    StripeEvent.objects.create(
        tenant=tenant, event_id="evt_1", type="invoice.paid", livemode=False, payload={}, **times
    )
    make_payout(make_method(program, "Transfer", kind="stripe_transfer", hold_above=0), "payee")
    send_test(subscribe(tenant, dialect="saasquatch", url="https://hooks.test/", at=NOON), topic="test", at=NOON)
    add_invites(tenant, [Contact("ida@x.example", "Ida")], member=member, at=NOON)
    suppress_email(tenant, "stop@x.example", source="api", at=NOON)
    StripeCheck.objects.create(
        tenant=tenant, ran_at=NOON, ok=False, payouts=1, events=1, fetched=0, differences=["one", "another"]
    )


@pytest.fixture
def one_of_each(root):
    grow("first")


def test_lists_of_three_cost_as_much_as_lists_of_one(root, one_of_each):
    lists = {model.__name__: url_of(model, "changelist") for model in PAGES}
    of_one = {name: count_queries(root, url) for name, url in lists.items()}
    grow("second")
    grow("third")

    assert {name: count_queries(root, url) for name, url in lists.items()} == of_one
    assert max(of_one.values()) <= MOST


def test_every_page_opens_and_reads_only(root, one_of_each):
    counts = {model.__name__: count_queries(root, url_of(model, "change", model.objects.first().pk)) for model in PAGES}

    assert max(counts.values()) <= MOST, counts


def test_a_page_with_three_rows_inside_costs_as_much_as_with_one(root, one_of_each):
    case = Review.objects.select_related("referral__referrer__person").get()
    referral = case.referral
    urls = [
        url_of(type(row), "change", row.pk) for row in (referral, referral.referrer.person, referral.referrer, case)
    ]
    of_one = [count_queries(root, url) for url in urls]
    make_case(referral.referrer, "second")
    for amount in (50_00, 60_00):
        pay(referral, amount)

    assert [count_queries(root, url) for url in urls] == of_one


def test_pages_for_adding_open_and_read_only(root, one_of_each):
    shown = [model for model in PAGES if root.get(url_of(model, "add")).status_code == 200]

    assert RewardRule in shown
    for model in shown:
        count_queries(root, url_of(model, "add"))


def test_nobody_signed_out_sees_a_page(client, one_of_each):
    for model in PAGES:
        assert client.get(url_of(model, "changelist")).status_code == 302
        assert client.get(url_of(model, "change", model.objects.first().pk)).status_code == 302


def test_every_list_can_be_searched_and_filtered_for_nothing(root, one_of_each):
    for model in PAGES:
        for query in ("?q=nothing-such", "?q=%00", "?q=" + "9" * 40, "?p=99", "?o=1.2"):
            assert root.get(url_of(model, "changelist") + query, follow=True).status_code in (200, 400), (model, query)
