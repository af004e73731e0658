"""Whether Vouch lives, works, and how much: /healthz, /readyz and /metrics. Nothing here tells a secret."""

import hmac
from collections.abc import Callable
from functools import cache

from django.conf import settings
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django_prometheus.exports import ExportToDjangoView

from config.tasks import heartbeat_key
from tenants.services.redis import client

export: Callable[[HttpRequest], HttpResponse] = ExportToDjangoView


@require_safe
@never_cache
def healthz(_request: HttpRequest) -> JsonResponse:
    """The process answers. A supervisor restarts it when it does not, so this asks nobody else."""
    return JsonResponse({"status": "ok"})


@require_safe
@never_cache
def readyz(_request: HttpRequest) -> JsonResponse:
    """200 when the whole system works, else 503; the body names each check and what is wrong with it."""
    checks = {name: _run(check) for name, check in CHECKS.items()}
    is_ready = set(checks.values()) == {"ok"}
    body = {"status": "ok" if is_ready else "unavailable", "checks": checks}
    return JsonResponse(body, status=200 if is_ready else 503)


@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus' page: of this process, or of all that share PROMETHEUS_MULTIPROC_DIR."""
    expected = f"Bearer {settings.METRICS_TOKEN}"
    given = request.headers.get("Authorization", "")
    if settings.METRICS_TOKEN and not hmac.compare_digest(given.encode(), expected.encode()):
        return HttpResponse(status=401, headers={"WWW-Authenticate": "Bearer"})
    return export(request)


def check_database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return "ok"


def check_redis() -> str:
    client().ping()
    return "ok"


def check_migrations() -> str:
    missing = _last_migrations() - set(MigrationRecorder(connection).applied_migrations())
    return f"not applied: {', '.join(f'{app}.{name}' for app, name in sorted(missing))}" if missing else "ok"


def check_heartbeat() -> str:
    """Beat sends a task every few seconds, and a worker that carries it out leaves a mark that soon fades."""
    return "ok" if client().exists(heartbeat_key()) else "no sign of life of beat and a worker"


CHECKS = {
    "database": check_database,
    "redis": check_redis,
    "migrations": check_migrations,
    "heartbeat": check_heartbeat,
}


def _run(check: Callable[[], str]) -> str:
    """Only the kind of fault is told: its message may name hosts and users."""
    try:
        return check()
    except Exception as fault:  # noqa: BLE001 (whatever is wrong, the answer is that this check fails)
        return f"failed: {type(fault).__name__}"


@cache
def _last_migrations() -> set[tuple[str, str]]:
    """The newest migration of each app in the code, which does not change while the process lives."""
    return set(MigrationLoader(None).graph.leaf_nodes())
