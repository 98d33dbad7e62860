"""The schema of writes_by_hand as PostgreSQL tells it, for tests without a server."""

from __future__ import annotations

from optimizer.model.names import TableName
from optimizer.model.schema import Column, ColumnType, ForeignKey, Key, Schema, Table

_INT = ColumnType("integer", "int4")
_TEXT = ColumnType("text", "text")
_MONEY = ColumnType("numeric(8,2)", "numeric", precision=8, scale=2)
_AT = ColumnType("timestamp with time zone", "timestamptz")
_TAGS = ColumnType("text[]", "text", array=True)
_DATA = ColumnType("jsonb", "jsonb")


def _name(table: str) -> TableName:
    return TableName("public", table)


def _refers(table: str, column: str, target: str, on_delete: str = "NO ACTION") -> ForeignKey:
    return ForeignKey(f"{table}_{column}_fkey", (column,), _name(target), ("id",), on_delete=on_delete)


def _needed(name: str, type: ColumnType, default: str | None = None) -> Column:
    return Column(name, type, not_null=True, default=default)


_OWNERS = Table(
    _name("owners"),
    (_needed("id", _INT), _needed("name", _TEXT), Column("email", _TEXT), _needed("score", _MONEY, "1.5")),
    keys=(Key("owners_pkey", ("id",), primary=True), Key("owners_email_key", ("email",))),
)
_BOXES = Table(
    _name("boxes"),
    (
        _needed("id", _INT),
        _needed("name", _TEXT),
        Column("owner_id", _INT),
        _needed("width", _INT, "2"),
        Column("height", _INT),
        Column("area", _INT, default="(width * height)", generated=True),
        _needed("tags", _TAGS, "'{}'::text[]"),
        Column("data", _DATA),
    ),
    keys=(Key("boxes_pkey", ("id",), primary=True),),
    foreign_keys=(_refers("boxes", "owner_id", "owners", "SET NULL"),),
)
_THINGS = Table(
    _name("things"),
    (
        _needed("id", _INT),
        _needed("box_id", _INT),
        Column("size", _INT),
        Column("price", _MONEY),
        Column("maker_id", _INT),
        Column("label", _TEXT),
        _needed("at", _AT, "'2024-01-01 00:00:00+00'::timestamp with time zone"),
    ),
    keys=(Key("things_pkey", ("id",), primary=True),),
    foreign_keys=(_refers("things", "box_id", "boxes", "CASCADE"), _refers("things", "maker_id", "owners")),
)
_COVERS = Table(
    _name("covers"),
    (_needed("box_id", _INT), _needed("color", _TEXT), _needed("layers", _INT, "1")),
    keys=(Key("covers_pkey", ("box_id",), primary=True),),
    foreign_keys=(_refers("covers", "box_id", "boxes"),),
)
_NOTES = Table(
    _name("notes"),
    (
        Column("number", _INT, not_null=True, default="nextval('notes_number_seq'::regclass)", identity=True),
        Column("box_id", _INT),
        _needed("body", _TEXT),
    ),
    keys=(Key("notes_pkey", ("number",), primary=True), Key("notes_box_id_body_key", ("box_id", "body"))),
    foreign_keys=(_refers("notes", "box_id", "boxes"),),
)
SCHEMA = Schema((_OWNERS, _BOXES, _THINGS, _COVERS, _NOTES))
