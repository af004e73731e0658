"""What the database itself refuses of the ledger, whoever asks and however."""

from itertools import product

import pytest
from django.db import DatabaseError, connection, transaction

from credits.models import FLOWS, Bucket, EntryKind, LedgerEntry, Reward
from tests.cast import NOON, make_referral, pay

INSERT = """
INSERT INTO credits_ledgerentry
    (tenant_id, person_id, currency, amount, debit, credit, kind, key, reward_id, payout, effective_at, recorded_at)
VALUES (%(tenant)s, %(person)s, 'USD', %(amount)s, %(debit)s, %(credit)s, %(kind)s, %(key)s, %(reward)s, %(payout)s,
        now(), now())
"""
DECLARED = {
    ("grant", "expense", "pending"),
    ("mature", "pending", "available"),
    ("revert", "pending", "expense"),
    ("revert", "available", "expense"),
    ("restore", "expense", "pending"),
    ("restore", "expense", "available"),
    ("reserve", "available", "reserved"),
    ("release", "reserved", "available"),
    ("pay", "reserved", "paid"),
    ("return", "paid", "available"),
    ("clawback", "available", "expense"),
    ("reinstate", "expense", "available"),
    ("redeem", "available", "paid"),
}
OF_A_PAYOUT = ["reserve", "release", "pay", "return"]
OF_A_REWARD = ["grant", "mature", "revert", "restore", "clawback", "reinstate", "redeem"]
PAYOUT = "3f0c2a52-6f0e-4a52-9b9e-0d8a4e8a1c11"


@pytest.fixture
def reward(alice) -> Reward:
    """25.00 USD, pending, of Alice."""
    pay(make_referral(alice, "dana"), 100_00)
    return Reward.objects.get(side="referrer")


def run(sql, parameters=None) -> str:
    """The database's refusal, or nothing."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # foreign keys too answer at once
            cursor.execute(sql, parameters)
    except DatabaseError as error:
        return str(error).split("\n", 1)[0]
    return ""


def entry(reward, /, **fields) -> dict[str, object]:
    grant = {"kind": "grant", "debit": "expense", "credit": "pending", "amount": 100, "key": "k"}
    of = {"tenant": reward.tenant_id, "person": reward.person_id, "reward": reward.pk, "payout": None}
    return of | grant | fields


def snapshot() -> list[dict[str, object]]:
    return list(LedgerEntry.objects.order_by("id").values())


CHANGES = {
    "amount": "UPDATE credits_ledgerentry SET amount = 1",
    "nothing at all": "UPDATE credits_ledgerentry SET amount = amount",
    "time": "UPDATE credits_ledgerentry SET effective_at = now()",
    "person": "UPDATE credits_ledgerentry SET person_id = person_id",
    "delete": "DELETE FROM credits_ledgerentry",
    "delete one": "DELETE FROM credits_ledgerentry WHERE id = (SELECT min(id) FROM credits_ledgerentry)",
    "delete by another": "DELETE FROM credits_ledgerentry USING credits_reward WHERE reward_id = credits_reward.id",
    "within a query": "WITH gone AS (DELETE FROM credits_ledgerentry RETURNING *) SELECT count(*) FROM gone",
    "merge": "MERGE INTO credits_ledgerentry e USING credits_reward w ON w.id = e.reward_id "
    "WHEN MATCHED THEN UPDATE SET amount = 1",
    "upsert": "INSERT INTO credits_ledgerentry (tenant_id, person_id, currency, amount, debit, credit, kind, key, "
    "reward_id, effective_at, recorded_at) SELECT tenant_id, person_id, currency, 1, debit, credit, kind, key, "
    "reward_id, now(), now() FROM credits_ledgerentry ON CONFLICT (tenant_id, key) DO UPDATE SET amount = 1",
}


@pytest.mark.parametrize("change", CHANGES)
def test_entry_cannot_be_changed_or_deleted_by_sql(reward, change):
    before = snapshot()

    refusal = run(CHANGES[change])

    assert refusal == "pgtrigger: Cannot update or delete rows from credits_ledgerentry table"
    assert snapshot() == before


@pytest.mark.parametrize(
    "sql",
    [
        "TRUNCATE credits_ledgerentry",
        "TRUNCATE ONLY credits_ledgerentry",
        "TRUNCATE credits_reward CASCADE",
        "TRUNCATE tenants_tenant CASCADE",
    ],
)
def test_ledger_cannot_be_emptied_by_sql(reward, sql):
    before = snapshot()

    assert run(sql) == "the ledger is append-only"
    assert snapshot() == before


@pytest.mark.parametrize("table", ["credits_reward", "referrals_person", "tenants_tenant"])
def test_what_an_entry_names_cannot_be_deleted_by_sql(reward, table):
    assert "violates foreign key constraint" in run(f"DELETE FROM {table}")


def test_orm_is_refused_too(reward):
    entry = LedgerEntry.objects.first()
    entry.amount = 1

    with pytest.raises(DatabaseError, match="Cannot update or delete"), transaction.atomic():
        entry.save(update_fields=["amount"])
    with pytest.raises(DatabaseError, match="Cannot update or delete"), transaction.atomic():
        entry.delete()


def test_declared_flows_are_these():
    assert {tuple(map(str, flow)) for flow in FLOWS} == DECLARED


def test_every_declared_flow_is_accepted(reward):
    for number, (kind, debit, credit) in enumerate(sorted(DECLARED)):
        payout = PAYOUT if kind in OF_A_PAYOUT else None
        row = entry(reward, kind=kind, debit=debit, credit=credit, key=f"flow {number}", payout=payout)
        assert run(INSERT, row) == ""

    assert LedgerEntry.objects.filter(key__startswith="flow").count() == len(DECLARED)


def test_every_other_flow_is_refused(reward):
    """All 275 triples of kind, debit and credit but the thirteen declared, and some of words that do not exist."""
    others = set(product(EntryKind.values, Bucket.values, Bucket.values)) - DECLARED
    others |= {("gift", "expense", "pending"), ("grant", "elsewhere", "pending"), ("grant", "expense", "")}
    before = snapshot()

    refusals = {
        run(INSERT, entry(reward, kind=kind, debit=debit, credit=credit, payout=PAYOUT))
        for kind, debit, credit in others
    }

    assert len(others) == 275 - 13 + 3
    assert refusals == {'new row for relation "credits_ledgerentry" violates check constraint "entry_flow_is_declared"'}
    assert snapshot() == before


@pytest.mark.parametrize("amount", [0, -1, -100, 10**15 + 1])
def test_amount_out_of_range_is_refused(reward, amount):
    assert 'violates check constraint "entry_amount_in_range"' in run(INSERT, entry(reward, amount=amount))


@pytest.mark.parametrize("amount", [1, 10**15])
def test_amount_at_the_edge_is_accepted(reward, amount):
    assert run(INSERT, entry(reward, amount=amount)) == ""


@pytest.mark.parametrize("amount", ["NaN", "Infinity", "1e400", "ten", "1.5"])
def test_amount_that_is_no_integer_is_refused(reward, amount):
    assert run(INSERT.replace("%(amount)s", f"'{amount}'"), entry(reward)).startswith("invalid input syntax")


def test_key_is_posted_once_a_tenant(reward, globex):
    assert run(INSERT, entry(reward, key="k")) == ""
    assert 'violates unique constraint "entry_once"' in run(INSERT, entry(reward, key="k"))
    assert run(INSERT, entry(reward, key="k", tenant=globex.pk)) == ""


def test_every_kind_is_of_a_reward_or_of_a_payout():
    assert sorted(EntryKind.values) == sorted([*OF_A_REWARD, *OF_A_PAYOUT])


@pytest.mark.parametrize("kind", OF_A_REWARD)
def test_entry_of_a_reward_names_it(reward, kind):
    debit, credit = next((debit, credit) for name, debit, credit in sorted(DECLARED) if name == kind)
    row = entry(reward, kind=kind, debit=debit, credit=credit, reward=None)

    assert 'violates check constraint "entry_names_its_reward"' in run(INSERT, row)


@pytest.mark.parametrize("kind", OF_A_PAYOUT)
def test_entry_of_a_payout_names_it_and_needs_no_reward(reward, kind):
    debit, credit = next((debit, credit) for name, debit, credit in DECLARED if name == kind)
    row = entry(reward, kind=kind, debit=debit, credit=credit, reward=None)

    assert 'violates check constraint "entry_names_its_payout"' in run(INSERT, row)
    assert run(INSERT, row | {"payout": PAYOUT}) == ""


@pytest.mark.parametrize("field", ["tenant", "person", "amount", "debit", "credit", "kind", "key"])
def test_entry_without_a_field_is_refused(reward, field):
    assert "violates not-null constraint" in run(INSERT, entry(reward, **{field: None}))


@pytest.mark.parametrize("field", ["tenant", "person", "reward"])
def test_entry_of_nobody_is_refused(reward, field):
    assert "violates foreign key constraint" in run(INSERT, entry(reward, **{field: 10**9}))


def test_entry_is_named_by_its_key(reward):
    assert str(LedgerEntry.objects.get(reward=reward)) == f"grant:{reward.pk}"
    assert LedgerEntry.objects.get(reward=reward).effective_at == NOON
