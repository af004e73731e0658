"""A thousand random histories: what the books say is what a naive model says, and what they add up to is nothing.

Each history happens to the same small world, in a savepoint that is rolled back: Alice refers Dana and Gina, Bert
refers Erin, Hugo and earlier Finn, who let his window pass, and in a second program, where a person approves the
referred side first, Alice refers Bert. The model is in books_model.py.
"""

from collections import Counter
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import count

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from credits.models import LedgerEntry, Review, RewardRule
from credits.services.books import check_books
from credits.services.ledger import balances
from credits.services.maturation import mature_pending
from credits.services.moderation import moderate
from credits.services.programs import create_program
from credits.services.review import approve, reject
from credits.services.rewards import reward_action
from credits.services.rules import add_rule, revise_rule
from referrals.models import Identifier, Member, Person, Program, Referral
from referrals.services.members import enrol
from referrals.services.people import note_identifier
from referrals.services.referrals import expire_referrals
from tests.cast import NOON, make_member, make_program, make_referral, make_tenant
from tests.flows.books_model import APPROVED, DENIED, PENDING, Bond, Books, Rule, add_books, revise

DAY = timedelta(days=1)
HISTORIES = 1000
CURRENCIES = ("USD", "JPY", "KWD")
KEPT_RULES = ("same_card_fingerprint", "same_stripe_customer", "same_mailbox")
OTHER_RULES = [
    "similar_name", "shared_ip", "disposable_domain", "referrer_velocity", "existing_customer", "referrer_refund_rate",
]  # fmt: skip
BOTH, NEITHER = frozenset({"referrer", "referred"}), frozenset()

LENGTHS = st.integers(3, 8)
referrals = st.integers(0, 5)
amounts = st.integers(1, 60_000) | st.integers(1, 60_000) | st.sampled_from([1, 2, 3, 6, 10, 1002, 1006])
ARGUMENTS = {
    "pay": (referrals, st.sampled_from(CURRENCIES), amounts, st.sampled_from([0, 0, 0, 5, 25])),
    "mature": (st.sampled_from([0, 1, 9, 10, 20, 30, 31]),),
    "moderate": (
        referrals,
        st.sampled_from(["referrer", "referred"]),
        st.sampled_from([APPROVED, DENIED, "other", "other"]),
    ),
    "decide": (st.sampled_from([BOTH, BOTH, {"referrer"}, {"referred"}, NEITHER, None]),),
    "expire": (st.sampled_from([0, 10, 60]),),
    "share_card": (referrals,),
    "disable": (referrals,),
    "revise": (st.sampled_from(["share", "bonus", "early", "gift"]), st.integers(1, 4)),
}
OFTEN = ["pay"] * 6 + ["mature"] * 3 + ["moderate"] * 3 + ["decide"] * 2
STEPS = [*OFTEN, "expire", "expire", "share_card", "disable", "disable", "revise"]


@dataclass
class World:
    """The rows a history happens to, and the terms its model starts from."""

    referrals: list[Referral]
    rules: dict[str, RewardRule]


@pytest.fixture
def world(db) -> World:
    acme = make_tenant("acme")
    default = make_program(acme, attribution_window_days=60, disabled_rules=OTHER_RULES)
    share, bonus = RewardRule.objects.order_by("id")
    careful = create_program(
        acme, name="careful", referred_moderation=PENDING, hold_days=10, attribution_window_days=60,
        disabled_rules=OTHER_RULES, at=NOON,
    )  # fmt: skip
    early = add_rule(
        careful, name="early", side="referrer", kind="percentage", initial_rate=Decimal("0.333333"),
        ongoing_rate=Decimal("0.05"), initial_rate_days=20, hold_days=0, at=NOON,
    )  # fmt: skip
    gift = add_rule(
        careful, name="gift", side="referred", kind="fixed", amount=1500, currency="KWD", duration_days=40,
        max_per_referred=4000, at=NOON,
    )  # fmt: skip
    alice, bert = make_member(default, "alice", code="ALICE"), make_member(default, "bert", code="BERT")
    made = [make_referral(alice, "dana"), make_referral(bert, "erin")]
    made.append(make_referral(enrol(careful, alice.person, code="CAREFUL", at=NOON), "bert"))
    made += [make_referral(bert, "finn", at=NOON - 60 * DAY), make_referral(alice, "gina"), make_referral(bert, "hugo")]
    assert expire_referrals(at=NOON) == 1
    return World(made, {"share": share, "bonus": bonus, "early": early, "gift": gift})


def model_of_the_world() -> list[Bond]:
    terms = {
        "default": [
            Rule("share", "referrer", NOON, hold_days=30, rate=250_000, most=100_00),
            Rule("bonus", "referred", NOON, hold_days=30, fixed=10_00, currency="USD", once=True),
        ],
        "careful": [
            Rule("early", "referrer", NOON, hold_days=0, rate=333_333, later_rate=50_000, rate_days=20),
            Rule("gift", "referred", NOON, hold_days=10, fixed=1500, currency="KWD", duration_days=40, most=4000),
        ],
    }
    ends = NOON + 60 * DAY
    approved = {"referrer": APPROVED, "referred": APPROVED}
    return [
        Bond("alice", "dana", ends, terms["default"], dict(approved)),
        Bond("bert", "erin", ends, terms["default"], dict(approved)),
        Bond("alice", "bert", ends, terms["careful"], {"referrer": APPROVED, "referred": PENDING}),
        Bond("bert", "finn", NOON, terms["default"], dict(approved), is_expired=True),
        Bond("alice", "gina", ends, terms["default"], dict(approved)),
        Bond("bert", "hugo", ends, terms["default"], dict(approved)),
    ]


class History:
    """Does each step twice: to the rows by the services, and to the model."""

    def __init__(self, world: World) -> None:
        self.world, self.bonds = world, model_of_the_world()
        self.now = NOON
        self.numbers = count(1)
        self.expected: dict[datetime, Books] = {}

    def begin(self) -> None:
        """Dana, Bert, Gina and Hugo have paid: Dana's payment has earned, Bert's waits for a person, what Gina's earned
        was taken back on one side, and Hugo's second made known a card that holds what the first had earned, although
        one side was approved since.
        """
        self.pay(0, "USD", 100_00, 0)
        self.pay(2, "KWD", 10_001, 0)
        self.pay(4, "USD", 380_00, 0)
        self.moderate(4, "referrer", DENIED)
        self.pay(5, "JPY", 9_999, 0)
        self.share_card(5)
        self.pay(5, "USD", 50_00, 0)
        self.moderate(5, "referrer", APPROVED)
        self.expected[self.now] = add_books(self.bonds)

    def run(self, draw) -> None:
        for _ in range(draw(LENGTHS, label="steps")):
            name = draw(st.sampled_from(STEPS))
            arguments = [draw(each) for each in ARGUMENTS[name]]
            note(f"{name} {arguments}")
            getattr(self, name)(*arguments)
            self.expected[self.now] = add_books(self.bonds)

    def pay(self, which, currency, amount, days_late) -> None:
        occurred = self.now - days_late * DAY
        reward_action(
            self.world.referrals[which], kind="invoice", key=f"in_{next(self.numbers)}", amount=amount,
            currency=currency, occurred_at=occurred, at=self.now,
        )  # fmt: skip
        self.bonds[which].pay(amount, currency, occurred=occurred, at=self.now)

    def mature(self, days) -> None:
        self.now += days * DAY
        mature_pending(at=self.now, batch=2)
        for bond in self.bonds:
            bond.mature(self.now)

    def moderate(self, which, side, verdict) -> None:
        if verdict == "other":
            verdict = APPROVED if self.bonds[which].sides[side] == DENIED else DENIED
        moderate(self.world.referrals[which], side, verdict, actor="staff:bob", at=self.now)
        self.bonds[which].moderate(side, verdict, at=self.now)

    def decide(self, approved) -> None:
        """Whatever waits for a person is decided."""
        for referral, bond in zip(self.world.referrals, self.bonds, strict=True):
            review = Review.objects.open().filter(referral=referral).first()
            assert (review is not None) == bond.is_in_review
            if review and approved is None:
                reject(review, actor="staff:bob", reason="no", at=self.now)
            elif review:
                approve(review, actor="staff:bob", sides=approved, at=self.now)
            bond.decide(approved, at=self.now)

    def expire(self, days) -> None:
        self.now += days * DAY
        expire_referrals(at=self.now)
        for bond in self.bonds:
            bond.expire(self.now)

    def share_card(self, which) -> None:
        referral = self.world.referrals[which]
        for person in (referral.referrer.person, referral.referred):
            note_identifier(person, Identifier.Kind.CARD, f"fp_{which}", at=self.now)
        self.bonds[which].is_card_shared = True

    def disable(self, which) -> None:
        """Or enable again."""
        is_disabled = not self.bonds[which].is_disabled
        status = Member.Status.DISABLED if is_disabled else Member.Status.ACTIVATED
        referrer = self.world.referrals[which].referrer_id
        Member.objects.filter(pk=referrer).update(status=status)
        for referral, bond in zip(self.world.referrals, self.bonds, strict=True):
            bond.is_disabled = is_disabled if referral.referrer_id == referrer else bond.is_disabled

    def revise(self, lineage, tenths) -> None:
        """Of two rules the rate, of two the amount."""
        rule = RewardRule.objects.get(lineage=self.world.rules[lineage].lineage, retired_at=None)
        if lineage in ("share", "early"):
            revise_rule(rule, initial_rate=Decimal(tenths) / 10, at=self.now)
            changes = {"rate": tenths * 100_000}
        else:
            revise_rule(rule, amount=tenths * 500, at=self.now)
            changes = {"fixed": tenths * 500}
        rules = self.bonds[2 if lineage in ("early", "gift") else 0].rules
        revise(rules, lineage, at=self.now, **changes)


def fold(at: datetime) -> Books:
    """Every entry until an instant, added up one by one."""
    found: Books = Counter()
    rows = LedgerEntry.objects.filter(effective_at__lte=at)
    for person, currency, debit, credit, amount in rows.values_list(
        "person__external_id", "currency", "debit", "credit", "amount"
    ):
        found[person, currency, debit] -= amount
        found[person, currency, credit] += amount
    return {key: amount for key, amount in found.items() if amount}


def read_balances(at: datetime) -> Books:
    """What the service says of everybody."""
    return {
        (person.external_id, currency, bucket): amount
        for person in Person.objects.all()
        for currency, book in balances(person, at=at).items()
        for bucket, amount in book.items()
        if amount
    }


def check(history: History) -> None:
    end = history.now
    expected = history.expected.get(end, {})
    assert fold(end) == expected
    assert read_balances(end) == expected
    sums: Counter[tuple[str, str]] = Counter()
    for (person, currency, _), amount in expected.items():
        sums[person, currency] += amount
    assert set(sums.values()) <= {0}
    for instant in list(history.expected)[-2:-1]:  # and as the books stood at an earlier one
        assert read_balances(instant) == history.expected[instant]
    assert check_books(at=end).differences == []


# What a thousand histories are worth nothing without.
WANTED = [
    "granted USD", "granted JPY", "granted KWD", "limited", "held", "approved", "rejected", "taken back", "given back",
    "matured", "made to wait", "expired", "revived",
]  # fmt: skip


def test_a_thousand_histories_leave_the_books_a_naive_model_expects(world):
    seen: Counter[str] = Counter()

    begun = History(world)
    begun.begin()

    @settings(max_examples=HISTORIES, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.data())
    def happens(data):
        history = deepcopy(begun, {id(world): world})
        with transaction.atomic():
            history.run(data.draw)
            check(history)
            transaction.set_rollback(True)
        seen["histories"] += 1
        for bond in history.bonds:
            seen.update({name for name, times in bond.seen.items() if times})

    happens()

    assert seen["histories"] >= HISTORIES
    missing = [name for name in WANTED if not seen[name]]
    assert missing == []


def test_the_world_is_judged_by_the_card_alone(world):
    """The model knows one reason to hold: the rules it does not know are off, the others find nothing."""
    from referrals.services.risk.registry import all_rules

    assert {rule.code for rule in all_rules()} == {*KEPT_RULES, *OTHER_RULES}
    assert Program.objects.filter(disabled_rules=OTHER_RULES).count() == 2
