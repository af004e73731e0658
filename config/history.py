"""Who is at work, noted by the database beside every row of history that it writes."""

import json
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection

NOTE = "SELECT set_config('pghistory.context_id', %s, true), set_config('pghistory.context_metadata', %s, true)"
WRITES = ("INSERT", "UPDATE", "DELETE", "WITH")

Execute = Callable[[str, Any, bool, dict[str, Any]], Any]


@contextmanager
def history_context(**metadata: Any) -> Iterator[None]:
    """Do what pghistory.context does, in a statement of its own before each write.

    pghistory puts its note in front of our statement. A server that prepares statements (`server_side_binding`) takes
    one at a time, and refuses the two. The note lasts for the transaction, so it cannot reach another request.
    """
    values = [str(uuid.uuid4()), json.dumps(metadata)]

    def note_first(execute: Execute, sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:  # noqa: FBT001
        if connection.in_atomic_block and str(sql).lstrip().upper().startswith(WRITES):
            with connection.cursor() as cursor:
                cursor.execute(NOTE, values)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note_first):
        yield
