import pytest
from django.test import Client

from tenants.models import Tenant
from tenants.services.keys import create_key
from tests.cast import NOON


class Api:
    """A client of the API with a key of a tenant."""

    def __init__(self, tenant: Tenant, scopes: list[str]):
        self.key, self.secret = create_key(tenant, scopes=scopes, at=NOON)
        self.client = Client(headers={"authorization": f"Bearer {self.secret}"})

    def __call__(self, method: str, path: str, body=None, **headers):
        sent = {"data": body, "content_type": "application/json"} if body is not None else {}
        return self.client.generic(
            method.upper(), f"/v1/{path}", *_payload(sent), headers={k.replace("_", "-"): v for k, v in headers.items()}
        )

    def get(self, path: str, **headers):
        return self("get", path, **headers)

    def post(self, path: str, body=None, **headers):
        return self("post", path, {} if body is None else body, **headers)

    def patch(self, path: str, body, **headers):
        return self("patch", path, body, **headers)


def _payload(sent):
    import json

    return [json.dumps(sent["data"]), sent["content_type"]] if sent else []


@pytest.fixture
def api(acme) -> Api:
    """Alice's own client: every scope."""
    return Api(acme, ["read", "write", "admin"])
