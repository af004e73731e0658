from datetime import timedelta

import pytest
from django.core import mail as box
from django.utils import timezone

from referrals import tasks
from referrals.models import Invite
from referrals.services.outreach.inviting import Contact, add_invites


@pytest.mark.django_db
def test_the_clock_sends_mail_and_forgets_old_invites(acme, program):
    now = timezone.now()
    add_invites(acme, [Contact("ida@x.example")], at=now)
    add_invites(acme, [Contact("bo@x.example")], at=now - timedelta(days=61))

    assert (tasks.forget_invites(), tasks.send_due_mail(), tasks.send_due_mail()) == (1, 1, 0)

    assert [message.to for message in box.outbox] == [["ida@x.example"]]
    assert list(Invite.objects.order_by("id").values_list("status", flat=True)) == ["sent", "expired"]
