"""What recordings do not show: what adding and removing hooks does."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from events.models import Delivery, Subscription, WebhookEndpoint
from events.services.endpoints import disable
from tests.api.referral_rock.hook_worlds import URL, add_hook
from tests.cast import NOON

HISTORY = "/api/hooks/history/ReferralAdd"


def add(caller, event: str, url: str = URL) -> str:
    response = caller.post("/api/hooks", {"target_url": url, "event": event}, content_type="application/json")
    assert response.status_code == 201
    return response.json()["web_hook_id"]


def remove(caller, hook: str) -> int:
    return caller.delete("/api/hooks", {"web_hook_id": hook}, content_type="application/json").status_code


def test_each_pair_of_address_and_event_is_a_hook_of_its_own(caller):
    hooks = [add(caller, "ReferralAdd"), add(caller, "MemberAdd"), add(caller, "ReferralAdd", f"{URL}/2")]

    assert len(set(hooks)) == 3
    assert add(caller, "memberadd") == hooks[1]
    assert {endpoint.url: endpoint.topics for endpoint in WebhookEndpoint.objects.all()} == {
        URL: ["ReferralAdd", "MemberAdd"],
        f"{URL}/2": ["ReferralAdd"],
    }


def test_removing_one_leaves_the_others(caller):
    first, second = add(caller, "ReferralAdd"), add(caller, "MemberAdd")

    assert [remove(caller, hook) for hook in (first, first, second)] == [200, 404, 200]
    assert (Subscription.objects.count(), WebhookEndpoint.objects.count()) == (0, 0)


def test_a_hook_that_is_added_again_is_another_one(caller):
    first = add(caller, "ReferralAdd")
    remove(caller, first)

    assert add(caller, "ReferralAdd") != first


def test_each_address_gets_a_secret_of_its_own_and_keeps_it(caller):
    add(caller, "ReferralAdd")
    add(caller, "ReferralAdd", f"{URL}/2")
    secrets = dict(WebhookEndpoint.objects.values_list("url", "secret"))
    add(caller, "MemberAdd")

    assert dict(WebhookEndpoint.objects.values_list("url", "secret")) == secrets
    assert len(set(secrets.values())) == 2
    assert {len(secret) for secret in secrets.values()} == {64}


def test_adding_a_hook_again_switches_its_address_on(caller):
    hook = add(caller, "ReferralAdd")
    disable(WebhookEndpoint.objects.get(), at=NOON, reason="It failed.")

    assert add(caller, "ReferralAdd") == hook
    assert WebhookEndpoint.objects.get().disabled_at is None


@pytest.mark.parametrize("others", [{}, {"dialect": "saasquatch"}])
def test_hooks_of_other_dialects_are_not_removed_here(caller, acme, others):
    from events.services.endpoints import subscribe

    endpoint = subscribe(acme, dialect=others.get("dialect", "native"), url=URL, at=NOON)

    assert remove(caller, str(endpoint.subscriptions.get().uid)) == 404
    assert WebhookEndpoint.objects.count() == 1


def test_a_history_of_three_costs_as_much_as_of_one(caller, acme, alice):
    endpoint = add_hook(acme).endpoint

    def count() -> int:
        Delivery.objects.create(tenant=acme, endpoint=endpoint, topic="ReferralAdd", next_attempt_at=NOON)
        with CaptureQueriesContext(connection) as captured:
            assert caller.get(HISTORY).status_code == 200
        return len(captured)

    count()
    assert len({count() for _ in range(3)}) == 1


def test_a_history_begins_with_the_newest_thousand(caller, acme, alice):
    endpoint = add_hook(acme).endpoint
    rows = [Delivery(tenant=acme, endpoint=endpoint, topic="ReferralAdd", next_attempt_at=NOON) for _ in range(1001)]
    Delivery.objects.bulk_create(rows)

    told = caller.get(HISTORY).json()

    newest = Delivery.objects.order_by("-id")[:1000]
    assert [each["id"] for each in told] == [str(row.uid) for row in newest]
