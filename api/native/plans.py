"""Rehearsing a write, and doing it afterwards exactly as it was rehearsed.

A rehearsal is the write itself in a transaction that is rolled back. Its token says what was asked, what it did, and
what all that it names or touches was like; it is signed, so nothing of it is kept here.
"""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any, NamedTuple

from django.conf import settings
from django.core import signing
from django.core.exceptions import ValidationError as ModelError
from django.db import transaction
from django.db.models import Model
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.response import Response
from rest_framework.status import is_success
from rest_framework.utils.encoders import JSONEncoder

from api.native.effects import Effects, effects_since, set_mark
from api.native.errors import Problem, answer_problem
from api.native.ids import MODELS, lookup
from tenants.models import Tenant

SALT = "vouch.plan"
LIVES = timedelta(hours=24)
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\S*")
UUIDS = re.compile(r"[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}")
# The order in which the domain locks, so that a plan and whoever changes what it is about never wait for each other.
LOCKED_FIRST = ("ref", "rev", "per", "mem", "rwd", "pay")
FEW = 20  # objects, of which a plan can tell field by field what has changed
# What changes by itself: being seen, being used, being called.
RESTLESS = {"last_used_at", "last_active_at", "views", "first_view_at", "last_view_ip", "failures", "failing_since"}
Work = Callable[[], Response]
Versions = dict[str, dict[str, str]]


class Asked(NamedTuple):
    """A write as it is asked for: whose, a hash of it, and the ids that it names."""

    tenant: Tenant
    digest: str
    names: frozenset[str]


def rehearse(work: Work, asked: Asked) -> Response:
    """What a write would do, and the token to do it by: nothing of it stays. A refusal is answered as it would be."""
    with transaction.atomic():
        mark = set_mark()
        response = work()
        effects = effects_since(mark)
        transaction.set_rollback(True)
    if not is_success(response.status_code):
        return response
    versions = versions_of(asked.names | set(effects.subjects), asked.tenant)
    token = {"asked": asked.digest, "done": digests_of(effects, known=versions), "versions": versions}
    shown = {**vars(effects), "plan": signing.dumps(token, salt=SALT, compress=True)}
    return Response({"dry_run": True, "answer": response.data, "status": response.status_code, **shown})


def check_plan(work: Work, token: str, asked: Asked) -> Response:
    """Do what a plan says. Raises Problem, and nothing stays, where the plan is another's or too old, where what it
    names or touches has changed since (`differences` says what), or where the write would now do something else.
    """
    plan = _open(token, asked=asked.digest)
    _refuse_changes(plan["versions"], asked.tenant)
    mark = set_mark()
    try:
        response = work()
    except (ModelError, ValidationError, NotFound) as error:  # it was none when it was rehearsed
        raise _refused(answer_problem(error, {})) from error
    if not is_success(response.status_code):
        raise _refused(response)
    _compare(digests_of(effects_since(mark), known=plan["versions"]), plan["done"])
    return response


def _compare(done: list[str], planned: list[str]) -> None:
    told = [
        {"object": line.split(" ")[0], label: line.split(" ")[1]}
        for label, lines in (
            ("unplanned", Counter(done) - Counter(planned)),
            ("missing", Counter(planned) - Counter(done)),
        )
        for line in lines
    ]
    if told:
        raise _differs(told)


def _open(token: str, *, asked: str) -> dict[str, Any]:
    try:
        plan: dict[str, Any] = signing.loads(token, salt=SALT, max_age=LIVES)
    except signing.BadSignature as error:
        raise Problem(409, "plan_expired", "That is no plan of ours, or it is older than a day.") from error
    if plan["asked"] != asked:
        raise Problem(409, "plan_of_another_request", "That plan is of another request.")
    return plan


def _refuse_changes(planned: Versions, tenant: Tenant) -> None:
    now = versions_of(planned, tenant, for_update=True)
    differences = [
        {
            "object": name,
            "fields": sorted(field for field in was if field and now.get(name, {}).get(field) != was[field]),
        }
        for name, was in planned.items()
        if now.get(name) != was
    ]
    if differences:
        raise _differs(differences)


def _refused(answer: Response | None) -> Problem:
    """The write is refused now: by what, is the difference."""
    assert answer
    return _differs([{"now": answer.data["code"], "detail": answer.data["detail"], "errors": answer.data["errors"]}])


def _differs(differences: list[dict[str, Any]]) -> Problem:
    return Problem(409, "plan_differs", "What the plan is about has changed since.", differences=differences)


def versions_of(ids: Iterable[str], tenant: Tenant, *, for_update: bool = False) -> Versions:
    """What each of these objects of a tenant is like: a short hash of each of its fields, or of all of them where there
    are many objects. One that is not there is left out.
    """
    names = sorted(ids, key=_order_of)
    found = {name: row for name in names if (row := _find(name, tenant, for_update=for_update))}
    whole = len(names) > FEW
    return {name: _version(row, whole=whole) for name, row in found.items()}


def _order_of(name: str) -> tuple[int, str]:
    kind = name.partition("_")[0]
    return (LOCKED_FIRST.index(kind) if kind in LOCKED_FIRST else len(LOCKED_FIRST), name)


def _find(name: str, tenant: Tenant, *, for_update: bool) -> Model | None:
    model: Any = MODELS.get(name.partition("_")[0])
    wanted = lookup(model, name) if model else None
    if wanted is None:
        return None
    rows = model.objects.select_for_update(no_key=True) if for_update else model.objects
    found: Model | None = rows.filter(tenant=tenant, **wanted).first()
    return found


def _version(row: Model, *, whole: bool) -> dict[str, str]:
    names = [field.attname for field in row._meta.concrete_fields if field.attname not in RESTLESS]  # noqa: SLF001
    values = {name: str(getattr(row, name)) for name in names}
    return {"": _digest(repr(values))} if whole else {name: _digest(value) for name, value in values.items()}


def digests_of(effects: Effects, *, known: Iterable[str]) -> list[str]:
    """One line for each effect, without what differs each time it is done: instants, and the ids of what is new."""
    kept = {name.partition("_")[2] for name in known}
    lines = [(change["object"], change["what"], change) for change in effects.changes]
    lines += [(entry["person"], entry["kind"], entry) for entry in effects.entries]
    lines += [(message["by"], message["what"], message) for message in effects.messages]
    lines += [(call["to"], call["to"], call) for call in effects.outside_calls]
    return [f"{_plain(name, kept)} {what} {_digest(_plain(_written(line), kept))}" for name, what, line in lines]


def _plain(text: str, kept: set[str]) -> str:
    def name(match: "re.Match[str]") -> str:
        uid = match[0].replace("-", "")
        return uid if uid in kept else "new"

    return UUIDS.sub(name, MOMENT.sub("then", text))


def _written(line: dict[str, Any]) -> str:
    return json.dumps(line, sort_keys=True, cls=JSONEncoder)


def _digest(text: str) -> str:
    """Keyed, since whoever holds the token could else try out what a field might hold."""
    return hashlib.blake2b(text.encode(), key=settings.SECRET_KEY.encode()[:64], digest_size=6).hexdigest()
