"""Each event is handled in one transaction that also marks it; what fails waits, and stays visible."""

from datetime import timedelta

import pytest

from payouts.handlers.dispatch import handle_due
from payouts.models import StripeEvent
from payouts.services.inbox import replay
from referrals.models import Action, Member, Person, Referral
from tests.cast import NOON, rewards_of
from tests.flows.threads import run_together
from tests.stripe_objects import checkout, customer, deliver, deliver_and_handle, event, invoice

S = StripeEvent.Status
SIGNED_UP = event("checkout.session.completed", checkout(client_reference_id="ALICE"), key="evt_signed_up")
PAID = event("invoice.paid", invoice(), key="evt_paid")
FAILING = event(  # no such currency: the handler raises, after it has added Frank
    "invoice.paid",
    invoice("in_bad", currency="zzz", customer="cus_frank", metadata={"user_id": "frank", "referral_code": "ALICE"}),
    key="evt_failing",
)
SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)


def handle_until(stored: StripeEvent, *statuses: str) -> list[timedelta]:
    """Handle an event whenever it is due until it has one of the statuses; return how long it waited each time."""
    waits, at = [], stored.next_attempt_at
    for _ in range(100):
        handle_due(at=at)
        stored.refresh_from_db()
        if stored.status in statuses:
            return waits
        waits.append(stored.next_attempt_at - at)
        at = stored.next_attempt_at
    raise AssertionError(f"still {stored.status}")


def test_event_of_a_type_without_a_use_is_kept_and_ignored(acme):
    done = deliver_and_handle(acme, event("product.created", {"object": "product", "id": "prod_1"}))

    assert (done.status, done.outcome, done.handled_at) == (S.IGNORED, "no use for this type", NOON)
    assert done.payload["data"]["object"]["id"] == "prod_1"


def test_event_is_marked_with_what_came_of_it(alice: Member):
    done = deliver_and_handle(alice.tenant, SIGNED_UP, PAID)

    assert (done.status, done.outcome) == (S.HANDLED, "paid 10000 USD: referral rewarded")
    assert (done.handled_at, done.attempts, done.error) == (NOON, 1, "")


def test_handled_event_is_not_taken_up_again(alice: Member):
    deliver_and_handle(alice.tenant, SIGNED_UP, PAID)

    assert handle_due(at=NOON + 30 * DAY) == 0


def test_failing_handler_leaves_nothing_but_its_error(alice: Member):
    failed = deliver_and_handle(alice.tenant, FAILING)

    assert (failed.status, failed.attempts, failed.next_attempt_at) == (S.FAILED, 1, NOON + 5 * SECOND)
    assert failed.error == "InvalidAmount: 'ZZZ' is not an ISO 4217 currency."
    assert (Person.objects.filter(external_id="frank").count(), Referral.objects.count()) == (0, 0)


def test_failing_event_does_not_stop_the_others(alice: Member):
    for each in (FAILING, SIGNED_UP, PAID):
        deliver(alice.tenant, each)

    taken = handle_due(at=NOON)

    statuses = StripeEvent.objects.order_by("id").values_list("status", flat=True)
    assert (taken, list(statuses)) == (3, [S.FAILED, S.HANDLED, S.HANDLED])


def test_failing_event_is_tried_ever_more_rarely_and_dead_at_last(alice: Member):
    stored, _ = deliver(alice.tenant, FAILING)

    waits = handle_until(stored, S.DEAD)

    assert waits == [min(5 * SECOND * 2**number, 6 * HOUR) for number in range(19)]
    assert (stored.attempts, stored.outcome) == (20, "given up after repeated errors")
    assert stored.error.startswith("InvalidAmount")
    assert handle_due(at=NOON + 365 * DAY) == 0


def test_dead_event_can_be_replayed_once_its_cause_is_mended(alice: Member):
    stored, _ = deliver(alice.tenant, FAILING)
    handle_until(stored, S.DEAD)
    stored.payload["data"]["object"]["currency"] = "usd"
    stored.save(update_fields=["payload"])

    replay(stored, at=NOON + 10 * DAY)
    handle_due(at=NOON + 10 * DAY)

    stored.refresh_from_db()
    assert (stored.status, stored.outcome) == (S.HANDLED, "paid 10000 USD: referral rewarded")


def test_replayed_event_has_no_effect_twice(alice: Member):
    paid = deliver_and_handle(alice.tenant, SIGNED_UP, PAID)
    referral = Referral.objects.get()
    before = rewards_of(referral)

    replay(paid, at=NOON + HOUR)
    handle_due(at=NOON + HOUR)

    paid.refresh_from_db()
    assert paid.status == S.HANDLED
    assert (rewards_of(referral), Action.objects.count()) == (before, 1)


def test_event_whose_parent_is_missing_is_parked(alice: Member):
    parked = deliver_and_handle(alice.tenant, PAID)

    assert (parked.status, parked.waits_for, parked.next_attempt_at) == (S.PARKED, "cus_dana", NOON + 5 * SECOND)
    assert (parked.outcome, parked.handled_at) == ("no referral: nobody we know, and no code", None)
    assert Person.objects.get() == alice.person


def test_parked_event_is_not_tried_before_its_time(alice: Member):
    deliver_and_handle(alice.tenant, PAID)

    assert handle_due(at=NOON + 4 * SECOND) == 0
    assert handle_due(at=NOON + 5 * SECOND) == 1


def test_parked_event_is_taken_up_in_the_sweep_in_which_its_parent_comes(alice: Member):
    parked = deliver_and_handle(alice.tenant, PAID)
    deliver(alice.tenant, SIGNED_UP, at=NOON + SECOND)

    assert handle_due(at=NOON + SECOND) == 2

    parked.refresh_from_db()
    assert (parked.status, parked.outcome) == (S.HANDLED, "paid 10000 USD: referral rewarded")


def test_parked_event_waits_for_longer_than_stripe_goes_on_telling(alice: Member):
    stored, _ = deliver(alice.tenant, PAID)

    waits = handle_until(stored, S.IGNORED)

    assert waits[:8] == [5 * SECOND * 4**number for number in range(8)]
    assert 4 * DAY <= sum(waits, timedelta()) <= 5 * DAY
    assert stored.outcome == "nobody referred this customer"


def test_giving_up_that_fails_is_kept_as_a_failure_and_stops_no_others(alice: Member):
    overlong = invoice("in_" + "x" * 300)  # too long for the record of a first payment
    told = event("customer.created", customer(email="dana@dana.example")), event("invoice.paid", overlong)
    stored = deliver_and_handle(alice.tenant, *told)

    waits = handle_until(stored, S.FAILED)

    assert sum(waits, timedelta()) >= 4 * DAY
    assert stored.error.startswith("DataError")


def test_parent_that_comes_after_three_days_is_not_too_late(alice: Member):
    stored, _ = deliver(alice.tenant, PAID)
    for hours in range(72):
        handle_due(at=NOON + hours * HOUR)

    deliver_and_handle(alice.tenant, SIGNED_UP, at=NOON + 3 * DAY)

    stored.refresh_from_db()
    assert stored.outcome == "paid 10000 USD: referral rewarded"


def test_news_of_a_customer_cannot_use_up_the_patience_with_a_parked_invoice(alice: Member):
    parked = deliver_and_handle(alice.tenant, event("customer.created", customer(email="dana@dana.example")), PAID)
    for _ in range(30):
        deliver_and_handle(alice.tenant, event("customer.updated", customer(email="dana@dana.example")))
    parked.refresh_from_db()
    assert parked.status == S.PARKED

    deliver_and_handle(alice.tenant, SIGNED_UP, at=NOON + HOUR)

    parked.refresh_from_db()
    assert (parked.status, parked.outcome) == (S.HANDLED, "paid 10000 USD: referral rewarded")


def test_sweep_is_bounded(acme):
    for number in range(5):
        deliver(acme, event("plan.created", {"object": "plan"}, key=f"evt_{number}"))

    assert [handle_due(at=NOON, limit=2) for _ in range(4)] == [2, 2, 1, 0]


def test_sweep_takes_what_waited_longest_first(acme):
    for minute in (2, 0, 1):
        deliver(acme, event("plan.created", {"object": "plan"}, key=f"evt_{minute}"), at=NOON + minute * HOUR / 60)

    handle_due(at=NOON + HOUR, limit=2)

    assert StripeEvent.objects.get(status=S.RECEIVED).event_id == "evt_2"


@pytest.mark.django_db(transaction=True)
def test_two_workers_never_take_one_event(acme):
    for number in range(60):
        deliver(acme, event("plan.created", {"object": "plan"}, key=f"evt_{number}"))

    taken = run_together(12, lambda _: handle_due(at=NOON, limit=10))

    assert sum(taken) == 60
    assert list(StripeEvent.objects.values_list("attempts", flat=True)) == [1] * 60
