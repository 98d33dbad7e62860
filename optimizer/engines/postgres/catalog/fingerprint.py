"""A digest of a table's rows that doesn't depend on their order."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import psycopg
from psycopg import sql

from optimizer.model.schema import Table
from optimizer.queries.made_up import made_up

_DIGEST = sql.SQL(
    "SELECT count(*), sum(hashtextextended(r::text, 0)::numeric), sum(hashtextextended(r::text, 1)::numeric)"
    " FROM (SELECT {columns} FROM {table}) r"
)


def fingerprint(connection: psycopg.Connection[Any], table: Table, left_out: Collection[str] = ()) -> str:
    """The number of rows and two sums of 64-bit hashes of them, as text.

    Columns whose values the server makes up (now(), random, sequences) are left out, and those of `left_out`.
    """
    compared = [one for one in table.columns if not made_up(one) and one.name not in left_out]
    columns = [sql.Identifier(column.name) for column in compared]
    statement = _DIGEST.format(
        columns=sql.SQL(", ").join(columns), table=sql.Identifier(table.name.schema, table.name.name)
    )
    row = connection.execute(statement).fetchone() or (0, None, None)
    return " ".join(str(part or 0) for part in row)
