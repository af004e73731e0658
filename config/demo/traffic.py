"""A little traffic over real HTTP: visitors follow links, some sign up and pay, and Stripe tells of it. No Django."""

import json
import sys
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from http.client import HTTPConnection, HTTPException
from random import SystemRandom
from urllib.parse import parse_qs, urlsplit

from config.demo.notes import Notes, read_notes
from config.demo.people import BOTS, BROWSERS, FIRST, LAST, THROW_AWAY
from config.demo.stripe_objects import Payer, Price, StripeObject, charge, checkout, event, invoice
from config.embedded.home import home
from payouts.gateway import sign_event

BETWEEN_CLICKS = (0.7, 2.3)  # seconds
CLICKS_TO_A_PAYMENT = 10
ROBOTS, OWN_CARD, THROW_AWAYS, RENEWALS = 0.1, 0.25, 0.12, 0.3
ALPHANUMERIC = "0123456789abcdefghijklmnopqrstuvwxyz"
PLANS = (Price(12_00, "USD", plan="Acme Solo"), Price(29_00, "USD", plan="Acme Team"), Price(79_00, "USD"))
rng = SystemRandom()


class Traffic:
    def __init__(self, url: str, notes: Notes) -> None:
        self.host = urlsplit(url).netloc
        self.secret: str = notes["webhook_secret"]
        self.codes: list[str] = [code for codes in notes["codes"].values() for code in codes]
        self.friends: list[str] = notes["codes"]["friends"]
        self.cards: dict[str, str] = notes["cards"]
        self.customers: list[tuple[Payer, Price]] = []

    def run(self) -> None:
        """Go on until stopped. A server that does not answer for a moment is nothing to die of."""
        while True:
            for _ in range(CLICKS_TO_A_PAYMENT):
                time.sleep(rng.uniform(*BETWEEN_CLICKS))
                self._try(self.click, rng.choice(self.codes))
            self._try(self.renew if self.customers and rng.random() < RENEWALS else self.win_customer)

    def click(self, code: str, browser: str = "") -> str:
        """Follow a link and return the click id that the landing page is given."""
        browser = browser or rng.choice(BOTS if rng.random() < ROBOTS else BROWSERS)
        with closing(HTTPConnection(self.host, timeout=10)) as connection:
            connection.request("GET", f"/r/{code}", headers={"User-Agent": browser})
            answer = connection.getresponse()
            answer.read()
        query = parse_qs(urlsplit(answer.headers.get("Location", "")).query)
        return query.get("click_id", [""])[0]

    def win_customer(self) -> None:
        """A visitor signs up and pays at once; some with the member's own card or a throw-away address."""
        code = rng.choice(list(self.cards) if self.cards and rng.random() < OWN_CARD else self.friends)
        click_id = self.click(code, rng.choice(BROWSERS))
        payer, price = new_payer(), rng.choice(PLANS)
        session = checkout(
            payer, price, session_id=new_id("cs_live_a1"), invoice_id=new_id("in_1"), reference=click_id, at=now()
        )
        self.tell("checkout.session.completed", session)
        if code in self.cards:
            paid = charge(payer, price, charge_id=new_id("ch_1"), card=self.cards[code], at=now())
            self.tell("charge.succeeded", paid)
        self.customers.append((payer, price))
        self.bill(payer, price)

    def renew(self) -> None:
        self.bill(*rng.choice(self.customers))

    def bill(self, payer: Payer, price: Price) -> None:
        self.tell("invoice.paid", invoice(payer, price, invoice_id=new_id("in_1"), at=now()))

    def tell(self, kind: str, thing: StripeObject) -> None:
        """Deliver a signed event as Stripe does."""
        body = json.dumps(event(kind, thing, event_id=new_id("evt_1"), at=now()))
        headers = {"Content-Type": "application/json", "Stripe-Signature": sign_event(body, self.secret, at=now())}
        with closing(HTTPConnection(self.host, timeout=10)) as connection:
            connection.request("POST", "/webhooks/stripe/acme/", body=body, headers=headers)
            answer = connection.getresponse()
            print(kind, answer.status, answer.read().decode(), flush=True)

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
    Traffic(sys.argv[1], read_notes(home())).run()
