from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from api.addresses import client_ip


def test_client_ip_believes_as_many_proxies_as_are_trusted(settings):
    request = APIRequestFactory().get(
        "/", REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR="6.6.6.6, 203.0.113.7, 10.0.0.2"
    )
    believed = []
    for settings.TRUSTED_PROXIES in (0, 1, 2):
        believed.append(client_ip(request))

    assert believed == ["10.0.0.1", "10.0.0.2", "203.0.113.7"]
    assert client_ip(Request(request)) == "203.0.113.7"
