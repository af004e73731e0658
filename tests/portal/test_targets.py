import pytest

from portal.targets import add_to_query, choose_target, origin_of, path_of

LANDING = "https://shop.example.com/welcome"
ALLOWED = ["https://blog.example.com", "http://local.example.com:8080"]


@pytest.mark.parametrize(
    "wanted",
    [
        "https://shop.example.com/",
        "https://SHOP.example.com:443/a?b=c#d",
        "https://blog.example.com/posts/1",
        "http://local.example.com:8080/x",
        "https://shop.example.com/caf\u00e9",
    ],
)
def test_a_page_of_the_programs_own_origins_is_honoured(wanted):
    assert choose_target(wanted, landing_url=LANDING, allowed_origins=ALLOWED) == wanted


@pytest.mark.parametrize(
    "wanted",
    [
        "",
        "/relative",
        "//evil.example/x",
        "https:evil.example",
        "https:///evil.example",
        "http://shop.example.com/",  # another scheme
        "https://shop.example.com:444/",  # another port
        "https://shop.example.com:99999/",
        "https://shop.example.com:x/",
        "https://shop.example.com./",
        "https://evil.example/?https://shop.example.com",
        "https://shop.example.com.evil.example/",
        "https://sub.shop.example.com/",
        "https://shop.example.com@evil.example/",
        "https://evil.example@shop.example.com/",
        "https://evil.example\\@shop.example.com/",
        "https://shop.example.com\\.evil.example/",
        "https://shop.example.com\uff0fevil.example/",
        "https://\uff53hop.example.com/",
        "https://shop.example.com\t.evil.example/",
        "https://shop.example.com/\r\nSet-Cookie: a=b",
        " https://shop.example.com/",
        "https://[shop.example.com/",
        "javascript:alert(1)",
        "data:text/html,x",
        "ftp://shop.example.com/",
        "https://shop.example.com/" + "a" * 2048,
    ],
)
def test_any_other_page_is_replaced_by_the_landing_page(wanted):
    assert choose_target(wanted, landing_url=LANDING, allowed_origins=ALLOWED) == LANDING


def test_nothing_is_honoured_for_a_program_without_pages():
    assert choose_target("https://evil.example/", landing_url="", allowed_origins=[]) == ""


def test_an_empty_allowed_origin_allows_nothing():
    assert choose_target("//evil.example/", landing_url=LANDING, allowed_origins=["", "not an origin"]) == LANDING


def test_an_origin_says_its_port():
    assert origin_of("https://a.example") == "https://a.example:443"
    assert origin_of("http://a.example") == "http://a.example:80"
    assert origin_of("http://a.example:443/") == "http://a.example:443"


def test_the_path_of_a_page_is_known_only_where_its_origin_is():
    assert path_of("https://shop.example.com/a/b?c=d") == "/a/b"
    assert path_of("//shop.example.com/a/b") == ""


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://a.example", "https://a.example?ref=R%26D&click_id=attr_1"),
        ("https://a.example/p?x=1&y=%2F&x=2#f", "https://a.example/p?x=1&y=%2F&x=2&ref=R%26D&click_id=attr_1#f"),
        ("https://a.example/?ref=OTHER&a=b", "https://a.example/?a=b&ref=R%26D&click_id=attr_1"),
        ("https://a.example/?%72ef=OTHER&refer=me", "https://a.example/?refer=me&ref=R%26D&click_id=attr_1"),
        ("https://a.example/?flag", "https://a.example/?flag&ref=R%26D&click_id=attr_1"),
    ],
)
def test_the_query_is_kept_and_ours_comes_last(url, expected):
    assert add_to_query(url, ref="R&D", click_id="attr_1") == expected
