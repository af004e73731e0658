"""What the fake Stripe knows, in SQLite: objects, idempotency keys, balances, endpoints and deliveries.

One connection, for one lock: whoever uses it holds `lock`. `transaction` takes it.
"""

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from config.demo.stripe.objects import StripeObject

TABLES = """
CREATE TABLE IF NOT EXISTS object (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, created INTEGER NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS object_newest ON object (kind, created, seq);
CREATE TABLE IF NOT EXISTS idempotency_key (
    name TEXT PRIMARY KEY, path TEXT NOT NULL, params TEXT NOT NULL, status INTEGER NOT NULL, body TEXT NOT NULL,
    created INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS key_age ON idempotency_key (created);
CREATE TABLE IF NOT EXISTS balance (
    account TEXT, currency TEXT, amount INTEGER NOT NULL, PRIMARY KEY (account, currency)
);
CREATE TABLE IF NOT EXISTS endpoint (url TEXT PRIMARY KEY, secret TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS delivery (
    event TEXT NOT NULL, url TEXT NOT NULL, attempts INTEGER NOT NULL DEFAULT 0, next_at REAL NOT NULL,
    PRIMARY KEY (event, url)
);
"""
SOUGHT_BY = (
    "charge",
    "customer",
    "destination",
    "invoice",
    "payment_intent",
    "payment.payment_intent",
    "transfer",
    "transfer_group",
)
INDEXES = "".join(
    f"CREATE INDEX IF NOT EXISTS \"by_{field}\" ON object (kind, json_extract(body, '$.{field}'), created, seq);"
    for field in SOUGHT_BY
)
LIKE = " like"
UNDELIVERED = "id IN (SELECT event FROM delivery)"
DELIVERED = f"NOT {UNDELIVERED}"
AFTER = "(created, seq) < (SELECT created, seq FROM object WHERE id = ?)"
BEFORE = AFTER.replace("<", ">")
# As ("$.destination", "acct_1"), ("created >=", 1780000000), ("$.type like", ["invoice.*"]) or ("delivered", True).
Condition = tuple[str, Any]


class Store:
    def __init__(self, path: str = ":memory:") -> None:
        self.lock = threading.RLock()
        self.connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self.connection.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;" + TABLES + INDEXES)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing, and nobody else meanwhile."""
        with self.lock:
            self.connection.execute("BEGIN")
            try:
                yield
            except BaseException:
                self.connection.execute("ROLLBACK")
                raise
            self.connection.execute("COMMIT")

    def run(self, statement: str, *values: Any) -> list[Any]:
        with self.lock:
            return self.connection.execute(statement, values).fetchall()

    def put(self, thing: StripeObject) -> StripeObject:
        """Keep an object, as new or in place of its former self."""
        self.run(
            "INSERT INTO object (id, kind, created, body) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (id) DO UPDATE SET body = excluded.body, created = excluded.created",
            *(thing["id"], thing["object"], thing["created"], json.dumps(thing)),
        )
        return thing

    def get(self, kind: str, key: str) -> StripeObject | None:
        rows = self.run("SELECT body FROM object WHERE id = ? AND kind = ?", key, kind)
        return _read(rows[0][0]) if rows else None

    def select(
        self, kind: str, *conditions: Condition, limit: int = -1, after: str = "", before: str = ""
    ) -> list[StripeObject]:
        """Objects of a kind, newest first: those after the one of that id, or the nearest before it."""
        clauses: list[str] = ["kind = ?"]
        values: list[Any] = [kind]
        for what, value in conditions:
            clause, more = _clause(what, value)
            clauses.append(clause)
            values += more
        if cursor := after or before:
            clauses.append(AFTER if after else BEFORE)
            values.append(cursor)
        order = "ASC" if before else "DESC"
        order_by = f"ORDER BY created {order}, seq {order} LIMIT ?"
        statement = f"SELECT body FROM object WHERE {' AND '.join(clauses)} {order_by}"  # noqa: S608 - no caller's words
        found = [_read(body) for (body,) in self.run(statement, *values, limit)]
        return found[::-1] if before else found

    def count(self, kind: str) -> int:
        (row,) = self.run("SELECT count(*) FROM object WHERE kind = ?", kind)
        return int(row[0])

    def balance(self, currency: str, *, account: str = "") -> int | None:
        """What an account has, the platform's own by default; None is without limit."""
        rows = self.run("SELECT amount FROM balance WHERE account = ? AND currency = ?", account, currency)
        return int(rows[0][0]) if rows else None

    def set_balance(self, currency: str, amount: int, *, account: str = "") -> None:
        self.run("INSERT OR REPLACE INTO balance VALUES (?, ?, ?)", account, currency, amount)

    def move(self, currency: str, amount: int, *, account: str = "") -> None:
        """Add to a balance, where it has a limit."""
        where = "WHERE account = ? AND currency = ?"
        self.run(f"UPDATE balance SET amount = amount + ? {where}", amount, account, currency)  # noqa: S608

    def close(self) -> None:
        with self.lock:
            self.connection.close()


def _read(body: str) -> StripeObject:
    thing: StripeObject = json.loads(body)
    return thing


def _clause(what: str, value: Any) -> tuple[str, list[Any]]:
    if what == "delivered":
        return DELIVERED if value else UNDELIVERED, []
    field = f"json_extract(body, '{what.removesuffix(LIKE)}')"
    if not what.startswith("$"):
        return f"{what} ?", [value]
    if what.endswith(LIKE):
        return f"({' OR '.join([f'{field} GLOB ?'] * len(value))})", list(value)
    return f"{field} = ?", [value]
