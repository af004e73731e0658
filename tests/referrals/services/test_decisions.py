"""Writing down why, for good."""

import pytest
from django.db import DatabaseError, connection, transaction

from referrals.models import Decision
from referrals.services.decisions import record_decision, record_refusal
from tests.cast import NOON, make_referral


def test_decision_keeps_its_inputs(alice):
    referral = make_referral(alice, "dana")

    record_decision(referral, Decision.Kind.REVIEW, "approved", at=NOON, reason="r" * 600, actor="staff:bob", score=90)

    decision = referral.decisions.get(kind="review")
    assert (decision.tenant, decision.outcome, decision.actor) == (referral.tenant, "approved", "staff:bob")
    assert (decision.reason, decision.data, decision.decided_at) == ("r" * 500, {"score": 90}, NOON)


def test_decision_of_nobody_is_the_systems(alice):
    referral = make_referral(alice, "dana")

    assert record_decision(referral, Decision.Kind.RISK, "passed", at=NOON).actor == "system"


def test_refusal_has_no_referral(acme):
    record_refusal(acme, "not_attributed", at=NOON, code="X")

    decision = Decision.objects.get()
    assert (decision.referral, decision.kind, decision.outcome) == (None, "attribution", "not_attributed")
    assert decision.data == {"code": "X"}


@pytest.mark.parametrize("sql", ["UPDATE referrals_decision SET outcome = 'x'", "DELETE FROM referrals_decision"])
def test_decision_cannot_be_changed_by_sql(acme, sql):
    record_refusal(acme, "not_attributed", at=NOON)

    refusal = pytest.raises(DatabaseError, match="Cannot update or delete rows from referrals_decision table")
    with refusal, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)

    assert Decision.objects.get().outcome == "not_attributed"
