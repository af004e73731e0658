"""`explain_referral` prints one explanation; with `--all` the figures of everything, and exits 1 naming what failed."""

import json
from io import StringIO
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command

from credits.services.explaining import Audience, explain_referral
from referrals.models import Decision
from tests.cast import NOON, make_referral, pay


def run(*words: str) -> tuple[int, dict]:
    """The exit code and what is printed."""
    out, code = StringIO(), 0
    try:
        call_command("explain_referral", *words, "--at", NOON.isoformat(), stdout=out)
    except SystemExit as stop:
        code = int(stop.code)
    return code, json.loads(out.getvalue())


@pytest.mark.parametrize("audience", Audience)
def test_one_is_explained_to_an_audience(alice, audience):
    referral = make_referral(alice, "dana")

    assert run(str(referral.uid), "--audience", audience) == (
        0,
        explain_referral(referral, audience=audience, at=NOON),
    )


def test_member_is_told_as_one_of_the_two(alice):
    referral = make_referral(alice, "dana")

    _, told = run(str(referral.uid), "--audience", "member", "--side", "referred")

    assert told["summary"].startswith("You were referred by Alice")


def test_referral_that_is_not_there_is_an_error(alice):
    with pytest.raises(CommandError, match="Name a referral there is by its id, or say --all"):
        run(str(uuid4()))


def test_all_prints_the_figures(alice):
    pay(make_referral(alice, "dana"), 100_00)

    assert run("--all") == (
        0,
        {
            "referrals": 1,
            "rewards": 2,
            "explanations": 10,
            "most_queries": 8,
            "decisions": {"computed": 4, "told": 0, "not recorded": 0},
            "failures": [],
        },
    )


def test_all_exits_1_and_names_what_failed(alice):
    referral = make_referral(alice, "dana")
    pay(referral, 100_00)
    like = Decision.objects.get(kind="risk")
    about = {"tenant": like.tenant, "referral": referral, "kind": "risk", "outcome": "held"}
    wrong = Decision.objects.create(**about, data=like.data, decided_at=NOON)

    code, told = run("--all")

    assert code == 1
    assert [failure.split(":")[0] for failure in told["failures"]] == [f"decision {wrong.pk} (risk"]
