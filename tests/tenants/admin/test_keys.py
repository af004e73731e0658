import re

import pytest
from django.urls import reverse
from django.utils import timezone

from tenants.errors import InvalidKey
from tenants.models import ApiKey
from tenants.services.keys import authenticate, create_key
from tests.cast import NOON

LIST = reverse("admin:tenants_apikey_changelist")
ADD = reverse("admin:tenants_apikey_add")


def issue(client, tenant) -> str:
    """Issue a key in the console; the page that answers."""
    form = {"tenant": tenant.pk, "name": "CRM", "scopes": ["read", "write"], "expires_at_0": "", "expires_at_1": ""}
    response = client.post(ADD, form)
    assert response.status_code == 200
    assert "no-store" in response["Cache-Control"]
    return response.content.decode()


def test_a_new_key_is_shown_on_the_page_that_made_it(operator, acme):
    page = issue(operator, acme)

    (secret,) = re.findall(r"vk_[A-Za-z0-9_-]{43}", page)
    key = authenticate(secret=secret, at=timezone.now())
    assert key.public_key in page
    assert (key.tenant, key.name, key.scopes, key.expires_at) == (acme, "CRM", ["read", "write"], None)
    assert ApiKey.objects.count() == 1


def test_a_key_is_never_shown_again(operator, acme):
    secret = re.findall(r"vk_[A-Za-z0-9_-]{43}", issue(operator, acme))[0]
    key = ApiKey.objects.get()

    for address in (LIST, reverse("admin:tenants_apikey_change", args=[key.pk]), reverse("admin:index")):
        page = operator.get(address, follow=True)
        assert page.status_code == 200
        assert secret not in page.content.decode()
        assert key.secret_hash not in page.content.decode()


def test_a_key_without_a_scope_is_not_issued(operator, acme):
    response = operator.post(ADD, {"tenant": acme.pk, "name": "CRM", "expires_at_0": "", "expires_at_1": ""})

    assert response.context["errors"] == [["This field is required."]]
    assert not ApiKey.objects.exists()


def test_a_change_reaches_the_name_and_the_expiry_alone(operator, acme, globex):
    key = create_key(acme, scopes=["read"], name="CRM", at=NOON).key
    form = {
        "name": "Old CRM", "expires_at_0": "2027-01-01", "expires_at_1": "00:00:00",
        "tenant": globex.pk, "scopes": ["admin"], "revoked_at": "", "public_key": "x",
    }  # fmt: skip

    response = operator.post(reverse("admin:tenants_apikey_change", args=[key.pk]), form)

    after = ApiKey.objects.get()
    assert response.status_code == 302
    assert (after.name, after.expires_at.year) == ("Old CRM", 2027)
    assert (after.tenant, after.scopes, after.public_key) == (acme, ["read"], key.public_key)


def test_revoking_ends_the_selected_keys_and_no_other(operator, acme):
    lost, kept = (create_key(acme, scopes=["read"], name=name, at=NOON) for name in ("lost", "kept"))

    response = operator.post(LIST, {"action": "revoke", "_selected_action": [lost.key.pk]}, follow=True)

    assert [str(message) for message in response.context["messages"]] == [
        "Revoked: lost. They are refused from now on."
    ]
    assert authenticate(secret=kept.secret, at=timezone.now()) == kept.key
    with pytest.raises(InvalidKey):
        authenticate(secret=lost.secret, at=timezone.now())


def test_nothing_is_revoked_by_looking(operator, acme):
    key = create_key(acme, scopes=["read"], at=NOON).key

    operator.get(LIST, {"action": "revoke", "_selected_action": key.pk})

    key.refresh_from_db()
    assert key.revoked_at is None


def test_a_key_is_not_deleted(operator, acme):
    key = create_key(acme, scopes=["read"], at=NOON).key

    assert operator.post(reverse("admin:tenants_apikey_delete", args=[key.pk]), {"post": "yes"}).status_code == 403
    assert ApiKey.objects.get() == key


def test_a_reviewer_has_no_business_with_keys(reviewer, acme):
    assert [reviewer.get(address).status_code for address in (LIST, ADD)] == [403, 403]


@pytest.mark.parametrize("keys", [1, 3])
def test_the_list_takes_the_same_queries_for_any_number_of_keys(operator, acme, django_assert_num_queries, keys):
    for _ in range(keys):
        create_key(acme, scopes=["read"], at=NOON)
    operator.get(LIST)

    with django_assert_num_queries(8):
        assert operator.get(LIST).status_code == 200
