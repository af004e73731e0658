import pytest
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from config.tasks import beat_heartbeat, heartbeat_key
from tenants.services.redis import client as redis_client

ALL_WELL = {"database": "ok", "redis": "ok", "migrations": "ok", "heartbeat": "ok"}


@pytest.fixture
def beating() -> None:
    """Beat sent its task and a worker carried it out."""
    beat_heartbeat()


def test_healthz_asks_nobody(client, settings):
    settings.REDIS_URL = "redis+socket:///nonexistent/valkey.sock"

    response = client.get("/healthz")  # and without the db fixture, the database is out of reach

    assert (response.status_code, response.json()) == (200, {"status": "ok"})
    assert "no-store" in response["Cache-Control"]


def test_readyz_says_that_all_is_well(client, db, beating):
    response = client.get("/readyz")

    assert (response.status_code, response.json()) == (200, {"status": "ok", "checks": ALL_WELL})


def test_readyz_misses_beat_and_workers(client, db):
    response = client.get("/readyz")

    assert response.status_code == 503
    assert response.json() == {
        "status": "unavailable",
        "checks": ALL_WELL | {"heartbeat": "no sign of life of beat and a worker"},
    }


def test_a_heartbeat_is_forgotten_after_a_minute(beating):
    assert 55 < redis_client().ttl(heartbeat_key()) <= 60


def test_readyz_names_migrations_that_are_not_applied(client, db, beating):
    [(_, newest)] = MigrationLoader(connection).graph.leaf_nodes("tenants")
    MigrationRecorder(connection).record_unapplied("tenants", newest)

    response = client.get("/readyz")

    assert response.status_code == 503
    assert response.json()["checks"] == ALL_WELL | {"migrations": f"not applied: tenants.{newest}"}


def test_readyz_tells_the_kind_of_fault_and_no_more(client, db, settings):
    settings.REDIS_URL = "redis+socket:///nonexistent/valkey.sock"

    response = client.get("/readyz")

    fault = "failed: ConnectionError"
    assert response.status_code == 503
    assert response.json()["checks"] == ALL_WELL | {"redis": fault, "heartbeat": fault}
    assert b"nonexistent" not in response.content


def test_readyz_misses_the_database(client, beating):
    response = client.get("/readyz")  # without the db fixture, pytest-django keeps the database out of reach

    fault = "failed: RuntimeError"
    assert response.status_code == 503
    assert response.json()["checks"] == ALL_WELL | {"database": fault, "migrations": fault}


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
def test_the_probes_are_read_only(client, db, path):
    assert client.post(path).status_code == 405


def test_metrics_are_in_prometheus_format(client):
    response = client.get("/metrics")

    assert response["Content-Type"].startswith("text/plain; version=")
    assert b"# TYPE vouch_redis_faults_total counter" in response.content


@pytest.mark.parametrize(
    ("given", "status"), [({}, 401), ({"Authorization": "Bearer wrong"}, 401), ({"Authorization": "Bearer right"}, 200)]
)
def test_metrics_ask_for_their_token(client, settings, given, status):
    settings.METRICS_TOKEN = "right"

    assert client.get("/metrics", headers=given).status_code == status


def test_metrics_add_up_the_processes_that_share_a_directory(client, monkeypatch, tmp_path):
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))

    response = client.get("/metrics")

    assert (response.status_code, response.content) == (200, b"")
