import pytest

from tenants.services.addresses import clean_address, client_ip, network_of

PROXY = "10.0.0.9"


def test_without_a_proxy_the_header_is_not_read():
    meta = {"REMOTE_ADDR": "198.51.100.7", "HTTP_X_FORWARDED_FOR": "1.1.1.1"}

    assert client_ip(meta, trusted_proxies=0) == "198.51.100.7"


@pytest.mark.parametrize(
    ("forwarded", "trusted_proxies", "expected"),
    [
        ("198.51.100.7", 1, "198.51.100.7"),
        ("1.1.1.1, 198.51.100.7", 1, "198.51.100.7"),  # the caller wrote 1.1.1.1
        ("1.1.1.1, 198.51.100.7, 10.0.0.8", 2, "198.51.100.7"),
        ("198.51.100.7", 2, "198.51.100.7"),
        ("198.51.100.7:4711", 1, "198.51.100.7"),
        ("[2001:db8::1]:443", 1, "2001:db8::1"),
        ("", 1, PROXY),
        (" , ", 1, PROXY),
        ("nonsense", 1, PROXY),
    ],
)
def test_behind_proxies_the_last_untrusted_hop_is_the_caller(forwarded, trusted_proxies, expected):
    meta = {"REMOTE_ADDR": PROXY, "HTTP_X_FORWARDED_FOR": forwarded}

    assert client_ip(meta, trusted_proxies=trusted_proxies) == expected


def test_a_unix_socket_has_no_address():
    assert client_ip({}, trusted_proxies=0) == ""
    assert client_ip({"REMOTE_ADDR": ""}, trusted_proxies=1) == ""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (" 203.0.113.5 ", "203.0.113.5"),
        ("2001:DB8:0:0::1", "2001:db8::1"),
        ("::ffff:203.0.113.5", "203.0.113.5"),
        ("fe80::1%eth0", "fe80::1"),
        ("999.1.1.1", ""),
        ("", ""),
        ("1.2.3.4\x00", ""),
    ],
)
def test_an_address_has_one_spelling(text, expected):
    assert clean_address(text) == expected


def test_calls_are_counted_by_address_or_by_the_64_bits_one_caller_holds():
    assert network_of("203.0.113.5") == "203.0.113.5"
    assert network_of("2001:db8:1:2:3::4") == "2001:db8:1:2::/64"
    assert network_of("") == ""
