"""The guide of docs/api.md, each of its commands run as it stands there."""

import os
import re
import shutil
import subprocess
from contextlib import contextmanager
from threading import Event, Thread

import pytest
from django.db import connection
from django.utils import timezone

from credits.services.maturation import mature_pending
from referrals.models import Referral
from tenants.services.keys import create_key
from tests.cast import make_tenant
from tests.docs.pages import ROOT, read_section

GUIDE = "## Ten minutes: from a key to a matured reward"
BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.DOTALL | re.MULTILINE)


@contextmanager
def workers():
    """What matures rewards meanwhile, as beat does."""
    over = Event()

    def work() -> None:
        while not over.wait(0.2):
            mature_pending(at=timezone.now())
        connection.close()

    thread = Thread(target=work, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


@pytest.mark.skipif(not shutil.which("curl"), reason="the guide is told in curl")
@pytest.mark.django_db(transaction=True)
def test_guide_leads_from_a_key_to_a_matured_reward(live_server):
    commands = BLOCK.findall(read_section("docs/api.md", GUIDE))
    key = create_key(make_tenant("shop"), scopes=["read", "write", "admin"], at=timezone.now())
    told = {**os.environ, "VOUCH": live_server.url, "KEY": key.secret}

    with workers():
        script = "set -eu\n" + "\n".join(f"echo '--- {number}'\n{each}" for number, each in enumerate(commands))
        ran = subprocess.run(["sh", "-c", script], env=told, cwd=ROOT, capture_output=True, text=True, timeout=120)

    assert ran.returncode == 0, ran.stdout + ran.stderr
    said = ran.stdout.split("--- ")
    assert (len(commands), len(said)) == (8, 9)
    assert "{'amount': 1000, 'currency': 'USD'}" in said[5]
    assert '"pending":0,"available":1000' in said[7]
    assert f'"referral":"ref_{Referral.objects.get().uid.hex}"' in said[8]
