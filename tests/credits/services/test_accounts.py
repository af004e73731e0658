from credits.services.accounts import sync_account
from credits.services.books import check_books
from referrals.models import Action
from referrals.services.accounts import apply_code
from referrals.services.registration import register_person
from tests.cast import NOON, rewards_of

PAID = {"status": "PAID", "interval": "YEAR", "interval_count": 1, "value": 200_00, "currency": "USD"}


def test_the_first_payment_of_an_account_earns_once(acme, alice):
    dana = register_person(acme, account_id="co", external_id="dana", at=NOON).person
    referral = apply_code(dana, "ALICE", at=NOON)

    for _ in range(3):
        sync_account(acme, "co", at=NOON, actor="key:x", **PAID)

    assert rewards_of(referral) == [("referrer", 50_00, "pending"), ("referred", 10_00, "pending")]
    assert Action.objects.values_list("kind", "amount", "currency").get() == ("api", 200_00, "USD")
    assert check_books(at=NOON).ok
