"""Whose address a request comes from."""

from django.conf import settings
from django.http import HttpRequest
from rest_framework.request import Request

from tenants.services import addresses


def client_ip(request: HttpRequest | Request) -> str:
    """The caller's address, past the proxies we trust; "" where none is known."""
    return addresses.client_ip(request.META, trusted_proxies=settings.TRUSTED_PROXIES)
