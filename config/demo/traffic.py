"""A little traffic over real HTTP: visitors follow links, some sign up and pay, some want their money back. No Django.

They pay at the fake Stripe, whose own webhooks tell of it. A checkout it does not know: of that we tell in its stead.
"""

import os
import sys
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from http.client import HTTPConnection, HTTPException
from random import SystemRandom
from typing import TypeVar
from urllib.parse import parse_qs, urlsplit

from config.demo.notes import STRIPE_VARIABLE, Notes, read_notes
from config.demo.people import BOTS, BROWSERS, FIRST, LAST, THROW_AWAY
from config.demo.stripe.webhooks import post_event
from config.demo.stripe_account import StripeAccount
from config.demo.stripe_objects import Payer, Price, StripeObject, checkout, customer, event, invoice_terms
from config.embedded.home import home

BETWEEN_CLICKS = (0.7, 2.3)  # seconds
CLICKS_TO_A_PAYMENT = 10
ROBOTS, OWN_CARD, THROW_AWAYS, RENEWALS = 0.1, 0.25, 0.12, 0.3
RETURNS = 0.2  # how often a round is of somebody who wants their money back
CARD_LENGTH = 16
ALPHANUMERIC = "0123456789abcdefghijklmnopqrstuvwxyz"
PLANS = (Price(12_00, "USD", plan="Acme Solo"), Price(29_00, "USD", plan="Acme Team"), Price(79_00, "USD"))
T = TypeVar("T")
rng = SystemRandom()


class Traffic:
    def __init__(self, url: str, notes: Notes, stripe_url: str) -> None:
        self.host = urlsplit(url).netloc
        self.stripe = StripeAccount(stripe_url, notes["stripe_key"])
        self.endpoint: str = notes["stripe_endpoint"]
        self.secret: str = notes["webhook_secret"]
        self.codes: list[str] = [code for codes in notes["codes"].values() for code in codes]
        self.friends: list[str] = notes["codes"]["friends"]
        self.cards: dict[str, str] = notes["cards"]
        self.customers: list[tuple[Payer, Price, str]] = []  # with the card they pay with
        self.charges: list[StripeObject] = []  # of which nothing went back
        self.disputes: list[str] = []  # open ones

    def run(self) -> None:
        """Go on until stopped. A server that does not answer for a moment is nothing to die of."""
        while True:
            for _ in range(CLICKS_TO_A_PAYMENT):
                time.sleep(rng.uniform(*BETWEEN_CLICKS))
                self._try(self.click, rng.choice(self.codes))
            self._try(self.choose())

    def click(self, code: str, browser: str = "") -> str:
        """Follow a link and return the click id that the landing page is given."""
        browser = browser or rng.choice(BOTS if rng.random() < ROBOTS else BROWSERS)
        with closing(HTTPConnection(self.host, timeout=10)) as connection:
            connection.request("GET", f"/r/{code}", headers={"User-Agent": browser})
            answer = connection.getresponse()
            answer.read()
        query = parse_qs(urlsplit(answer.headers.get("Location", "")).query)
        return query.get("click_id", [""])[0]

    def choose(self) -> Callable[[], object]:
        """What happens next besides clicks."""
        if self.charges and rng.random() < RETURNS:
            return self.close_dispute if self.disputes else rng.choice((self.refund, self.refund, self.open_dispute))
        return self.renew if self.customers and rng.random() < RENEWALS else self.win_customer

    def win_customer(self) -> None:
        """A visitor signs up and pays at once; some with the member's own card or a throw-away address."""
        code = rng.choice(list(self.cards) if self.cards and rng.random() < OWN_CARD else self.friends)
        click_id = self.click(code, rng.choice(BROWSERS))
        payer, price, card = new_payer(), rng.choice(PLANS), self.cards.get(code) or new_id("", CARD_LENGTH)
        self.stripe.put([customer(payer, at=now()) | {"invoice_credit_balance": {}}])
        session = checkout(
            payer, price, session_id=new_id("cs_live_a1"), invoice_id=new_id("in_1"), reference=click_id, at=now()
        )
        self.tell("checkout.session.completed", session)
        self.customers.append((payer, price, card))
        self.bill(payer, price, card)

    def renew(self) -> None:
        self.bill(*rng.choice(self.customers))

    def bill(self, payer: Payer, price: Price, card: str) -> None:
        """They pay, with credit of theirs first; what the rest is charged may be asked back later."""
        terms = invoice_terms(payer, price)
        told = self.stripe.happen("pay_invoice", customer=payer.customer, amount=price.amount, card=card, **terms)
        self.charges += [thing for thing in told if thing["object"] == "charge"]

    def refund(self) -> None:
        """The company gives back a half or all of a payment."""
        charge = self._take(self.charges)
        self.stripe.happen("refund", charge=charge["id"], amount=charge["amount"] // rng.choice((1, 2)))

    def open_dispute(self) -> None:
        self.disputes.append(self.stripe.happen("open_dispute", charge=self._take(self.charges)["id"])[0]["id"])

    def close_dispute(self) -> None:
        self.stripe.happen("close_dispute", dispute=self._take(self.disputes), won=rng.random() < 0.5)  # noqa: PLR2004

    def tell(self, kind: str, thing: StripeObject) -> None:
        """Deliver a signed event as Stripe does, which lists it."""
        told = event(kind, thing, event_id=new_id("evt_1"), at=now())
        self.stripe.list_event(told)
        print(kind, "taken" if post_event(told, self.endpoint, self.secret) else "not taken", flush=True)

    def _take(self, things: list[T]) -> T:
        return things.pop(rng.randrange(len(things)))

    def _try(self, act: Callable[..., object], *arguments: str) -> None:
        try:
            act(*arguments)
        except (OSError, HTTPException) as error:
            print(f"no answer: {error}", flush=True)
            time.sleep(1)


def new_payer() -> Payer:
    region = rng.choice(list(FIRST))
    first, last = rng.choice(FIRST[region].split()), rng.choice(LAST[region].split())
    domain = rng.choice(THROW_AWAY) if rng.random() < THROW_AWAYS else "newcomers.example"
    number = rng.randrange(10**6)
    email = f"{first}.{last}.{number}@{domain}".lower()
    return Payer(new_id("cus_", 14), f"u_live_{new_id('', 12)}", f"{first} {last}", email)


def new_id(prefix: str, length: int = 24) -> str:
    return prefix + "".join(rng.choices(ALPHANUMERIC, k=length))


def now() -> datetime:
    return datetime.now(UTC)


if __name__ == "__main__":
    Traffic(sys.argv[1], read_notes(home()), os.environ[STRIPE_VARIABLE]).run()
