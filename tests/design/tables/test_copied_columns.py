"""A parent's columns copied into its children: what triggers can't keep is left out, and why."""

from __future__ import annotations

from dataclasses import replace

import pytest

from optimizer.design.tables.moves.copied_columns import copied_columns
from optimizer.model.denormalisation import ExtendedReference
from optimizer.model.schema import Column, ColumnType, Schema, Table, TableKind
from tests.conftest import WriteDataset
from tests.design.documents.made_up import SCHEMA
from tests.design.tables.storage_moves import offered

NAME = "SELECT o.id, u.name FROM orders o JOIN users u ON u.id = o.user_id WHERE o.status = :status"
RENAME = "UPDATE users SET name = :name WHERE id = :id"


def _with(schema: Schema, changed: Table) -> Schema:
    return Schema(tuple(changed if one.name == changed.name else one for one in schema.tables))


def _table(name: str) -> Table:
    return next(table for table in SCHEMA.tables if table.name.name == name)


def _with_key(**changes: bool) -> Schema:
    orders = _table("orders")
    return _with(
        SCHEMA, replace(orders, foreign_keys=tuple(replace(k, **changes) for k in orders.foreign_keys))
    )


def _with_name(column: Column) -> Schema:
    users = _table("users")
    columns = tuple(column if one.name == "name" else one for one in users.columns)
    return _with(SCHEMA, replace(users, columns=columns))


def _copies(dataset: WriteDataset, schema: Schema) -> tuple[list[ExtendedReference], dict[str, str]]:
    found, left = offered(copied_columns, schema, dataset, {}, {"read": NAME, "rename": RENAME})
    structures = [one.structure for one in found]
    return [one for one in structures if isinstance(one, ExtendedReference)], left


def test_it_is_offered_with_who_gains_and_who_pays(dataset: WriteDataset) -> None:
    [offer], left = offered(copied_columns, SCHEMA, dataset, {}, {"read": NAME, "rename": RENAME})
    assert offer.structure.label == "copy users to orders by orders_user_id_fkey: name"
    assert offer.because == "read with orders in read; copies rewritten by rename"
    assert not left


@pytest.mark.parametrize(
    ("schema", "reason"),
    [
        (
            _with(SCHEMA, replace(_table("users"), row_security=True)),
            "row-level security hides rows of users, and a copy would show them",
        ),
        (
            _with(SCHEMA, replace(_table("users"), kind=TableKind.PARTITIONED)),
            "users is partitioned: a row that moves to another partition fires no UPDATE trigger",
        ),
        (
            _with_key(deferrable=True),
            "orders_user_id_fkey is deferrable: a child may come before its parent, and has nothing to copy",
        ),
        (
            _with_key(validated=False),
            "orders_user_id_fkey isn't valid for all rows: a child may have no parent",
        ),
        (
            _with_name(replace(_table("users").by_name["name"], generated=True)),
            "name is generated, which triggers before a write don't see",
        ),
        (
            _with_name(Column("name", ColumnType("app.short_name", "varchar", length=20))),
            "the type of name is a domain, which may forbid the null of a row without parent",
        ),
    ],
)
def test_what_is_left_out(dataset: WriteDataset, schema: Schema, reason: str) -> None:
    copies, left = _copies(dataset, schema)
    assert not copies
    assert left == {"name of users copied to orders": reason}


@pytest.mark.parametrize(
    "kind",
    [
        ColumnType("character varying(20)", "varchar", length=20),
        ColumnType("timestamp(3) with time zone", "timestamptz"),
        ColumnType("numeric(12,2)", "numeric", precision=12, scale=2),
        ColumnType("app.mood", "enum", labels=("sad", "happy")),
        ColumnType("extensions.citext", "citext"),
        ColumnType("double precision", "float8"),
    ],
)
def test_types_under_their_own_names_are_no_domains(dataset: WriteDataset, kind: ColumnType) -> None:
    copies, _ = _copies(dataset, _with_name(Column("name", kind)))
    assert [one.columns for one in copies] == [("name",)]


def test_the_childs_own_column_of_that_name_stays(dataset: WriteDataset) -> None:
    orders = _table("orders")
    taken = replace(orders, columns=(*orders.columns, Column("user_name", ColumnType("text", "text"))))
    copies, _ = _copies(dataset, _with(SCHEMA, taken))
    assert [one.field for one in copies] == ["user_"]
