"""Every route of every dialect, asked by somebody of another tenant for what is acme's: nothing shows, nothing changes.

The routes are found in the URL configuration, so a new one has to say in `isolation_cases` what it answers a stranger.
"""

import base64
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple
from urllib.parse import quote
from uuid import uuid4

import pytest
from django.db import transaction
from django.test import Client, override_settings
from django.utils import timezone

from payouts.gateway import sign_event
from tests.api.digests import digest_of
from tests.api.isolation_cases import ALL, OTHERS, PREFIXES, SPELLINGS, TABLES, Case
from tests.api.routes import Route, api_routes
from tests.api.twins import NOBODYS, SHARED, Names, Twin, make_twin, marks_of
from tests.stripe_objects import event, invoice

ROUTES = [route for route in api_routes() if route.app in TABLES]
AT_GLOBEX = {"tenant_alias": "globex"}
NAME = re.compile(r"<([\w-]+)>")
Headers = dict[str, str]


class Answer(NamedTuple):
    status: int
    text: str


@pytest.fixture
def acme(db: None) -> Twin:
    return make_twin("acme")


@pytest.fixture
def globex(acme: Twin) -> Twin:
    """Charlie's. Its attributions are open to the public, and acme's are not."""
    return make_twin("globex", public_attributions=True)


def spelling_of(route: Route) -> str:
    """The path of a route as the tables write it."""
    path = route.path
    for pattern, name in SPELLINGS[route.app].items():
        path = path.replace(pattern, name)
    return path


def key_of(route: Route, method: str) -> str:
    return f"{method} {spelling_of(route).removeprefix(PREFIXES[route.app]).rstrip('/')}"


def case_of(route: Route, method: str) -> Case:
    """HEAD and OPTIONS are asked as GET, or as whatever else there is."""
    keys = [key_of(route, each) for each in (method, *route.methods)]
    return next(TABLES[route.app][key] for key in keys if key in TABLES[route.app])


def fill_in(value: Any, names: Names, *, quoted: bool = False) -> Any:
    if isinstance(value, dict):
        return {name: fill_in(part, names) for name, part in value.items()}
    if isinstance(value, list):
        return [fill_in(part, names) for part in value]
    if not isinstance(value, str):
        return value
    return NAME.sub(lambda found: quote(str(names[found[1]]), safe="") if quoted else str(names[found[1]]), value)


def ask(route: Route, method: str, headers: Headers, names: Names) -> Answer:
    """Each call with counters of its own in Redis, so that none is refused for those before it."""
    case = case_of(route, method)
    address = f"/{fill_in(spelling_of(route), names, quoted=True)}?{fill_in(case.query, names, quoted=True)}"
    content = "" if case.body is None else json.dumps(fill_in(case.body, names))
    with override_settings(REDIS_PREFIX=f"{uuid4()}:"):
        response = Client().generic(method, address, content, content_type="application/json", headers=headers)
    return Answer(response.status_code, response.content.decode())


def basic(secret: str) -> Headers:
    return {"Authorization": "Basic " + base64.b64encode(f":{secret}".encode()).decode()}


def callers_of(twin: Twin, app: str) -> dict[str, Headers]:
    """The headers of each of ALL that a dialect knows."""
    user = {"id": "alice", "accountId": "alice-co", "firstName": "Alice"}
    tokens = {
        "saasquatch": {"X-SaaSquatch-User-Token": twin.token(user=user)},
        "crawlora": {"Authorization": f"Token {twin.token(sub='alice')}"},
    }
    headers = {"key": basic(twin.key), "bound": basic(twin.bound_key), "token": tokens.get(app), "keyless": {}}
    return {caller: headers[caller] for caller in ALL if headers[caller] is not None}


@contextmanager
def rolled_back() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


class Stranger:
    """Asks, and tells what came of it: the status, followed by whatever should not be."""

    def __init__(self, acme: Twin) -> None:
        self.acme, self.before, self.marks = acme, digest_of(acme.tenant), marks_of(acme)

    def try_out(self, route: Route, method: str, caller: str, headers: Headers) -> str:
        """Ask for what both tenants call the same, for what is acme's alone, and for what nobody has."""
        case = case_of(route, method)
        with rolled_back():
            shared = self.forget_names(ask(route, method, headers, self.acme.names | SHARED | AT_GLOBEX))
            if caller in case.public_to:
                return self.tell(shared, shared, shared)
            acmes = self.ask_for_acmes(route, method, headers)
            nobodys = ask(route, method, headers, NOBODYS | AT_GLOBEX)
            return self.tell(acmes, acmes if case.acts and acmes.status == nobodys.status else nobodys, shared)

    def ask_for_acmes(self, route: Route, method: str, headers: Headers) -> Answer:
        return self.forget_names(ask(route, method, headers, self.acme.names | AT_GLOBEX))

    def forget_names(self, answer: Answer) -> Answer:
        """What was asked for may be named in the answer: it then reads as if nobody's had been asked for."""
        text = answer.text
        for name, value in self.acme.names.items():
            text = text.replace(value, NOBODYS[name]) if isinstance(value, str) else text
        return Answer(answer.status, text)

    def tell(self, acmes: Answer, nobodys: Answer, shared: Answer) -> str:
        after = digest_of(self.acme.tenant)
        changed = [model for model in after if after[model] != self.before[model]]
        shown = [mark for mark in self.marks if mark in acmes.text + shared.text]
        wrongs = ["differs from nobody's"] * (acmes != nobodys) + ["shows acme's"] * bool(shown) + changed
        return ", ".join([str(acmes.status), *wrongs])


@pytest.fixture
def stranger(acme: Twin, globex: Twin) -> Stranger:
    return Stranger(acme)


def methods_of(app: str) -> list[tuple[Route, str]]:
    return [(route, method) for route in ROUTES if route.app == app for method in route.methods]


def is_public(route: Route) -> bool:
    """Whether it answers anybody, whatever key they send."""
    return case_of(route, "GET").public_to == ALL


def names_ids(route: Route, method: str) -> bool:
    """Whether an id is asked for, or everything there is."""
    case = case_of(route, method)
    asked = [spelling_of(route).replace("<tenant_alias>", ""), case.query, json.dumps(case.body)]
    return any(NAME.search(part) for part in asked)


def test_every_route_has_a_case():
    found = {app: {key_of(*each) for each in methods_of(app)} for app in TABLES}

    assert found == {app: set(table) for app, table in TABLES.items()}
    assert sorted(route.path for route in api_routes() if route.app not in TABLES) == OTHERS


@pytest.mark.parametrize("app", TABLES)
def test_stranger_sees_and_changes_nothing(stranger, globex, app):
    callers = callers_of(globex, app)

    found = {
        f"{method} {route.path}": [stranger.try_out(route, method, *caller) for caller in callers.items()]
        for route, method in methods_of(app)
    }

    assert found == {f"{method} {route.path}": case_of(route, method).statuses() for route, method in methods_of(app)}


@pytest.mark.parametrize("app", TABLES)
def test_acme_itself_gets_what_a_stranger_does_not(acme, app):
    """There is something to see and to change: acme is not answered as if nobody's had been asked for."""
    at_acme = {"tenant_alias": "acme"}
    keys = [basic(acme.key), basic(acme.bound_key)]
    acting = [each for each in methods_of(app) if names_ids(*each) and not case_of(*each).acts]

    def is_answered(route: Route, method: str, headers: Headers) -> bool:
        with rolled_back():
            own = ask(route, method, headers, acme.names | at_acme)
            return own != ask(route, method, headers, NOBODYS | at_acme)

    assert [key_of(*each) for each in acting if not any(is_answered(*each, headers) for headers in keys)] == []


@pytest.mark.parametrize("app", TABLES)
def test_head_and_options_tell_no_more(stranger, globex, app):
    headers = basic(globex.key)
    routes = [route for route in ROUTES if route.app == app]
    asked = [(route, "OPTIONS") for route in routes]
    asked += [(route, "HEAD") for route, method in methods_of(app) if method == "GET" and not is_public(route)]

    answers = {f"{method} {route.path}": stranger.ask_for_acmes(route, method, headers) for route, method in asked}

    nobodys = {f"{method} {route.path}": ask(route, method, headers, NOBODYS | AT_GLOBEX) for route, method in asked}
    assert (answers, digest_of(stranger.acme.tenant)) == (nobodys, stranger.before)


@pytest.mark.parametrize("names", ["acmes", "shared"])
def test_path_of_another_tenant_is_no_path(acme, globex, names):
    """SaaSquatch's paths name the tenant."""
    before, named = digest_of(acme.tenant), acme.names | (SHARED if names == "shared" else {})
    callers = callers_of(globex, "saasquatch")

    def try_out(route: Route, method: str) -> list[int]:
        at_acme = {who: ask(route, method, caller, named | {"tenant_alias": "acme"}) for who, caller in callers.items()}
        nowhere = ask(route, method, callers["key"], named | {"tenant_alias": "nowhere"})
        assert (at_acme["key"], at_acme["bound"]) == (nowhere, nowhere)
        return [answer.status for answer in at_acme.values()]

    found = {key_of(*each): try_out(*each) for each in methods_of("saasquatch")}

    public = {"GET open/code/<code>": [404, 404, 401, 200], "GET open/user": [404, 404, 401, 200]}
    assert found == {key: public.get(key, [404, 404, 401, 401]) for key in found}
    assert digest_of(acme.tenant) == before


def test_person_of_another_tenant_is_no_subuser(acme, globex):
    before = digest_of(acme.tenant)
    asked = [(route, method) for route, method in methods_of("webshare") if not is_public(route)]

    def act_for(route: Route, method: str, names: Names) -> Answer:
        return ask(route, method, basic(globex.key) | {"X-Subuser": str(names["person"])}, names)

    found = {f"{method} {route.path}": act_for(route, method, acme.names) for route, method in asked}

    assert found == dict.fromkeys(found, Answer(404, '{"detail":"Not found."}'))
    assert found == {f"{method} {route.path}": act_for(route, method, NOBODYS) for route, method in asked}
    assert digest_of(acme.tenant) == before


def test_event_that_another_tenants_secret_signed_is_refused(acme, globex):
    before, text = digest_of(acme.tenant), json.dumps(event("invoice.paid", invoice("in_dana"), key="evt_dana"))
    signed = {"Stripe-Signature": sign_event(text, globex.tenant.stripe_webhook_secret, at=timezone.now())}

    answer = Client().post("/webhooks/stripe/acme/", text, content_type="application/json", headers=signed)

    assert (answer.status_code, digest_of(acme.tenant)) == (400, before)
