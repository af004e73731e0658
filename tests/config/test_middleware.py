import pytest
from django.contrib.auth import get_user_model
from django.urls import reverse

from config.history import history_context
from tenants.models import Tenant


@pytest.mark.parametrize("path", ["/healthz?a=%00", "/healthz?a=b%00c", "/r/a%00b"])
def test_a_nul_is_refused_before_anything_reads_it(client, path):
    response = client.get(path)

    assert (response.status_code, response.content) == (400, b"The request holds a NUL character.")


def test_an_escaped_percent_sign_is_no_nul(client):
    assert client.get("/healthz?a=%2500").status_code == 200


def test_history_says_who_changed_what_in_the_console(client, acme):
    olga = get_user_model().objects.create_superuser("olga")
    client.force_login(olga)
    page = reverse("admin:tenants_tenant_change", args=[acme.pk])
    form = {"name": "Acme Ltd", "plan": "enterprise", "is_active": "on", "stripe_livemode": "unknown"}

    response = client.post(page, form | {"domains-TOTAL_FORMS": "0", "domains-INITIAL_FORMS": "0"})

    assert response.status_code == 302
    made, changed = acme.history.order_by("pgh_id")
    assert (made.name, made.pgh_context) == ("Acme", None)
    assert (changed.name, changed.pgh_context.metadata) == ("Acme Ltd", {"user": olga.pk, "url": page})


def test_history_keeps_several_writes_of_one_request_together(acme, globex):
    with history_context(user=1):
        for tenant in (acme, globex):
            Tenant.objects.filter(pk=tenant.pk).update(name="Renamed")
    Tenant.objects.filter(pk=acme.pk).update(name="Renamed again")

    first, second = (tenant.history.get(name="Renamed").pgh_context for tenant in (acme, globex))
    assert first == second
    assert first.metadata == {"user": 1}


def test_one_address_tries_ten_passwords_a_minute(client, bob, settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # hashing well takes its time
    guess = {"username": "bob", "password": "a guess"}
    answers = [client.post("/admin/login/", guess).status_code for _ in range(11)]

    right = client.post("/admin/login/", {"username": "bob", "password": "a long password"})
    elsewhere = client.post("/admin/login/", guess, REMOTE_ADDR="198.51.100.7")

    assert answers == [200] * 10 + [429]
    assert (right.status_code, right["Retry-After"].isdecimal(), elsewhere.status_code) == (429, True, 200)
