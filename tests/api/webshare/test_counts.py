"""How many credits there are: exact at once, folded or not, whatever changed them; and pages found by it."""

import pytest
from django.db import transaction
from django.test import Client

from api.webshare.counts import Place, Wanted, find_place, fold_credits, recount_credits
from api.webshare.models import BLOCK, CreditCount, CreditDelta
from api.webshare.tasks import fold_credits as fold_credits_task
from credits.models import Reward
from credits.services.by_hand import give_reward
from credits.services.maturation import mature_pending
from tests.api.webshare.worlds import MATURED, make_coupon, refer_by, token_of
from tests.cast import make_referral, pay
from tests.credits.bulk import add_credits

LIST = "/api/v2/referral/credit/"


@pytest.fixture(params=["folded", "not folded"])
def maybe_fold(request):
    return fold_credits if request.param == "folded" else lambda: None


def count(member, **wanted) -> int:
    return find_place(Wanted(member.tenant_id, **wanted), offset=0, limit=0).total


def walk(client: Client, size: int, **query) -> list[int]:
    """The ids on all pages, each asked for by its number."""
    ids: list[int] = []
    total = client.get(LIST, query).json()["count"]
    for page in range(1, -(-total // size) + 1):
        answer = client.get(LIST, {**query, "page": page, "page_size": size}).json()
        assert answer["count"] == total
        ids += [credit["id"] for credit in answer["results"]]
    assert len(ids) == total
    return ids


def test_a_credit_counts_at_once_and_when_folded(payer, maybe_fold):
    coupon = make_coupon(payer, "SUMMER20")
    pay(make_referral(payer, "dana"), 10_00)
    maybe_fold()
    pay(refer_by(coupon, "erin"), 10_00)

    assert count(payer) == 2
    assert count(payer, person_id=payer.person_id) == 2
    assert [count(payer, channel_id=channel) for channel in (coupon.pk, 0, 10**9)] == [1, 1, 0]
    assert [count(payer, mode=mode) for mode in ("credits", "payout")] == [2, 0]


def test_a_change_of_state_moves_it(payer, maybe_fold):
    pay(make_referral(payer, "dana"), 10_00)
    maybe_fold()
    mature_pending(at=MATURED)
    maybe_fold()
    Reward.objects.update(status="processing")

    words = ("pending", "available", "reverted")
    assert [count(payer, status=word) for word in words] == [0, 1, 0]
    assert [count(payer, status=word, person_id=payer.person_id) for word in words] == [0, 1, 0]


def test_what_is_rolled_back_was_never_counted(payer):
    with transaction.atomic():
        pay(make_referral(payer, "dana"), 10_00)
        transaction.set_rollback(True)

    assert count(payer) == 0


def test_a_credit_given_by_hand_counts_as_of_no_channel(payer, reader, maybe_fold):
    for rows in range(1, 3):
        give_reward(payer.person, payer.program, amount=500, currency="USD", actor="staff:bob", at=MATURED)
        maybe_fold()
        assert count(payer, channel_id=0) == count(payer, person_id=payer.person_id, channel_id=0) == rows
    recount_credits()

    for query in ({}, {"referral_channel": ""}, {"status": "pending"}, {"status": "available"}):
        answer = reader.get(LIST, query).json()
        assert answer["count"] == len(answer["results"])
    assert reader.get(LIST, {"referral_channel": ""}).json()["count"] == 2


def test_other_currencies_do_not_count(payer):
    pay(make_referral(payer, "dana"), 10_00, currency="EUR")

    assert count(payer) == 0


def test_a_change_that_says_nothing_of_the_counts_appends_nothing(payer):
    pay(make_referral(payer, "dana"), 10_00)
    fold_credits()

    Reward.objects.update(updated_at=MATURED)

    assert not CreditDelta.objects.exists()


def test_the_sweep_folds_and_nothing_is_left(payer):
    pay(make_referral(payer, "dana"), 10_00)

    assert fold_credits_task() == 2
    assert fold_credits_task() == 0
    assert sorted(CreditCount.objects.values_list("person_id", "status", "n")) == [
        (0, "pending", 1),
        (payer.person_id, "pending", 1),
    ]


def test_counting_anew_finds_the_same(alice):
    add_credits(alice, referrals=5, payments=2)
    fold_credits()
    before = sorted(CreditCount.objects.values_list("person_id", "block", "mode", "status", "channel_id", "n"))

    recount_credits()

    counts = CreditCount.objects.values_list("person_id", "block", "mode", "status", "channel_id", "n")
    assert sorted(counts) == before


@pytest.mark.parametrize("newest_first", [True, False])
def test_a_place_lies_in_the_blocks_that_hold_it(alice, newest_first):
    made = add_credits(alice, referrals=2000)
    ids = list(Reward.objects.order_by("-pk" if newest_first else "pk").values_list("pk", flat=True))
    wanted = Wanted(alice.tenant_id)

    for offset in (0, 1, 1023, 1024, 2500, made - 1):
        count, spans, skip = find_place(wanted, offset=offset, limit=25, newest_first=newest_first)
        within = [pk for pk in ids if any(lower <= pk < upper for lower, upper in spans)]
        assert count == made
        assert within[skip : skip + 25] == ids[offset : offset + 25]
        assert len(within) <= 2 << BLOCK
    assert find_place(wanted, offset=made, limit=25) == Place(made, [], 0)


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"ordering": "id"},
        {"ordering": "-amount"},
        {"ordering": "created_at"},
        {"status": "pending"},
        {"status": "reverted"},
        {"mode": "credits", "referral_channel": ""},
        {"amount__gt": "1"},
    ],
)
@pytest.mark.parametrize("bound", [False, True])
def test_all_pages_together_are_the_list(acme, alice, query, bound):
    add_credits(alice, referrals=1200)
    for chosen in (7, 100, 900):
        Reward.objects.filter(pk=Reward.objects.order_by("pk")[chosen].pk).update(
            status="reverted", reverted_at=MATURED
        )
    token = token_of(acme, person=alice.person if bound else None)

    ids = walk(Client(headers={"Authorization": f"Token {token}"}), 100, **query)

    wanted = Reward.objects.filter(person=alice.person) if bound else Reward.objects.all()
    wanted = wanted.filter(status=query["status"]) if "status" in query else wanted
    wanted = wanted.filter(amount__gt=100) if "amount__gt" in query else wanted
    orders = {"id": ["pk"], "-amount": ["-amount", "-pk"], "created_at": ["created_at", "pk"]}
    expected = wanted.order_by(*orders.get(query.get("ordering"), ["-pk"]))
    assert ids == list(expected.values_list("pk", flat=True))


@pytest.mark.parametrize("page", ["2", "0", "-1", "x", "9" * 40, "1.5"])
def test_a_page_that_is_none(reader, payer, page):
    pay(make_referral(payer, "dana"), 10_00)

    answer = reader.get(LIST, {"page": page})

    assert (answer.status_code, answer.json()) == (404, {"detail": "Invalid page."})


def test_the_last_page_by_its_word(reader, payer):
    for number in range(3):
        pay(make_referral(payer, f"friend{number}"), 10_00)

    assert len(reader.get(LIST, {"page": "last", "page_size": 2}).json()["results"]) == 1
