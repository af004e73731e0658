"""Lists that stay fast on a big table: how they count, and how they search."""

import json

import pytest
from django.db import connection
from django.urls import reverse

from referrals.admin.lookups import person_condition, referrals_named
from referrals.models import Attribution, Person, Referral
from referrals.services.attributions import record_click
from tenants.admin import base
from tenants.admin.base import BoundedPaginator, OrderedPaginator, estimate_rows
from tests.cast import NOON, make_member, make_person, make_referral, pay
from tests.console import count_queries, scans_of

INDEXED = {"Index Scan", "Index Only Scan", "Bitmap Heap Scan"}
REFERRALS = reverse("admin:referrals_referral_changelist")


def listed(client, model: str, query: str) -> list[int]:
    page = client.get(reverse(f"admin:referrals_{model}_changelist") + query)
    return sorted(row.pk for row in page.context["cl"].result_list)


@pytest.fixture
def people(acme) -> int:
    Person.objects.bulk_create([Person(tenant=acme, email=f"p{n}@x.example") for n in range(40)])
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE referrals_person")
    return 40


@pytest.fixture
def counts_ten(monkeypatch):
    monkeypatch.setattr(base, "COUNTED", 10)


def test_a_short_list_is_counted(people):
    paginator = BoundedPaginator(Person.objects.order_by("-id"), 5)

    assert (paginator.count, paginator.num_pages, paginator.count_label) == (40, 8, "40")


def test_a_long_list_shows_what_the_planner_believes(people, counts_ten):
    paginator = BoundedPaginator(Person.objects.order_by("-id"), 5)

    assert (paginator.count, paginator.count_label) == (40, "about 40")


def test_a_long_filtered_list_says_that_it_is_longer(people, counts_ten):
    paginator = BoundedPaginator(Person.objects.filter(email__contains="x").order_by("-id"), 5)

    assert (paginator.count, paginator.count_label) == (11, "more than 10")


def test_counting_stops_along_the_index_of_the_page(people, counts_ten, django_assert_num_queries):
    with django_assert_num_queries(1) as captured:
        assert OrderedPaginator(Person.objects.filter(email__contains="x").order_by("-id"), 5).count == 11

    assert "ORDER BY" in captured[0]["sql"]
    assert "LIMIT 11" in captured[0]["sql"]


def test_the_estimate_takes_in_partitions(alice):
    record_click("ALICE", ip="203.0.113.7", user_agent="Mozilla/5.0 Firefox/130.0", at=NOON)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE referrals_attribution")

    assert estimate_rows(Attribution) == Attribution.objects.count() == 1


@pytest.mark.parametrize("term", ["dana@dana.example", "Dana@Dana.Example ", "dana", "NORA", "nora", "in_7"])
def test_referrals_by_code_address_id_and_invoice(root, program, alice, term):
    nora = make_member(program, "nora", code="NORA")
    referral = make_referral(nora, "dana")
    pay(referral, 10_00, key="in_7")
    make_referral(alice, "erin")

    assert listed(root, "referral", f"?q={term}") == [referral.pk]
    assert listed(root, "referral", f"?q={referral.uid}") == [referral.pk]
    assert listed(root, "referral", f"?q={referral.pk}") == [referral.pk]
    assert listed(root, "referral", "?q=nobody@x.example") == []


@pytest.mark.parametrize(
    ("model", "term"),
    [("person", "dana@dana.example"), ("person", "cus_dana"), ("member", "nora"), ("code", "NORA"), ("action", "in_7")],
)
def test_other_lists_by_what_names_their_rows(root, program, alice, model, term):
    nora = make_member(program, "nora", code="NORA")
    referral = make_referral(nora, "dana")
    referral.referred.identifiers.create(tenant=referral.tenant, kind="stripe_customer", value="cus_dana")
    action = pay(referral, 10_00, key="in_7")
    pay(make_referral(alice, "erin"), 10_00)
    rows = {"person": referral.referred, "member": nora, "code": nora.codes.get(), "action": action}

    assert listed(root, model, f"?q={term}") == [rows[model].pk]


def test_touches_by_code_id_and_visitor(root, alice, program):
    make_referral(alice, "dana")
    touch = Attribution.objects.get()
    make_referral(make_member(program, "nora", code="NORA"), "hana")

    assert listed(root, "attribution", "?q=ALICE") == [touch.pk]
    assert listed(root, "attribution", f"?q={touch.public_id}") == [touch.pk]
    assert listed(root, "attribution", "?q=attr_zz") == []
    assert listed(root, "attribution", "?q=attr_") == []


def test_a_number_too_long_for_an_id_finds_nothing(root, alice):
    assert listed(root, "referral", f"?q={'9' * 30}") == []


def test_both_tenants_are_searched(root, acme, globex, alice):
    make_person(acme, "dana", email="dana@x.example")
    make_person(globex, "dana", email="dana@x.example")

    assert len(listed(root, "person", "?q=dana@x.example")) == 2


def test_searching_takes_a_fixed_number_of_queries(root, alice):
    make_referral(alice, "dana")
    one = count_queries(root, f"{REFERRALS}?q=ALICE")
    make_referral(alice, "erin")
    make_referral(alice, "frank")

    assert one == count_queries(root, f"{REFERRALS}?q=ALICE")


@pytest.mark.parametrize("term", ["p77@x.example", "ALICE"])
def test_searching_reads_no_whole_table(alice, acme, term):
    """With 20,000 people and as many referrals of one member, a rare name and a common one go through an index."""
    make_referral(alice, "dana")
    people = [Person(tenant=acme, email=f"p{n}@x.example") for n in range(20_000)]
    fields = {"tenant": acme, "program": alice.program, "code": alice.codes.get(), "referrer": alice}
    times = {"attributed_at": NOON, "expires_at": NOON}
    rows = [Referral(**fields, **times, referred=person) for person in Person.objects.bulk_create(people, 1000)]
    Referral.objects.bulk_create(rows, 1000)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")

    (condition,) = referrals_named(term)
    page = Referral.objects.filter(condition).order_by("-pk")[:50]

    (plan,) = json.loads(page.explain(format="json"))
    assert set(scans_of(plan["Plan"], "referrals_referral")) <= INDEXED
    (plan,) = json.loads(Person.objects.filter(person_condition(term)).explain(format="json"))
    assert set(scans_of(plan["Plan"], "referrals_person")) <= INDEXED
