import pytest

from referrals.errors import UnreadableToken
from referrals.services.outreach.inviting import Contact, add_invites
from referrals.services.outreach.tokens import open_invite, open_mailbox, seal_mailbox, sign_invite
from tests.cast import NOON


def changed(token: str, place: int) -> str:
    return token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]


@pytest.mark.parametrize("email", ["ida@x.example", "i+d:a@x.example", "Zo.E@münchen.example", "abcdef@longer.example"])
def test_a_sealed_address_opens_again(acme, email):
    token = seal_mailbox(acme, email)

    assert open_mailbox(token) == (acme, email)
    assert token.replace("-", "").replace("_", "").isalnum()
    assert email not in token


def test_the_tenant_is_part_of_it(acme, globex):
    assert open_mailbox(seal_mailbox(globex, "ida@x.example")).tenant == globex


def test_a_changed_or_shortened_token_opens_nothing(acme):
    token = seal_mailbox(acme, "ida@x.example")

    for bad in (*(changed(token, place) for place in range(len(token) - 1)), token[:-4], token + "AAAA", "", "é", "=="):
        with pytest.raises(UnreadableToken):
            open_mailbox(bad)


def test_a_token_of_a_tenant_that_is_gone_opens_nothing(acme):
    acme.pk = 10**9

    with pytest.raises(UnreadableToken):
        open_mailbox(seal_mailbox(acme, "ida@x.example"))


def test_tokens_outlive_a_change_of_secret_that_keeps_the_old_one(acme, settings):
    token = seal_mailbox(acme, "ida@x.example")
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another", [settings.SECRET_KEY]

    assert open_mailbox(token).email == "ida@x.example"
    settings.SECRET_KEY_FALLBACKS = []
    with pytest.raises(UnreadableToken):
        open_mailbox(token)


def test_an_invite_is_found_by_its_token_alone(acme, program):
    first, second = add_invites(acme, [Contact("ida@x.example"), Contact("bo@x.example")], at=NOON).added

    assert open_invite(sign_invite(first)) == first
    for bad in ("", "x", first.uid.hex, changed(sign_invite(second), 3), sign_invite(second)[:-1]):
        with pytest.raises(UnreadableToken):
            open_invite(bad)
