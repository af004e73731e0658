import pytest

from events.errors import UnsafeUrl
from events.models import Delivery, WebhookEndpoint
from events.services.endpoints import disable, enable, find_endpoint, send_test, subscribe, unsubscribe
from tests.cast import NOON
from tests.events.conftest import PLAIN

URL = "https://hooks.example.com/x"


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
