import uuid
from datetime import timedelta

import pytest

from events.errors import UnsafeUrl
from events.models import Delivery, Subscription, WebhookEndpoint
from events.services.endpoints import (
    disable,
    enable,
    end_subscription,
    find_endpoint,
    renew_secret,
    send_test,
    subscribe,
    unsubscribe,
)
from tests.cast import NOON
from tests.events.conftest import PLAIN

URL = "https://hooks.example.com/x"
HOUR = timedelta(hours=1)


def test_the_same_address_is_one_endpoint_and_is_switched_on_again(acme):
    first = subscribe(acme, dialect=PLAIN, url=URL, name="Zapier", at=NOON)
    disable(first, at=NOON, reason="It failed.")

    again = subscribe(acme, dialect=PLAIN, url="https://HOOKS.example.com/x", at=NOON)

    assert again == first
    again.refresh_from_db()
    assert (again.name, again.disabled_at, again.disabled_reason) == ("Zapier", None, "")


def test_two_formats_and_two_tenants_may_share_an_address(acme, globex):
    ours = subscribe(acme, dialect=PLAIN, url=URL, at=NOON)
    other = subscribe(acme, dialect="other", url=URL, at=NOON)
    theirs = subscribe(globex, dialect=PLAIN, url=URL, at=NOON)

    assert len({ours.pk, other.pk, theirs.pk}) == 3
    assert find_endpoint(acme, dialect=PLAIN, url=URL) == ours
    assert unsubscribe(globex, dialect=PLAIN, url=URL) is True
    assert WebhookEndpoint.objects.for_tenant(acme).count() == 2


def test_an_address_that_may_not_be_called_is_refused(acme):
    with pytest.raises(UnsafeUrl):
        subscribe(acme, dialect=PLAIN, url="https://169.254.169.254/latest/meta-data", at=NOON)

    assert WebhookEndpoint.objects.count() == 0


def test_forgetting_an_endpoint_forgets_its_deliveries(acme):
    endpoint = subscribe(acme, dialect=PLAIN, url=URL, at=NOON)
    send_test(endpoint, topic="test", at=NOON)

    assert unsubscribe(acme, dialect=PLAIN, url="https://hooks.EXAMPLE.com/x") is True
    assert unsubscribe(acme, dialect=PLAIN, url=URL) is False
    assert Delivery.objects.count() == 0


def test_enabling_wipes_the_record(acme):
    endpoint = subscribe(acme, dialect=PLAIN, url=URL, at=NOON)
    endpoint.failures, endpoint.failing_since = 7, NOON
    disable(endpoint, at=NOON, reason="x")

    enable(endpoint)

    endpoint.refresh_from_db()
    assert (endpoint.failures, endpoint.failing_since, endpoint.disabled_at) == (0, None, None)


def test_topics_are_added_to_the_endpoint_of_an_address_and_keep_their_dates(acme):
    first = subscribe(acme, dialect=PLAIN, url=URL, topics=["happened"], secret="one", at=NOON)
    uid = first.subscriptions.get().uid

    again = subscribe(acme, dialect=PLAIN, url=URL, topics=["ended", "happened"], secret="two", at=NOON + HOUR)

    assert (again, again.secret, again.topics) == (first, "one", ["happened", "ended"])
    assert dict(again.subscriptions.values_list("topic", "created_at")) == {"happened": NOON, "ended": NOON + HOUR}
    assert again.subscriptions.get(topic="happened").uid == uid


def test_ending_a_subscription_drops_what_waits_under_its_topic_alone(acme):
    endpoint = subscribe(acme, dialect=PLAIN, url=URL, topics=["happened", "ended"], at=NOON)
    for topic in ("happened", "ended"):
        send_test(endpoint, topic=topic, at=NOON)

    end_subscription(endpoint.subscriptions.get(topic="happened"), at=NOON)

    assert endpoint.topics == ["ended"]
    assert dict(Delivery.objects.values_list("topic", "status")) == {"happened": "dropped", "ended": "pending"}


def test_what_waited_for_a_message_that_is_dropped_goes_on(acme):
    endpoint = subscribe(acme, dialect=PLAIN, url=URL, topics=["happened", "ended"], at=NOON)
    subject = uuid.uuid4()
    for topic in ("happened", "ended"):
        fields = {"topic": topic, "subject": subject, "next_attempt_at": NOON + 9 * HOUR}
        Delivery.objects.create(tenant=acme, endpoint=endpoint, attempts=int(topic == "happened"), **fields)

    end_subscription(endpoint.subscriptions.get(topic="happened"), at=NOON + HOUR)

    assert Delivery.objects.due(NOON + HOUR).get().topic == "ended"


def test_the_last_subscription_takes_its_endpoint_along(acme):
    endpoint = subscribe(acme, dialect=PLAIN, url=URL, topics=["happened"], at=NOON)
    subscription = endpoint.subscriptions.get()

    end_subscription(subscription, at=NOON)
    end_subscription(subscription, at=NOON)

    assert (WebhookEndpoint.objects.count(), Subscription.objects.count()) == (0, 0)


def test_an_endpoint_that_hears_everything_goes_on_hearing_it(acme):
    endpoint = subscribe(acme, dialect=PLAIN, url=URL, at=NOON)
    subscribe(acme, dialect=PLAIN, url=URL, topics=["happened"], at=NOON)
    send_test(endpoint, topic="happened", at=NOON)

    end_subscription(endpoint.subscriptions.get(topic="happened"), at=NOON)

    assert endpoint.topics == ["*"]
    assert Delivery.objects.get().status == "pending"


def test_a_secret_can_be_renewed(acme):
    endpoint = subscribe(acme, dialect=PLAIN, url=URL, secret="one", at=NOON)

    renew_secret(endpoint, secret="two")

    endpoint.refresh_from_db()
    assert endpoint.secret == "two"
