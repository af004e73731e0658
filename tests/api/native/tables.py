"""All tables there are, so that a test can tell that none was touched. Sequences do not count: PostgreSQL never takes
a number back.
"""

from typing import Any


def digest_of_tables(connection: Any) -> dict[str, str]:
    """By table, how many rows it has and a digest of them all."""
    digest = "count(*) || ' ' || coalesce(md5(string_agg(row::text, chr(10) ORDER BY row::text)), '')"
    with connection.cursor() as cursor:
        tables = connection.introspection.table_names(cursor)
        cursor.execute(" UNION ALL ".join(f"SELECT '{table}', {digest} FROM {table} AS row" for table in tables))
        return dict(cursor.fetchall())
