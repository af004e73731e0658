import pytest
from django.urls import reverse

from events.models import Event
from referrals.models import EmailSuppression, Invite, Mail
from referrals.services.outreach.inviting import Contact, add_invites
from referrals.services.outreach.suppressions import is_suppressed, suppress_email
from tests.cast import NOON
from tests.console import make_staff, messages_of, sign_in

LIST = "admin:referrals_emailsuppression_changelist"
ADD = "admin:referrals_emailsuppression_add"


@pytest.fixture
def manager(db):
    return sign_in(make_staff("mia", group="Program manager"))


def test_staff_keep_mail_from_an_address(manager, acme):
    response = manager.post(reverse(ADD), {"tenant": acme.pk, "email": " Ida@x.example "})

    assert response.status_code == 302
    row = EmailSuppression.objects.get()
    assert (row.email, row.address, row.source) == ("Ida@x.example", "ida@x.example", "staff")
    assert Event.objects.get(kind="email.unsubscribed").data == {"source": "staff", "actor": "staff:mia"}


def test_an_address_kept_from_mail_already_stays_as_it_was(manager, acme):
    suppress_email(acme, "ida@x.example", source="page", at=NOON)

    assert manager.post(reverse(ADD), {"tenant": acme.pk, "email": "IDA@x.example"}).status_code == 302
    assert EmailSuppression.objects.values_list("source", flat=True).get() == "page"


@pytest.mark.parametrize("email", ["", "ida", "ida@under_score.example"])
def test_what_is_no_address_is_told_in_the_form(manager, acme, email):
    response = manager.post(reverse(ADD), {"tenant": acme.pk, "email": email})

    assert "email" in response.context["adminform"].form.errors
    assert EmailSuppression.objects.count() == 0


def test_staff_let_mail_go_again(manager, acme):
    row = suppress_email(acme, "ida@x.example", source="page", at=NOON)

    for told in ("Mail may go again to: ida@x.example.", "Mail may go again to: nobody new."):
        response = manager.post(reverse(LIST), {"action": "allow_again", "_selected_action": [row.pk]}, follow=True)
        assert messages_of(response) == [told]
    assert is_suppressed(acme, "ida@x.example") is False
    assert Event.objects.get(kind="email.resubscribed").data == {"actor": "staff:mia"}


def test_a_suppression_is_read_and_not_rewritten(manager, acme):
    row = suppress_email(acme, "ida@x.example", source="page", at=NOON)
    page = reverse("admin:referrals_emailsuppression_change", args=[row.pk])

    assert manager.get(page).status_code == 200
    manager.post(page, {"email": "other@x.example", "tenant": acme.pk})

    row.refresh_from_db()
    assert row.email == "ida@x.example"


def test_a_reviewer_sees_no_addresses(desk, acme, program):
    add_invites(acme, [Contact("ida@x.example")], at=NOON)

    for name in ("emailsuppression", "invite", "mail"):
        assert desk.get(reverse(f"admin:referrals_{name}_changelist")).status_code == 403


def test_an_invite_is_found_by_its_address_and_shows_its_mails(manager, acme, program):
    first, _ = add_invites(acme, [Contact("Ida@x.example", "Ida"), Contact("bo@x.example")], at=NOON).added

    found = manager.get(reverse("admin:referrals_invite_changelist"), {"q": "IDA@x.example"})
    page = manager.get(reverse("admin:referrals_invite_change", args=[first.pk]))

    assert [row.pk for row in found.context["cl"].result_list] == [first.pk]
    assert "Ida@x.example" in page.content.decode()
    assert Mail.objects.get(invite=first).get_kind_display() in page.content.decode()


def test_nobody_writes_invites_or_mails_here(root, acme, program):
    add_invites(acme, [Contact("ida@x.example")], at=NOON)
    for row in (Invite.objects.get(), Mail.objects.get()):
        name = row._meta.model_name
        assert root.get(reverse(f"admin:referrals_{name}_add")).status_code == 403
        assert root.post(reverse(f"admin:referrals_{name}_change", args=[row.pk]), {}).status_code == 403
