from django.urls import reverse

from credits.models import BooksCheck, LedgerEntry, Reward
from credits.services.books import check_books
from credits.services.maturation import mature_pending
from tests.cast import NOON, make_member, make_referral, pay
from tests.console import make_staff, sign_in

LEDGER = reverse("admin:credits_ledgerentry_changelist")
REWARDS = reverse("admin:credits_reward_changelist")


def listed(client, url: str) -> list[int]:
    return [row.pk for row in client.get(url).context["cl"].result_list]


def test_a_person_s_ledger_shows_what_they_hold(desk, alice):
    pay(make_referral(alice, "dana"), 40_00)
    pay(make_referral(alice, "erin"), 80_00, currency="EUR")

    page = desk.get(f"{LEDGER}?person__id__exact={alice.person_id}")

    assert page.context["balances"] == [
        {"currency": "EUR", "buckets": [("Pending", "20.00 EUR"), *_nothing("EUR")]},
        {"currency": "USD", "buckets": [("Pending", "10.00 USD"), *_nothing("USD")]},
    ]
    assert [entry.person for entry in page.context["cl"].result_list] == [alice.person] * 2


def _nothing(currency: str) -> list[tuple[str, str]]:
    return [(bucket, f"0.00 {currency}") for bucket in ("Available", "Reserved", "Paid")]


def test_the_ledger_of_everybody_shows_no_balance(desk, alice):
    pay(make_referral(alice, "dana"), 40_00)

    page = desk.get(LEDGER)

    assert (page.context["person"], page.context["balances"]) == (None, [])
    assert page.context["cl"].result_count == 2


def test_a_mistyped_person_is_no_error(desk, alice):
    assert desk.get(f"{LEDGER}?person__id__exact=x", follow=True).status_code == 200


def test_rewards_by_status_currency_and_person(desk, program, alice):
    pay(make_referral(alice, "dana"), 40_00)
    nora = make_member(program, "nora", code="NORA")
    euros = pay(make_referral(nora, "hana"), 80_00, currency="EUR")
    reward = Reward.objects.get(action=euros, side="referrer")

    assert listed(desk, f"{REWARDS}?currency=eur") == [reward.pk]
    assert listed(desk, f"{REWARDS}?q=nora@nora.example") == [
        each.pk for each in Reward.objects.filter(referral=reward.referral).order_by("-pk")
    ]
    assert listed(desk, f"{REWARDS}?person__id__exact={nora.person_id}") == [reward.pk]
    assert listed(desk, f"{REWARDS}?status__exact=available") == []


def test_money_is_only_read(root, alice):
    pay(make_referral(alice, "dana"), 40_00)
    mature_pending(at=NOON)
    check_books(at=NOON)

    for model in (Reward, LedgerEntry, BooksCheck):
        name = f"admin:credits_{model._meta.model_name}"
        row = model.objects.first()
        assert root.post(reverse(f"{name}_change", args=[row.pk]), {"amount": "1"}).status_code == 403
        assert root.post(reverse(f"{name}_delete", args=[row.pk]), {"post": "yes"}).status_code == 403
        assert root.get(reverse(f"{name}_add")).status_code == 403


def test_books_that_differ_are_listed_with_the_rows(root, db):
    BooksCheck.objects.create(
        ran_at=NOON, ok=False, rewards=1, entries=2, differences=["states: reward <b>7</b>"], seconds=0.1
    )

    html = root.get(reverse("admin:credits_bookscheck_change", args=[BooksCheck.objects.get().pk])).content.decode()

    assert "states: reward &lt;b&gt;7&lt;/b&gt;" in html
    assert "Differ" in html


def test_staff_without_a_role_see_no_money(db, alice):
    olaf = sign_in(make_staff("olaf"))

    assert olaf.get(LEDGER).status_code == 403
    assert olaf.get(REWARDS).status_code == 403
