import pytest
from django.contrib.auth.models import Group, User
from django.urls import reverse

from events.models import Event
from referrals.models import Code, Decision, Person, Program, Signal
from tests.cast import make_member, make_program, make_referral, pay
from tests.console import make_case, make_staff, messages_of, sign_in


@pytest.fixture
def manager(db):
    return sign_in(make_staff("mia", group="Program manager"))


def page_of(row, name: str = "change") -> str:
    return reverse(f"admin:referrals_{row._meta.model_name}_{name}", args=[row.pk])


def form_of(program: Program, **fields: object) -> dict[str, object]:
    names = [
        *("name", "title", "kind", "member_offer", "referral_offer", "landing_url", "currency"),
        *("attribution_window_days", "touch_policy", "hold_days", "refund_window_days", "referrer_moderation"),
        *("referred_moderation", "risk_level"),
    ]
    filled = {name: getattr(program, name) for name in names}
    return {**filled, "is_active": "on", "monthly_cap": "", "lifetime_cap": "", "review_score": "", **fields}


def test_a_program_is_edited_and_its_history_kept(manager, program):
    response = manager.post(
        page_of(program), form_of(program, title="Bring a friend", hold_days="45", disabled_rules=["similar_name"])
    )

    program.refresh_from_db()
    assert response.status_code == 302
    assert (program.title, program.hold_days, program.disabled_rules) == ("Bring a friend", 45, ["similar_name"])
    assert [row.hold_days for row in program.history.order_by("pgh_id")][-1] == 45


def test_what_is_changed_of_a_program_is_told_before_and_after(manager, program):
    form = form_of(program, allowed_origins=["https://shop.example.com"])
    del form["is_active"]
    manager.post(page_of(program), form)
    manager.post(page_of(program), form)

    event = Event.objects.get(kind="program.updated")
    assert (event.subject, event.data) == (
        program.uid,
        {
            "before": {"is_active": True, "allowed_origins": []},
            "after": {"is_active": False, "allowed_origins": ["https://shop.example.com"]},
        },
    )


def test_a_hold_shorter_than_refunds_is_warned_about(manager, program):
    response = manager.post(page_of(program), form_of(program, hold_days="7"), follow=True)

    assert any("Rewards are held 7 days, but customers may ask for a refund for 30" in m for m in messages_of(response))


def test_two_programs_of_a_tenant_cannot_share_a_name(manager, acme, program):
    other = Program.objects.create(tenant=acme, name="partners")

    response = manager.post(page_of(other), form_of(other, name="default"))

    assert response.status_code == 200
    assert "already exists" in str(response.context["adminform"].form.errors)


def test_a_rule_that_always_holds_cannot_be_switched_off(manager, program):
    response = manager.post(page_of(program), form_of(program, disabled_rules=["same_mailbox"]))

    assert "disabled_rules" in response.context["adminform"].form.errors


def test_a_new_program_belongs_to_the_tenant_chosen(manager, acme):
    fields = form_of(Program(name="partners"), tenant=acme.pk)

    manager.post(reverse("admin:referrals_program_add"), fields)

    assert Program.objects.get(name="partners").tenant == acme


def test_a_reviewer_reads_programs_and_changes_none(desk, program):
    assert desk.get(page_of(program)).status_code == 200
    assert desk.post(page_of(program), form_of(program, hold_days="1")).status_code == 403


def member_form(member, **fields: str) -> dict[str, str]:
    none = {"codes-TOTAL_FORMS": "0", "codes-INITIAL_FORMS": "0"}
    return {"status": member.status, "disabled_reason": "", **none, **fields}


def test_a_member_is_switched_off_and_the_change_is_told(manager, alice):
    response = manager.post(page_of(alice), member_form(alice, status="Disabled", disabled_reason="bought traffic"))

    alice.refresh_from_db()
    assert response.status_code == 302
    assert (alice.status, alice.disabled_reason) == ("Disabled", "bought traffic")
    event = Event.objects.get(kind="member.updated")
    assert (event.subject, event.data) == (
        alice.uid, {"before": {"status": "Activated"}, "after": {"status": "Disabled"}},
    )  # fmt: skip


def test_only_the_changed_columns_of_a_member_are_written(manager, alice):
    """A service that counts a view meanwhile is not undone."""
    page = page_of(alice)
    manager.get(page)
    type(alice).objects.filter(pk=alice.pk).update(views=7)

    manager.post(page, member_form(alice, status="Disabled"))

    alice.refresh_from_db()
    assert (alice.status, alice.views) == ("Disabled", 7)


def test_a_code_is_added_once(manager, alice, program):
    add = reverse("admin:referrals_code_add")
    form = {"member": alice.pk, "code": "SPRING", "kind": "coupon", "is_active": "on"}

    manager.post(add, form)
    code = Code.objects.get(code="SPRING")
    assert (code.member, code.tenant, code.kind, code.is_default) == (alice, alice.tenant, "coupon", False)

    taken = manager.post(add, {**form, "code": "spring"})
    assert taken.context["adminform"].form.errors["code"] == ["The code 'spring' is taken."]
    odd = manager.post(add, {**form, "code": "no spaces"})
    assert odd.context["adminform"].form.errors["code"] == [
        "Use letters, digits, points, hyphens and underscores, at most 64."
    ]


def test_a_code_is_switched_off_but_never_respelt(manager, alice):
    code = alice.codes.get()

    manager.post(page_of(code), {"description": "old", "code": "OTHER", "starts_at_0": "", "starts_at_1": ""})

    code.refresh_from_db()
    assert (code.code, code.is_active, code.description) == ("ALICE", False, "old")


def test_evidence_is_only_read(root, alice):
    make_case(alice, "dana")

    for model in (Signal, Decision, Person):
        row = model.objects.first()
        assert root.get(page_of(row)).status_code == 200
        assert root.post(page_of(row), {"code": "x"}).status_code == 403
        assert root.post(page_of(row, "delete"), {"post": "yes"}).status_code == 403


def test_nothing_is_deleted_from_the_console(root, alice, program):
    referral = make_referral(alice, "dana")

    for row in (program, alice, alice.codes.get(), referral):
        assert root.post(page_of(row, "delete"), {"post": "yes"}).status_code == 403


def test_a_referral_shows_what_was_paid_and_why(root, alice):
    referral = make_referral(alice, "dana")
    pay(referral, 40_00, key="in_dana")

    html = root.get(page_of(referral)).content.decode()

    assert "40.00 USD" in html
    assert "in_dana" in html
    assert "Rewarded" in html
    assert f"/admin/credits/reward/?referral__id__exact={referral.pk}" in html


def test_what_people_call_themselves_is_escaped(root, program):
    evil = "<script>alert(1)</script>"
    mallory = make_member(program, "mallory", code="MALLORY", first_name=evil, email=f"{evil}@x.example")
    referral = make_referral(mallory, "dupe", first_name=evil)

    pages = [page_of(referral), page_of(mallory), page_of(mallory.person)]
    pages += [reverse(f"admin:referrals_{name}_changelist") for name in ("referral", "member", "person", "code")]
    for url in pages:
        html = root.get(url).content.decode()
        assert "<script>alert" not in html, url
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html, url


def test_links_lead_to_lists_of_one_person(root, alice):
    referral = make_referral(alice, "dana")
    make_referral(make_member(alice.program, "nora", code="NORA"), "hana")

    for query in (f"referrer__person__id__exact={alice.person_id}", f"referrer__id__exact={alice.pk}"):
        page = root.get(f"{reverse('admin:referrals_referral_changelist')}?{query}")
        assert [row.pk for row in page.context["cl"].result_list] == [referral.pk]


def test_staff_and_roles_are_kept_in_the_console(root, bob):
    assert User.objects.filter(pk=bob.pk, groups=Group.objects.get(name="Reviewer")).exists()
    assert root.get(reverse("admin:auth_user_change", args=[bob.pk])).status_code == 200
    assert root.get(reverse("admin:auth_group_changelist")).status_code == 200


def test_a_role_may_not_make_staff(manager, desk):
    for client in (manager, desk):
        assert client.get(reverse("admin:auth_user_changelist")).status_code == 403


def test_programs_of_two_tenants_may_share_a_name(manager, acme, globex):
    make_program(globex)

    manager.post(reverse("admin:referrals_program_add"), form_of(Program(name="default"), tenant=acme.pk))

    assert Program.objects.filter(name="default").count() == 2
