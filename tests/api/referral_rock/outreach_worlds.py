"""The worlds of recordings about mail: who wants none, and who was invited before."""

from django.utils import timezone

from referrals.models import Program
from referrals.services.outreach.inviting import Contact, add_invites
from referrals.services.outreach.suppressions import suppress_email
from tests.api.recordings import World
from tests.api.referral_rock.worlds import basic_key, make_rock_program, nobody
from tests.cast import NOON, make_member, make_referral, make_tenant


def two_who_want_no_mail() -> World:
    """And one of globex's, who is nobody's business here."""
    world = nobody()
    for email in ("Lee@buyer.example", "ida@x.example"):
        suppress_email(world["tenant"], email, source="api", at=NOON)
    suppress_email(make_tenant("globex"), "bo@x.example", source="api", at=NOON)
    return world


def a_contact_for_every_reason() -> World:
    world = nobody()
    tenant, program = world["tenant"], world["row"]
    make_referral(make_member(program, "mo", email="mo@x.example"), "ray", email="ray@x.example")
    suppress_email(tenant, "lee@buyer.example", source="api", at=NOON)
    add_invites(tenant, [Contact("before@x.example")], at=timezone.now())
    return world


def no_active_program() -> World:
    tenant = make_tenant()
    Program.objects.filter(pk=make_rock_program(tenant).pk).update(is_active=False)
    return {"tenant": tenant, "key": basic_key(tenant)}


OUTREACH_WORLDS = {
    "two who want no mail": two_who_want_no_mail,
    "a contact for every reason": a_contact_for_every_reason,
    "no active program": no_active_program,
}
