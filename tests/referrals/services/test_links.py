from referrals.services.links import base_url, join_link, share_link, unsubscribe_link


def test_links_begin_with_the_public_address(alice, settings):
    settings.BASE_URL = "https://refer.example"

    assert base_url() == "https://refer.example"
    assert share_link(alice.codes.get()) == "https://refer.example/r/acme/ALICE"
    assert [unsubscribe_link("abc"), join_link("x.y")] == ["https://refer.example/u/abc", "https://refer.example/j/x.y"]
