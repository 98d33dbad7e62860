"""The schema of the golden pairs, made by hand as PostgreSQL would tell it."""

from __future__ import annotations

from optimizer.model.names import TableName
from optimizer.model.schema import Column, ColumnType, ForeignKey, Key, Schema, Table


def column(text: str) -> Column:
    """`name type`, then `!` for NOT NULL, `identity`, or `=default`; `varchar(50)`, `text[]`."""
    name, kind, *flags = text.split()
    base, _, length = kind.removesuffix("[]").rstrip(")").partition("(")
    default = next((flag[1:] for flag in flags if flag.startswith("=")), None)
    type_ = ColumnType(kind, base, kind.endswith("[]"), int(length) if length else None)
    return Column(name, type_, "!" in flags, default, identity="identity" in flags)


def table(
    name: str,
    columns: str,
    *,
    unique: tuple[str, ...] = (),
    parents: tuple[tuple[str, str], ...] = (),
    row_security: bool = False,
) -> Table:
    """A table with the key `id`; `unique` columns, and `parents` as (column, table)."""
    keys = (Key(f"{name}_pkey", ("id",), primary=True), *(Key(f"{name}_{c}_key", (c,)) for c in unique))
    foreign = tuple(ForeignKey(f"{name}_{c}_fkey", (c,), TableName("public", p), ("id",)) for c, p in parents)
    parsed = tuple(column(line.strip()) for line in columns.split(","))
    return Table(TableName("public", name), parsed, keys, foreign, row_security=row_security)


SAMPLE = Schema(
    (
        table("tenants", "id uuid !, name varchar(100) !, slug varchar(100) !", unique=("slug",)),
        table(
            "users",
            "id uuid !, email varchar(255) !, name varchar(100) !, password varchar(255) !, is_active bool !,"
            "api_key text, last_login_at timestamptz",
            unique=("email",),
        ),
        table(
            "products",
            "id uuid !, name varchar(200) !, description text, price numeric !, category_id uuid,"
            "is_active bool !, data jsonb, tags text[], search tsvector, raw json",
        ),
        table(
            "orders",
            "id uuid !, user_id uuid !, status varchar(20) !, total numeric !, notes text,"
            "created_at timestamp ! =now(), paid_at timestamptz",
            parents=(("user_id", "users"),),
        ),
        table(
            "order_items",
            "id uuid !, order_id uuid !, product_id uuid !, quantity int4 !, price numeric !",
            parents=(("order_id", "orders"), ("product_id", "products")),
        ),
        table(
            "tasks",
            "id uuid !, tenant_id uuid !, title varchar(200) !, status varchar(20) !, due_on date",
            parents=(("tenant_id", "tenants"),),
            row_security=True,
        ),
        table("places", "id int8 ! identity, name text !, position point !"),
        table("bookings", "id int8 ! identity, room_id int4 !, during tsrange !"),
        table(
            "events", "id int8 ! identity, kind varchar(50) !, sequence int8 identity, at timestamptz =now()"
        ),
    )
)


def ddl(schema: Schema) -> str:
    """The tables with their columns alone."""
    tables = []
    for one in schema.tables:
        columns = ", ".join(f'"{column.name}" {column.type.sql}' for column in one.columns)
        tables.append(f'CREATE TABLE "{one.name.name}" ({columns});')
    return "\n".join(tables)
