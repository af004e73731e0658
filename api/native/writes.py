"""Every write: one transaction, done once under an idempotency key, rehearsed, or done as it was rehearsed."""

import hashlib
import json
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from typing import Any

from django.db import transaction
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.status import is_success
from rest_framework.utils.encoders import JSONEncoder

from api.callers import caller_of
from api.native.errors import MEDIA_TYPE, REFUSALS, Problem, describe, problem_of
from api.native.ids import FORM, MODELS
from api.native.plans import Asked, check_plan, rehearse
from tenants.errors import KeyInUse, KeyReused
from tenants.models import ApiKey
from tenants.services.answers import find_answer, store_answer

Handler = Callable[..., Response]
LONGEST_KEY = 255
SAID = {"": False, "false": False, "0": False, "true": True, "1": True}


def carry_out(handler: Handler, *, at: datetime) -> Handler:
    """The handler of a write as it is called: `?dry_run=true` rehearses it, `Vouch-Plan` does what a rehearsal said,
    `Idempotency-Key` answers it once.
    """
    return partial(_carry_out, handler, at)


def _carry_out(handler: Handler, at: datetime, request: Request, *args: Any, **kwargs: Any) -> Response:
    work = partial(_refuse_in_words, handler, request, *args, **kwargs)
    asked = Asked(caller_of(request).tenant, hash_of(request), frozenset(names_in([kwargs, request.data])))
    if is_rehearsal(request):
        return rehearse(work, asked)
    plan = request.headers.get("Vouch-Plan")
    if plan:
        work = partial(check_plan, work, plan, asked)
    key = request.headers.get("Idempotency-Key")
    with transaction.atomic():
        return _answer_once(work, request, key, asked=asked.digest, at=at) if key else work()


def is_rehearsal(request: Request) -> bool:
    """Raises Problem for a `dry_run` that is neither true nor false, so that nothing is done by mistake."""
    said = request.query_params.get("dry_run", "").lower()
    if said not in SAID:
        raise Problem(400, "bad_request", "`dry_run` is `true` or `false`.", field="dry_run")
    return SAID[said]


def hash_of(request: Request) -> str:
    """What is asked: method, path and body, whatever the order of its members."""
    body = json.dumps(request.data, sort_keys=True, cls=JSONEncoder)
    return hashlib.sha256(f"{request.method} {request.path}\n{body}".encode()).hexdigest()


def names_in(asked: Any) -> Iterator[str]:
    """Whatever has the form of an id, in a path or a body."""
    if isinstance(asked, dict):
        asked = list(asked.values())
    if isinstance(asked, list):
        for part in asked:
            yield from names_in(part)
    elif isinstance(asked, str) and (match := FORM.match(asked)) and match[1] in MODELS:
        yield asked


def _refuse_in_words(handler: Handler, request: Request, *args: Any, **kwargs: Any) -> Response:
    """What the domain refuses is an answer: each service undid its own work, and what it noted of the refusal stays."""
    try:
        return handler(request, *args, **kwargs)
    except REFUSALS as error:
        problem = problem_of(error)
        return Response(describe(problem, problem.status_code), problem.status_code, content_type=MEDIA_TYPE)


def _answer_once(work: Callable[[], Response], request: Request, key: str, *, asked: str, at: datetime) -> Response:
    """Replays what the key was answered. A refusal is not kept: it has done nothing, so it can be asked for again."""
    if len(key) > LONGEST_KEY:
        raise Problem(400, "bad_request", f"An idempotency key has at most {LONGEST_KEY} characters.")
    assert isinstance(request.auth, ApiKey)
    try:
        stored = find_answer(request.auth, key, request=asked, at=at)
    except (KeyInUse, KeyReused) as error:
        raise Problem(409, error.code, str(error.__doc__)) from error
    if stored:
        return Response(json.loads(stored.body), stored.status, headers={"Idempotent-Replayed": "true"})
    response = work()
    if is_success(response.status_code):
        body = json.dumps(response.data, cls=JSONEncoder)
        store_answer(request.auth, key, request=asked, status=response.status_code, body=body, at=at)
    return response
