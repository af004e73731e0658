import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse

from events.models import Delivery, WebhookEndpoint
from events.services.endpoints import disable, send_test, subscribe
from tests.cast import NOON
from tests.console import count_queries, make_staff, messages_of, sign_in
from tests.events.admin.conftest import URL
from tests.events.conftest import PLAIN

LIST = reverse("admin:events_webhookendpoint_changelist")


def act(client, action: str, *endpoints, **options):
    data = {"action": action, "_selected_action": [endpoint.pk for endpoint in endpoints]}
    return client.post(LIST, data, follow=True, **options)


def page_of(endpoint) -> str:
    return reverse("admin:events_webhookendpoint_change", args=[endpoint.pk])


def test_the_list_says_how_each_endpoint_does(operator, acme, endpoint):
    delivery = send_test(endpoint, topic="test", at=NOON)
    Delivery.objects.filter(pk=delivery.pk).update(fence=1, last_status=503)
    WebhookEndpoint.objects.update(failures=7)
    off = subscribe(acme, dialect=PLAIN, url="https://off.example.com/", at=NOON)
    disable(off, at=NOON, reason="It answered 410: gone.")

    page = operator.get(LIST).content.decode()

    for told in (URL, "happened", "Failing", ">7<", "503", "https://off.example.com/", "everything", "Off"):
        assert told in page, told


def test_an_endpoint_is_switched_off_and_on(operator, endpoint):
    act(operator, "switch_off", endpoint)
    endpoint.refresh_from_db()
    assert endpoint.disabled_reason == "Switched off by olga."
    assert endpoint.disabled_at is not None

    response = act(operator, "switch_on", endpoint)
    endpoint.refresh_from_db()
    assert (endpoint.disabled_at, endpoint.disabled_reason) == (None, "")
    assert messages_of(response) == ["They are told again, first of what waited."]


def test_the_secret_is_shown_to_whoever_asks_and_noted(operator, endpoint):
    response = act(operator, "show_secrets", endpoint)

    assert "the old secret" in response.content.decode()
    assert "no-store" in response["Cache-Control"]
    assert LogEntry.objects.get().get_change_message() == "Looked at the signing secret."


def test_a_renewed_secret_replaces_the_old_one(operator, acme, endpoint):
    other = subscribe(acme, dialect="saasquatch", url="https://off.example.com/", at=NOON)

    page = act(operator, "renew_secrets", endpoint, other).content.decode()

    for each in (endpoint, other):
        each.refresh_from_db()
    assert len(endpoint.secret) == 64
    assert endpoint.secret in page
    assert "the old secret" not in page
    assert other.secret == ""


def test_no_page_shows_a_secret_by_itself(operator, endpoint):
    for address in (LIST, page_of(endpoint)):
        assert "the old secret" not in operator.get(address).content.decode()


def test_nobody_adds_changes_or_deletes_one(operator, endpoint):
    operator.post(page_of(endpoint), {"url": "https://evil.example/", "secret": "mine"})
    endpoint.refresh_from_db()

    assert (endpoint.url, endpoint.secret) == (URL, "the old secret")
    assert operator.get(reverse("admin:events_webhookendpoint_add")).status_code == 403
    gone = operator.post(reverse("admin:events_webhookendpoint_delete", args=[endpoint.pk]), {"post": "yes"})
    assert gone.status_code == 403


@pytest.mark.parametrize("group", ["Reviewer", "Program manager", "Payouts"])
def test_others_have_no_business_here(endpoint, group):
    client = sign_in(make_staff("rita", group=group))

    assert client.get(LIST).status_code == 403
    assert act(client, "show_secrets", endpoint).status_code == 403


def test_whoever_may_only_look_gets_no_secret(endpoint):
    client = sign_in(make_staff("vera", permission="view_webhookendpoint"))

    assert client.get(LIST).status_code == 200
    assert "the old secret" not in act(client, "show_secrets", endpoint).content.decode()


def test_three_endpoints_cost_as_much_as_one(operator, acme, endpoint):
    of_one = count_queries(operator, LIST)
    for name in ("y", "z"):
        other = subscribe(acme, dialect=PLAIN, url=f"https://hooks.example.com/{name}", at=NOON)
        send_test(other, topic="test", at=NOON)

    assert count_queries(operator, LIST) == of_one
