import pytest
from django.urls import reverse

from tenants.models import Domain, Plan, Tenant, Usage
from tests.cast import NOON, make_tenant

LIST = reverse("admin:tenants_tenant_changelist")
ADD = reverse("admin:tenants_tenant_add")
NO_DOMAINS = {"domains-TOTAL_FORMS": "0", "domains-INITIAL_FORMS": "0"}


def page_of(tenant: Tenant) -> str:
    return reverse("admin:tenants_tenant_change", args=[tenant.pk])


def change(client, tenant: Tenant, **fields: str):
    form = {
        "name": tenant.name, "plan": tenant.plan_id, "is_active": "on", "stripe_livemode": "unknown",
        "stripe_webhook_secret": "",
    }  # fmt: skip
    response = client.post(page_of(tenant), form | NO_DOMAINS | fields)
    assert response.status_code == 302, response.context["errors"]
    tenant.refresh_from_db()
    return response


def test_a_new_tenants_token_secret_is_shown_on_the_page_that_made_it(operator):
    form = {"alias": "initech", "name": "Initech", "plan": "pro", "stripe_livemode": "unknown"}

    response = operator.post(ADD, form | NO_DOMAINS | {"stripe_webhook_secret": "whsec_initech"})

    tenant = Tenant.objects.get()
    assert (tenant.alias, tenant.plan_id, tenant.stripe_webhook_secret) == ("initech", "pro", "whsec_initech")
    assert tenant.member_token_secret in response.content.decode()
    assert "whsec_initech" not in response.content.decode()
    assert "no-store" in response["Cache-Control"]


@pytest.mark.parametrize("alias", ["admin", "Initech", "acme"])
def test_a_tenant_with_an_impossible_alias_is_not_created(operator, acme, alias):
    response = operator.post(ADD, {"alias": alias, "name": "Initech", "plan": "pro"} | NO_DOMAINS)

    assert response.status_code == 200
    assert response.context["errors"]
    assert Tenant.objects.get() == acme


@pytest.mark.parametrize("who", ["operator", "reviewer"])
def test_no_page_shows_a_secret(request, acme, who):
    client = request.getfixturevalue(who)

    for address in (LIST, page_of(acme), reverse("admin:tenants_tenant_history", args=[acme.pk])):
        page = client.get(address)
        assert page.status_code == 200
        assert "whsec_acme" not in page.content.decode()
        assert acme.member_token_secret not in page.content.decode()


def test_a_change_keeps_the_stripe_secret_that_is_set(operator, acme):
    change(operator, acme, name="Acme Ltd")

    assert (acme.name, acme.stripe_webhook_secret) == ("Acme Ltd", "whsec_acme")


def test_a_new_stripe_secret_replaces_the_old_one(operator, acme):
    change(operator, acme, stripe_webhook_secret="whsec_new")

    assert acme.stripe_webhook_secret == "whsec_new"


def test_the_stripe_endpoint_can_be_turned_off(operator, acme):
    change(operator, acme, stripe_off="on")

    assert acme.stripe_webhook_secret == ""


def test_the_alias_stays(operator, acme):
    change(operator, acme, alias="initech")

    assert acme.alias == "acme"


def test_renewing_the_token_secret_shows_the_new_one_once(operator, acme):
    before = acme.member_token_secret

    response = operator.post(LIST, {"action": "renew_token_secret", "_selected_action": [acme.pk]})

    acme.refresh_from_db()
    assert acme.member_token_secret != before
    assert acme.member_token_secret in response.content.decode()
    assert "no-store" in response["Cache-Control"]


def test_a_domain_is_a_host_name(operator, acme):
    def add(host: str):
        inline = {"domains-TOTAL_FORMS": "1", "domains-INITIAL_FORMS": "0", "domains-0-host": host}
        form = {"name": "Acme", "plan": "enterprise", "is_active": "on", "stripe_livemode": "unknown"}
        return operator.post(page_of(acme), form | inline)

    for host in ("https://go.acme.com", "go.acme.com/x", "acme", "go.acme.com:443"):
        assert add(host).status_code == 200
    assert add("go.acme.com").status_code == 302
    assert [domain.host for domain in Domain.objects.filter(tenant=acme)] == ["go.acme.com"]


def test_a_reviewer_may_look_and_not_touch(reviewer, acme):
    assert reviewer.post(page_of(acme), {"name": "Mine"} | NO_DOMAINS).status_code == 403
    reviewer.post(LIST, {"action": "renew_token_secret", "_selected_action": [acme.pk]})

    assert Tenant.objects.get().member_token_secret == acme.member_token_secret
    assert Tenant.objects.get().name == "Acme"


def test_a_tenant_is_not_deleted(operator, acme):
    assert operator.post(reverse("admin:tenants_tenant_delete", args=[acme.pk]), {"post": "yes"}).status_code == 403


def test_a_plan_is_read_by_an_operator(operator):
    response = operator.get(reverse("admin:tenants_plan_changelist"))

    assert [plan.slug for plan in response.context["cl"].result_list] == list(
        Plan.objects.order_by("price_cents").values_list("slug", flat=True)
    )
    assert "$499.00" in response.content.decode()


def test_usage_is_there_to_read(operator, acme):
    row = Usage.objects.create(tenant=acme, day=NOON.date(), credits=1234)

    assert "1234" in operator.get(reverse("admin:tenants_usage_changelist")).content.decode()
    assert operator.get(reverse("admin:tenants_usage_add")).status_code == 403
    assert operator.post(reverse("admin:tenants_usage_change", args=[row.pk]), {"credits": 0}).status_code == 403
    assert Usage.objects.get().credits == 1234


@pytest.mark.parametrize("tenants", [1, 3])
def test_the_list_takes_the_same_queries_for_any_number_of_tenants(operator, django_assert_num_queries, tenants):
    for number in range(tenants):
        make_tenant(f"tenant-{number}")
    operator.get(LIST)

    with django_assert_num_queries(8):
        assert operator.get(LIST).status_code == 200
