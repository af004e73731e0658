"""Every route of this dialect, asked with another tenant's key, and asked for another tenant's ids."""

import pytest
from django.test import Client

from api.saasquatch.urls import urlpatterns
from events.models import Event
from events.services.endpoints import subscribe
from tests.api.saasquatch.worlds import add_user, twin_tenants
from tests.cast import NOON

METHODS = ("get", "post", "put", "delete")
BODY = {
    "id": "only-acme", "accountId": "only-acme-co", "amount": 1, "unit": "CENTS", "endpointUrl": "https://hooks.test/sq",
    "subscription": {"status": "FREE"}, "actions": [{"referralId": "<referral>", "action": "DENIED"}],
}  # fmt: skip
ROUTES = [
    pytest.param(str(pattern.pattern), method, id=f"{method} {pattern.pattern}")
    for pattern in urlpatterns
    for method in METHODS
    if hasattr(pattern.callback.view_class, method)
]
# What belongs to no one row answers with what is the caller's own, which is nothing here; adding is theirs to do.
OWN = {
    "get referrals", "get users", "get subscription", "post subscription", "post user", "post accountsync",
    "put open/account/<str:account_id>/user/<str:user_id>", "post open/account/<str:account_id>/user/<str:user_id>",
}  # fmt: skip


@pytest.fixture
def world(db):
    """Both tenants have all of it, but `only-acme` is acme's alone."""
    world = twin_tenants()
    acme = world["tenant"]
    add_user(acme, "only-acme", code="ONLYACME")
    subscribe(acme, dialect="saasquatch", url="https://hooks.test/sq", at=NOON)
    return world


def fill_in(route: str, world) -> str:
    ids = {
        "<str:referral_id>": world["referral"],
        "<str:reward_id>": world["referrer_reward"],
        "<str:account_id>": "only-acme-co",
        "<str:user_id>": "only-acme",
        "<str:code>": "ONLYACME",
        "<path:url>": "https%3A%2F%2Fhooks.test%2Fsq",
    }
    for name, value in ids.items():
        route = route.replace(name, value)
    return route


def ask(world, alias: str, route: str, method: str):
    body = BODY | {"actions": [{"referralId": world["referral"], "action": "DENIED"}]}
    query = "?accountId=only-acme-co&referralCode=ONLYACME&programId=default&referringAccountId=a&referringUserId=b"
    options = {"data": body, "content_type": "application/json"} if method in {"post", "put"} else {}
    client = Client(headers={"Authorization": f"Basic {world['key']}"})
    return getattr(client, method)(f"/api/v1/{alias}/{fill_in(route, world)}{query}", **options)


@pytest.mark.parametrize(("route", "method"), ROUTES)
def test_another_tenants_path_is_no_path(world, route, method):
    events = Event.objects.count()

    response = ask(world, "acme", route, method)

    assert response.status_code == 404, response.content
    assert response.json()["apiErrorCode"] == "TENANT_NOT_FOUND"
    assert Event.objects.count() == events


@pytest.mark.parametrize(("route", "method"), ROUTES)
def test_another_tenants_things_are_not_there(world, route, method):
    events = Event.objects.filter(tenant=world["tenant"]).count()

    response = ask(world, "globex", route, method)

    if f"{method} {route}" in OWN:
        assert response.status_code in {200, 201}, response.content
        assert world["referral"] not in response.content.decode()
    elif "open/referrals" in route:
        assert response.json()["totalCount"] == 0
    else:
        assert response.status_code == 404, response.content
    assert Event.objects.filter(tenant=world["tenant"]).count() == events
