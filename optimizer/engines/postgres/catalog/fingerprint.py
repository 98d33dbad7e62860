"""A digest of a table's rows that doesn't depend on their order."""

from __future__ import annotations

import re
from typing import Any

import psycopg
from psycopg import sql

from optimizer.model.schema import Column, Table

_MADE_UP = re.compile(
    r"\b(now|clock_timestamp|statement_timestamp|transaction_timestamp|timeofday|random|gen_random_uuid"
    r"|uuidv[47]|uuid_generate_v\w+|nextval|txid_current|pg_current_xact_id)\("
    r"|\b(CURRENT_(DATE|TIME|TIMESTAMP|USER|ROLE)|LOCALTIME|LOCALTIMESTAMP|SESSION_USER)\b",
    re.IGNORECASE,
)
_DIGEST = sql.SQL(
    "SELECT count(*), sum(hashtextextended(r::text, 0)::numeric), sum(hashtextextended(r::text, 1)::numeric)"
    " FROM (SELECT {columns} FROM {table}) r"
)


def fingerprint(connection: psycopg.Connection[Any], table: Table) -> str:
    """The number of rows and two sums of 64-bit hashes of them, as text.

    Columns whose values the server makes up (now(), random, sequences) are left out.
    """
    columns = [sql.Identifier(column.name) for column in table.columns if not _made_up(column)]
    statement = _DIGEST.format(
        columns=sql.SQL(", ").join(columns), table=sql.Identifier(table.name.schema, table.name.name)
    )
    row = connection.execute(statement).fetchone() or (0, None, None)
    return " ".join(str(part or 0) for part in row)


def _made_up(column: Column) -> bool:
    return column.identity or bool(column.default and _MADE_UP.search(column.default))
