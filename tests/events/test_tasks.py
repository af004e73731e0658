import pytest

from events.models import Delivery
from events.services.endpoints import send_test, subscribe
from events.tasks import deliver_webhooks, fan_out_events, forget_deliveries
from tests.cast import NOON
from tests.events.conftest import PLAIN


@pytest.mark.django_db(transaction=True)
def test_the_clocks_carry_an_event_to_its_endpoint(acme, receiver, happen):
    endpoint = subscribe(acme, dialect=PLAIN, url=receiver.url, at=NOON)
    send_test(endpoint, topic="test", at=NOON)
    happen()

    fan_out_events()
    deliver_webhooks()

    assert len(receiver.got) == 2
    assert set(Delivery.objects.values_list("status", flat=True)) == {"delivered"}
    assert forget_deliveries() == 0
