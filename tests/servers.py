"""A pytest plugin, loaded before Django's settings are read: the tests' own servers, unless two are named.

The embedded PostgreSQL of the tests does without fsync. Keys in Redis carry a prefix of this run, so the tests can
share a server with a running system.
"""

import atexit
import os
import uuid

from config.embedded import running_servers
from config.embedded.home import home

os.environ.setdefault("VOUCH_INSECURE", "1")
os.environ["VOUCH_REDIS_PREFIX"] = f"vouch-test-{uuid.uuid4().hex[:8]}:"
os.environ.setdefault("VOUCH_LOG_LEVEL", "ERROR")
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # Playwright's loop runs in the tests' own thread

# Each process of a run on many cores has servers of its own: transactions of one would hold up what another waits for.
_worker = os.environ.get("PYTEST_XDIST_WORKER", "")
if _worker and os.environ.get("VOUCH_TEST_SERVERS") == "ours":
    del os.environ["DATABASE_URL"], os.environ["REDIS_URL"]
elif not (os.environ.get("DATABASE_URL") and os.environ.get("REDIS_URL")):
    os.environ["VOUCH_TEST_SERVERS"] = "ours"

_servers = running_servers(home() / f"test{_worker}", durable=False)
_servers.__enter__()
atexit.register(_servers.__exit__, None, None, None)
