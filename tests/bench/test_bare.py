from __future__ import annotations

import psycopg

from bench.bare import bare_ddl
from optimizer.model.names import TableName
from optimizer.model.schema import Column, ColumnType, Key, Schema, Table

_INT8 = ColumnType("bigint", "int8")
_TEXT = ColumnType("text", "text")


def _schema() -> Schema:
    plain = Table(
        TableName("public", "order"),
        (Column("id", _INT8, not_null=True), Column("Größe", _TEXT), Column("sum", _INT8, generated=True)),
        (Key("order_pkey", ("id",), primary=True),),
    )
    return Schema((plain, Table(TableName("audit", "log"), (Column("line", _TEXT),))))


def test_bare_tables_have_the_written_columns_and_nothing_else(database: str) -> None:
    with psycopg.connect(database) as connection:
        connection.execute(bare_ddl(_schema()).encode())
        columns = connection.execute(
            "SELECT table_schema, table_name, column_name, is_nullable FROM information_schema.columns"
            " WHERE table_schema IN ('public', 'audit') ORDER BY 1, 2, ordinal_position"
        ).fetchall()
        keys = connection.execute(
            "SELECT count(*) FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid"
            " JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname IN ('public', 'audit')"
        ).fetchone()

    assert columns == [
        ("audit", "log", "line", "YES"),
        ("public", "order", "id", "YES"),
        ("public", "order", "Größe", "YES"),
    ]
    assert keys == (0,)
