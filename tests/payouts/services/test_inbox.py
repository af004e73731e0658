"""The inbox keeps each event of a tenant once, and does nothing else about it."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from payouts.errors import BadEvent, BadSignature, EndpointOff, WrongMode
from payouts.gateway import sign_event
from payouts.models import StripeEvent
from payouts.services.inbox import hurry, receive, replay
from referrals.models import Action, Person
from tenants.models import Tenant
from tests.cast import NOON, make_tenant
from tests.stripe_objects import customer, deliver, deliver_and_handle, event, invoice

S = StripeEvent.Status
PAID = event("invoice.paid", invoice("in_1"), key="evt_1", created=NOON - timedelta(minutes=1))


def refuses(tenant: Tenant, error: type[Exception], told: dict = PAID, **signed) -> bool:
    """The event is refused and nothing of it is kept."""
    body = json.dumps(told)
    signature = sign_event(body, signed.get("secret", tenant.stripe_webhook_secret), at=signed.get("at", NOON))
    with pytest.raises(error):
        receive(signed.get("alias", tenant.alias), body=body.encode(), signature=signature, at=NOON)
    return not StripeEvent.objects.exists()


def test_event_is_kept_as_stripe_sent_it(acme):
    stored, is_new = deliver(acme, PAID)

    stored.refresh_from_db()
    assert is_new
    assert stored.payload == PAID
    assert (stored.tenant, stored.event_id, stored.type, stored.object_id) == (acme, "evt_1", "invoice.paid", "in_1")
    assert (stored.status, stored.attempts, stored.livemode) == (S.RECEIVED, 0, False)
    assert (stored.created_at, stored.received_at, stored.next_attempt_at) == (NOON - timedelta(minutes=1), NOON, NOON)


def test_nothing_is_done_about_an_event_when_it_comes(acme):
    deliver(acme, PAID)

    assert (Person.objects.count(), Action.objects.count()) == (0, 0)


def test_same_event_again_is_kept_once(acme):
    first, _ = deliver(acme, PAID)

    again, is_new = deliver(acme, PAID, at=NOON + timedelta(hours=1))

    assert (again, is_new) == (first, False)
    assert StripeEvent.objects.get().received_at == NOON


def test_same_event_again_after_it_was_handled_is_not_handled_again(acme):
    done = deliver_and_handle(acme, event("plan.created", {"object": "plan", "id": "plan_1"}, key="evt_1"))

    deliver(acme, PAID)

    done.refresh_from_db()
    assert (done.type, done.status, done.attempts) == ("plan.created", S.IGNORED, 1)


def test_two_tenants_may_have_events_of_the_same_id(acme, globex):
    assert [deliver(tenant, PAID)[1] for tenant in (acme, globex)] == [True, True]
    assert StripeEvent.objects.count() == 2


def test_object_without_an_id_is_kept(acme):
    stored, _ = deliver(acme, event("balance.available", {"object": "balance", "id": None}))

    assert stored.object_id == ""


def test_overlong_names_are_cut_for_their_columns_and_kept_whole_in_the_payload(acme):
    stored, _ = deliver(acme, event("x" * 200, {"object": "thing", "id": "y" * 300}))

    stored.refresh_from_db()
    assert (len(stored.type), len(stored.object_id)) == (100, 255)
    assert (len(stored.payload["type"]), len(stored.payload["data"]["object"]["id"])) == (200, 300)


def test_unicode_survives(acme):
    stored, _ = deliver(acme, event("customer.created", customer(name="Zoë 北京 🎉", description="\\u0000 is text")))

    stored.refresh_from_db()
    assert stored.payload["data"]["object"]["name"] == "Zoë 北京 🎉"
    assert stored.payload["data"]["object"]["description"] == "\\u0000 is text"


@pytest.mark.parametrize("description", ["\x00", "\ud83c", float("nan"), float("inf")])
def test_what_postgresql_cannot_hold_is_refused(acme, description):
    assert refuses(acme, BadEvent, event("customer.created", customer(description=description)))


def test_altered_event_is_refused(acme):
    body = json.dumps(PAID)
    signature = sign_event(body, acme.stripe_webhook_secret, at=NOON)

    with pytest.raises(BadSignature):
        receive("acme", body=body.replace("10000", "90000").encode(), signature=signature, at=NOON)

    assert not StripeEvent.objects.exists()


def test_old_event_and_one_of_the_future_are_refused(acme):
    assert refuses(acme, BadSignature, at=NOON - timedelta(minutes=6))
    assert refuses(acme, BadSignature, at=NOON + timedelta(minutes=6))


@pytest.mark.parametrize("secret", ["", " ", "\n"])
def test_without_a_secret_the_endpoint_is_off(db, secret: str):
    tenant = make_tenant("initech", stripe_webhook_secret=secret)

    assert refuses(tenant, EndpointOff)
    assert refuses(tenant, EndpointOff, secret="whsec_guessed")


@pytest.mark.parametrize("alias", ["hooli", "", "ACME", "acme ", "acme/", "acme\u200b"])
def test_unknown_tenant_looks_like_an_endpoint_that_is_off(acme, alias: str):
    assert refuses(acme, EndpointOff, alias=alias)


def test_tenant_that_left_has_no_endpoint(acme):
    Tenant.objects.filter(pk=acme.pk).update(is_active=False)

    assert refuses(acme, EndpointOff)


def test_charlies_secret_opens_nothing_of_alices(acme, globex):
    assert refuses(acme, BadSignature, secret=globex.stripe_webhook_secret)


def test_both_secrets_serve_while_one_replaces_the_other(acme):
    Tenant.objects.filter(pk=acme.pk).update(stripe_webhook_secret="whsec_old\nwhsec_new")
    bodies = {secret: json.dumps(event("a.b", {}, key=secret)) for secret in ("whsec_old", "whsec_new")}

    for secret, body in bodies.items():
        receive("acme", body=body.encode(), signature=sign_event(body, secret, at=NOON), at=NOON)

    assert sorted(StripeEvent.objects.values_list("event_id", flat=True)) == ["whsec_new", "whsec_old"]


@pytest.mark.parametrize("livemode", [True, False])
def test_event_of_the_other_mode_is_refused(acme, livemode: bool):
    Tenant.objects.filter(pk=acme.pk).update(stripe_livemode=not livemode)

    assert refuses(acme, WrongMode, PAID | {"livemode": livemode})


@pytest.mark.parametrize("livemode", [True, False])
def test_event_of_the_tenants_own_mode_is_kept(acme, livemode: bool):
    Tenant.objects.filter(pk=acme.pk).update(stripe_livemode=livemode)

    stored, _ = deliver(acme, PAID | {"livemode": livemode})

    assert stored.livemode is livemode


@pytest.mark.parametrize("livemode", [True, False])
def test_tenant_that_named_no_mode_takes_both(acme, livemode: bool):
    assert deliver(acme, PAID | {"livemode": livemode})[0].livemode is livemode


def test_replay_puts_an_event_back_in_line(acme):
    done = deliver_and_handle(acme, event("plan.created", {"object": "plan"}))
    assert (done.status, done.attempts) == (S.IGNORED, 1)

    later = datetime(2026, 7, 1, tzinfo=UTC)
    again = replay(done, at=later)

    assert (again.status, again.attempts, again.next_attempt_at) == (S.RECEIVED, 0, later)
    assert list(StripeEvent.objects.due(later)) == [done]


def test_hurry_moves_only_this_tenants_events_that_wait_for_this_object(acme, globex):
    waiting = [(tenant, key) for tenant in (acme, globex) for key in ("cus_dana", "cus_erin")]
    for tenant, key in waiting:
        deliver_and_handle(tenant, event("invoice.paid", invoice(customer=key)))
    soon = NOON + timedelta(seconds=1)

    hurried = hurry(acme, "cus_dana", at=soon)

    due = StripeEvent.objects.due(soon).values_list("tenant__alias", "waits_for")
    assert (hurried, list(due)) == (1, [("acme", "cus_dana")])
