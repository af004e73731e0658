"""What the books must say after a history: a naive model of the rules in plain Python, written without the services.

It knows people, currencies, rules with the time they were in force, and referrals with their sides. It keeps no ledger:
a balance is added up from the state every reward should be in. Amounts are integers, rates are millionths.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta

APPROVED, PENDING, DENIED = "APPROVED", "PENDING", "DENIED"
SIDES = ("referrer", "referred")
Books = dict[tuple[str, str, str], int]  # (person, currency, bucket): amount


@dataclass
class Rule:
    lineage: str
    side: str
    start: datetime
    hold_days: int
    fixed: int = 0
    currency: str = ""
    rate: int = 0
    later_rate: int | None = None  # after `rate_days`
    rate_days: int | None = None
    most: int | None = None
    once: bool = False
    duration_days: int | None = None
    end: datetime | None = None


@dataclass
class Payment:
    number: int
    occurred: datetime
    recorded: datetime
    amount: int
    currency: str


@dataclass
class Credit:
    side: str
    lineage: str
    payment: int
    amount: int
    currency: str
    due: datetime
    state: str = "pending"
    matured: bool = False


@dataclass
class Bond:
    """One referral."""

    referrer: str
    referred: str
    expires: datetime
    rules: list[Rule]
    sides: dict[str, str]
    payments: list[Payment] = field(default_factory=list)
    credits: list[Credit] = field(default_factory=list)
    is_qualified: bool = False
    is_expired: bool = False
    is_disabled: bool = False  # the referrer's membership
    is_card_shared: bool = False
    is_card_known: bool = False  # a rule has fired for it before
    is_in_review: bool = False
    was_in_review: bool = False
    denied: dict[str, list[Credit]] = field(default_factory=dict)
    seen: Counter[str] = field(default_factory=Counter)

    def pay(self, amount: int, currency: str, *, occurred: datetime, at: datetime) -> None:
        self.payments.append(Payment(len(self.payments), occurred, at, amount, currency))
        if not self.is_qualified:
            if occurred >= self.expires:
                self.expire(at)
                return
            self.seen["revived"] += self.is_expired
            self.is_qualified, self.is_expired = True, False
        self._judge()
        self.grant(at)

    def expire(self, at: datetime) -> None:
        if not self.is_qualified and at >= self.expires and set(self.sides.values()) != {DENIED}:
            self.seen["expired"] += not self.is_expired
            self.is_expired = True

    def moderate(self, side: str, verdict: str, *, at: datetime) -> None:
        if self.sides[side] == verdict:
            return
        self._set_side(side, verdict)
        if PENDING not in self.sides.values():
            self.is_in_review = False
        self._follow(at)

    def decide(self, approved: set[str] | None, *, at: datetime) -> None:
        """None rejects."""
        if not self.is_in_review:
            return
        self.is_in_review = False
        self.seen["rejected" if approved is None else "approved"] += 1
        for side in SIDES:
            if approved is None and self.sides[side] != DENIED:
                self._set_side(side, DENIED)
            elif approved is not None and self.sides[side] == PENDING:
                self._set_side(side, APPROVED if side in approved else DENIED)
        self._follow(at)

    def mature(self, at: datetime) -> None:
        for credit in self.credits:
            waits = credit.side == "referrer" and self.is_disabled
            if credit.state == "pending" and credit.due <= at and self.sides[credit.side] == APPROVED:
                if not self.is_in_review and not waits:
                    credit.state, credit.matured = "available", True
                    self.seen["matured"] += 1
                else:
                    self.seen["made to wait"] += 1

    def grant(self, at: datetime) -> None:
        if self.is_in_review:
            return
        payments = sorted(self.payments, key=lambda payment: (payment.occurred, payment.number))
        for payment in payments:
            for rule in self.rules:
                in_force = rule.start <= payment.recorded and (rule.end is None or payment.recorded < rule.end)
                granted = any(c.lineage == rule.lineage and c.payment == payment.number for c in self.credits)
                if in_force and not granted and self.sides[rule.side] == APPROVED:
                    self._earn(rule, payment, payments[0], at)

    def _earn(self, rule: Rule, payment: Payment, first: Payment, at: datetime) -> None:
        mine = [credit for credit in self.credits if credit.lineage == rule.lineage]
        age = payment.occurred - first.occurred
        if rule.once and (mine or payment is not first):
            return
        if rule.duration_days is not None and age >= timedelta(days=rule.duration_days):
            return
        currency = rule.currency or payment.currency
        amount = rule.fixed or share(payment.amount, rate_of(rule, age))
        if rule.most is not None:
            had = sum(c.amount for c in mine if c.state != "reverted" and c.currency == currency)
            self.seen["limited"] += had + amount > rule.most
            amount = max(0, min(amount, rule.most - had))
        if amount:
            due = at + timedelta(days=rule.hold_days)
            self.credits.append(Credit(rule.side, rule.lineage, payment.number, amount, currency, due))
            self.seen[f"granted {currency}"] += 1

    def _judge(self) -> None:
        is_new = self.is_card_shared and not self.is_card_known
        self.is_card_known |= self.is_card_shared
        if self.is_in_review or set(self.sides.values()) == {DENIED}:
            return
        if self.is_card_shared and (is_new or not self.was_in_review):
            for side in SIDES:
                self.sides[side] = PENDING if self.sides[side] == APPROVED else self.sides[side]
        elif PENDING not in self.sides.values():
            return
        self.is_in_review = self.was_in_review = True
        self.seen["held"] += 1

    def _set_side(self, side: str, verdict: str) -> None:
        self.sides[side] = verdict
        if verdict == DENIED:
            taken = [credit for credit in self.credits if credit.side == side and credit.state != "reverted"]
            for credit in taken:
                credit.state = "reverted"
            self.denied[side] = taken
            self.seen["taken back"] += len(taken)
        else:
            for credit in self.denied.pop(side, []):
                credit.state = "available" if credit.matured else "pending"
                self.seen["given back"] += 1

    def _follow(self, at: datetime) -> None:
        if self.is_qualified:
            self.grant(at)

    def books(self) -> Books:
        found: Books = Counter()
        for credit in self.credits:
            person = self.referrer if credit.side == "referrer" else self.referred
            if credit.state != "reverted":
                found[person, credit.currency, "expense"] -= credit.amount
                found[person, credit.currency, credit.state] += credit.amount
        return found


def rate_of(rule: Rule, age: timedelta) -> int:
    if rule.rate_days is None or age < timedelta(days=rule.rate_days):
        return rule.rate
    return rule.later_rate or 0


def share(amount: int, millionths: int) -> int:
    """Half to even, by whole numbers."""
    whole, rest = divmod(amount * millionths, 10**6)
    return whole + (rest * 2 > 10**6 or (rest * 2 == 10**6 and whole % 2 == 1))


def revise(rules: list[Rule], lineage: str, *, at: datetime, **changes: int) -> None:
    """A new version of the rule in force, unless nothing changes."""
    current = next(rule for rule in rules if rule.lineage == lineage and rule.end is None)
    terms = {name: value for name, value in vars(current).items() if name not in ("start", "end")}
    if {**terms, **changes} != terms:
        current.end = at
        rules.append(Rule(**{**terms, **changes}, start=at))


def add_books(bonds: list[Bond]) -> Books:
    total: Books = Counter()
    for bond in bonds:
        for key, amount in bond.books().items():
            total[key] += amount
    return {key: amount for key, amount in total.items() if amount}
