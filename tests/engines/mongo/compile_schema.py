"""The schema of the compiler's golden pairs, made by hand; its DDL; and a few hostile rows for it."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from optimizer.model.names import TableName
from optimizer.model.schema import Column, ColumnType, ForeignKey, Key, Schema, Table

Rows = dict[str, list[dict[str, Any]]]

_BASES = {
    "text": "text",
    "int": "int4",
    "bigint": "int8",
    "bool": "bool",
    "timestamp": "timestamp",
    "date": "date",
}

_ENUMS = {"urgency": ("low", "normal", "high"), "state": ("whole", "broken", "away")}


def _type(text: str) -> ColumnType:
    if text in _ENUMS:
        return ColumnType(text, "enum", labels=_ENUMS[text])
    base, _, size = text.removesuffix("[]").rstrip(")").partition("(")
    precision, _, scale = size.partition(",")
    if base == "numeric" and size:
        return ColumnType(text, "numeric", False, None, int(precision), int(scale))
    return ColumnType(text, _BASES.get(base, base), text.endswith("[]"))


def table(name: str, columns: str, parents: str = "", unique: str = "", key: str = "id") -> Table:
    """A table: `columns` are `name type!` (`!` for NOT NULL), `parents` are `column>table`."""
    made = []
    for part in columns.split(";"):
        column, kind = part.strip().split(" ", 1)
        made.append(Column(column, _type(kind.strip().rstrip("!")), kind.endswith("!")))
    keys = [Key(f"{name}_pkey", tuple(key.split()), primary=True)] if key else []
    keys += [Key(f"{name}_{u.replace('+', '_')}_key", tuple(u.split("+"))) for u in unique.split()]
    pairs = [parent.split(">") for parent in parents.split()]
    foreign = tuple(ForeignKey(f"{name}_{c}_fkey", (c,), TableName("public", p), ("id",)) for c, p in pairs)
    return Table(TableName("public", name), tuple(made), tuple(keys), foreign)


SCHEMA = Schema(
    (
        table(
            "users",
            "id int!; email text!; name text!; nickname text; age int; active bool; joined timestamp!;"
            "balance numeric(12,2)",
            unique="email",
        ),
        table("profiles", "id int!; user_id int!; bio text; score int", "user_id>users", "user_id"),
        table(
            "categories",
            "id int!; slug text!; name text!; parent_id int; lft int!; rgt int!",
            "parent_id>categories",
            "slug",
        ),
        table(
            "products",
            "id int!; sku text!; name text!; brand text; price numeric(10,2)!; cost numeric(10,2);"
            "category_id int; tags text[]!; data jsonb; active bool; stock int!; created_at timestamp!",
            "category_id>categories",
            "sku",
        ),
        table(
            "orders",
            "id int!; number text!; user_id int!; seller_id int; status text!; total numeric(12,2)!;"
            "note text; placed_at timestamp!; due_on date; urgency urgency",
            "user_id>users seller_id>users",
            "number",
        ),
        table(
            "items",
            "id int!; order_id int!; product_id int!; quantity int!; price numeric(10,2)!;"
            "discount numeric(10,2); state state!",
            "order_id>orders product_id>products",
        ),
        table(
            "reviews",
            "id int!; product_id int!; user_id int!; rating int!; body text; helpful int;"
            "created_at timestamp!",
            "product_id>products user_id>users",
            "product_id+user_id",
        ),
        table("labels", "id int!; name text!", unique="name"),
        table(
            "product_labels",
            "product_id int!; label_id int!; weight int",
            "product_id>products label_id>labels",
            key="product_id label_id",
        ),
    )
)


def ddl(schema: Schema) -> str:
    """The schema's CREATE TABLE statements."""
    every = {column.type for table in schema.tables for column in table.columns if column.type.labels}
    types = [f"CREATE TYPE {one.sql} AS ENUM {one.labels};" for one in sorted(every, key=lambda t: t.sql)]
    return "\n".join([*types, *(_create(one) for one in schema.tables)])


def _create(one: Table) -> str:
    lines = [f"{c.name} {c.type.sql}{' NOT NULL' if c.not_null else ''}" for c in one.columns]
    lines += [f"{'PRIMARY KEY' if k.primary else 'UNIQUE'} ({', '.join(k.columns)})" for k in one.keys]
    lines += [
        f"FOREIGN KEY ({k.columns[0]}) REFERENCES {k.target}({k.referenced[0]})" for k in one.foreign_keys
    ]
    return f"CREATE TABLE {one.name} ({', '.join(lines)});"


START = datetime(2025, 3, 29, 22, 30)
"""Half a day before the clocks change in Europe."""


def rows(seed: int = 7) -> Rows:
    """Rows with nulls, ties, empty children, numbers of both signs, and signs of other alphabets."""
    dice = random.Random(seed)
    texts = ["", "a", "A", "b", "é", "Zoë", "$x", "a.b", "x\ny", "100%", "under_score", "日本"]

    def maybe(value: Any, share: float = 0.3) -> Any:
        return None if dice.random() < share else value

    def moment() -> datetime:
        return START + timedelta(hours=dice.randrange(0, 96), milliseconds=dice.choice([0, 0, 1, 999]))

    def money(low: int, high: int) -> Decimal:
        return Decimal(dice.randint(low * 100, high * 100)).scaleb(-2)

    users = [
        {
            "id": n,
            "email": f"user{n}@Example.com",
            "name": dice.choice(texts[1:]),
            "nickname": maybe(dice.choice(texts)),
            "age": maybe(dice.choice([0, 17, 18, 18, 40, -1])),
            "active": maybe(dice.random() < 0.6),
            "joined": moment(),
            "balance": maybe(money(-50, 50)),
        }
        for n in range(1, 11)
    ]
    profiles = [
        {"id": 100 + n, "user_id": n, "bio": maybe(dice.choice(texts)), "score": maybe(dice.randint(-3, 3))}
        for n in (1, 2, 3, 5, 8)
    ]
    tree = [
        (1, None, 1, 12),
        (2, 1, 2, 7),
        (3, 2, 3, 4),
        (4, 2, 5, 6),
        (5, 1, 8, 9),
        (6, 1, 10, 11),
        (7, None, 13, 14),
    ]
    categories = [
        {"id": n, "slug": f"c{n}", "name": f"Category {n}", "parent_id": parent, "lft": lft, "rgt": rgt}
        for n, parent, lft, rgt in tree
    ]
    documents = [
        {"color": "red", "size": {"w": 3, "h": 2.5}, "list": [1, 2]},
        {"color": None, "size": {"w": 10}},
        {"list": ["x", {"y": 1}], "n": 12.5, "flag": True},
        {},
    ]
    products = [
        {
            "id": n,
            "sku": f"sku-{n}",
            "name": dice.choice(texts[1:]),
            "brand": maybe(dice.choice(["acme", "Acme", "wayne"])),
            "price": money(0, 30),
            "cost": maybe(money(0, 20)),
            "category_id": maybe(dice.randint(1, 6)),
            "tags": dice.sample(["new", "hot", "old", ""], dice.randint(0, 3)),
            "data": maybe(dice.choice(documents)),
            "active": maybe(dice.random() < 0.7, 0.2),
            "stock": dice.choice([0, 0, 1, 5, 100]),
            "created_at": moment(),
        }
        for n in range(1, 19)
    ]
    orders = [
        {
            "id": n,
            "number": f"N{n:03}",
            "user_id": dice.randint(1, 7),
            "seller_id": maybe(dice.randint(1, 10), 0.4),
            "status": dice.choice(["open", "paid", "sent"]),
            "total": money(-20, 200),
            "note": maybe(dice.choice(texts), 0.5),
            "placed_at": moment(),
            "due_on": maybe((START + timedelta(days=dice.randint(0, 4))).date()),
            "urgency": (None, *_ENUMS["urgency"])[n % 4],
        }
        for n in range(1, 31)
    ]
    items = [
        {
            "id": 1000 + n,
            "order_id": dice.randint(1, 24),
            "product_id": dice.randint(1, 15),
            "quantity": dice.randint(1, 4),
            "price": money(0, 30),
            "discount": maybe(money(0, 3), 0.6),
            "state": _ENUMS["state"][n % 5 % 3],
        }
        for n in range(70)
    ]
    pairs = dice.sample([(p, u) for p in range(1, 15) for u in range(1, 11)], 45)
    reviews = [
        {
            "id": 500 + n,
            "product_id": product,
            "user_id": user,
            "rating": dice.randint(1, 5),
            "body": maybe(dice.choice(texts)),
            "helpful": maybe(dice.randint(0, 9)),
            "created_at": moment(),
        }
        for n, (product, user) in enumerate(pairs)
    ]
    labels = [{"id": n, "name": name} for n, name in enumerate(["red", "blue", "Green", "rare"], 1)]
    tied = dice.sample([(p, name) for p in range(1, 19) for name in (1, 2, 3)], 22)
    product_labels = [{"product_id": p, "label_id": n, "weight": maybe(dice.randint(1, 3))} for p, n in tied]
    return {
        "users": users,
        "profiles": profiles,
        "categories": categories,
        "products": products,
        "orders": orders,
        "items": items,
        "reviews": reviews,
        "labels": labels,
        "product_labels": product_labels,
    }
