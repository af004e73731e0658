"""ETags: a name for what an object is like, so that nobody overwrites what they have not seen."""

import hashlib
from collections.abc import Callable
from typing import Any

from rest_framework.request import Request
from rest_framework.utils.encoders import JSONEncoder
from rest_framework.utils.json import dumps

from api.native.errors import Problem

SAFE = {"GET", "HEAD", "OPTIONS"}


def tag_of(shown: dict[str, Any]) -> str:
    written = dumps(shown, cls=JSONEncoder, sort_keys=True)
    return f'"{hashlib.sha256(written.encode()).hexdigest()[:32]}"'


def check_precondition(request: Request, show: Callable[[], dict[str, Any]]) -> None:
    """Refuse a write whose If-Match names another state of the object than the one it has."""
    asked = request.headers.get("If-Match")
    if request.method in SAFE or asked in (None, "*"):
        return
    if tag_of(show()) not in {tag.strip() for tag in asked.split(",")}:
        raise Problem(412, "precondition_failed", "It has changed since you read it.", field="")
