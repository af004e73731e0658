import pytest
from django.conf import settings
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from api.permissions import Denied, Open, scopes
from tenants.models import ApiKey


def may_enter(permission: type[BasePermission], *held: str) -> bool:
    request = Request(APIRequestFactory().get("/"))
    request.auth = ApiKey(scopes=list(held)) if held else None
    return permission().has_permission(request, view=None)


def test_a_view_that_says_nothing_is_closed():
    assert settings.REST_FRAMEWORK["DEFAULT_PERMISSION_CLASSES"] == ["api.permissions.Denied"]
    assert not may_enter(Denied, "read", "write", "admin")


def test_an_open_view_asks_for_no_key():
    assert may_enter(Open)


@pytest.mark.parametrize(
    ("wanted", "held", "enters"),
    [
        (["read"], ["read"], True),
        (["read"], ["read", "write"], True),
        (["read"], ["write", "admin"], False),
        (["read"], [], False),
        (["read", "write"], ["read"], False),
        (["read", "write"], ["write", "read"], True),
    ],
)
def test_scopes_are_all_wanted_and_none_implies_another(wanted, held, enters):
    assert may_enter(scopes(*wanted), *held) is enters


def test_scopes_that_there_are_not_are_a_mistake_of_ours():
    with pytest.raises(ValueError, match="root"):
        scopes("root")
    with pytest.raises(AssertionError):
        scopes()
