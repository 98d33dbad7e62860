"""CREATE INDEX texts and names."""

from __future__ import annotations

from dataclasses import replace

import pytest

from optimizer.engines.postgres.ddl import create_index, index_name, name_all
from optimizer.engines.postgres.extensions import extensions_for
from optimizer.model.index import Index, IndexKey
from optimizer.model.names import TableName
from optimizer.model.schema import Column, ColumnType, Table
from optimizer.queries.quoting import quote_identifier

ORDERS = TableName("public", "orders")
PLAIN = Index(ORDERS, (IndexKey("user_id", "user_id"), IndexKey("created_at", "created_at", descending=True)))


@pytest.mark.parametrize(
    ("name", "quoted"),
    [
        ("orders", "orders"),
        ("Order", '"Order"'),
        ("order", '"order"'),
        ("2fast", '"2fast"'),
        ('a"b', '"a""b"'),
        ("naïve", '"naïve"'),
        ("status", "status"),
        ("between", '"between"'),
    ],
)
def test_names_are_quoted_only_where_needed(name: str, quoted: str) -> None:
    assert quote_identifier(name) == quoted


@pytest.mark.parametrize(
    ("index", "text"),
    [
        (PLAIN, "CREATE INDEX n ON orders (user_id, created_at DESC)"),
        (replace(PLAIN, unique=True), "CREATE UNIQUE INDEX n ON orders (user_id, created_at DESC)"),
        (
            replace(PLAIN, table=TableName("Audit", "order")),
            'CREATE INDEX n ON "Audit"."order" (user_id, created_at DESC)',
        ),
        (
            replace(PLAIN, include=("total", "Note"), where="status = 'pending'"),
            'CREATE INDEX n ON orders (user_id, created_at DESC) INCLUDE (total, "Note")'
            " WHERE status = 'pending'",
        ),
        (
            Index(ORDERS, (IndexKey("LOWER(email)"), IndexKey("b", "b", True, False))),
            "CREATE INDEX n ON orders ((LOWER(email)), b DESC NULLS LAST)",
        ),
        (
            Index(ORDERS, (IndexKey("a", "a", False, False), IndexKey("b", "b", True, True))),
            "CREATE INDEX n ON orders (a, b DESC)",
        ),
        (Index(ORDERS, (IndexKey("a", "a", False, True),)), "CREATE INDEX n ON orders (a NULLS FIRST)"),
        (
            Index(ORDERS, (IndexKey("a", "a", opclass="public.gin_trgm_ops"),), "gin"),
            "CREATE INDEX n ON orders USING gin (a public.gin_trgm_ops)",
        ),
        (
            Index(ORDERS, (IndexKey("a", "a", collation="C"),)),
            'CREATE INDEX n ON orders (a COLLATE "C")',
        ),
        (
            Index(ORDERS, (IndexKey("a", "a"),), "brin", options=(("pages_per_range", "32"),)),
            "CREATE INDEX n ON orders USING brin (a) WITH (pages_per_range = 32)",
        ),
    ],
)
def test_create_index(index: Index, text: str) -> None:
    assert create_index(index, name="n") == text


def test_a_plain_name_says_columns_and_directions() -> None:
    assert index_name(PLAIN) == "orders_user_id_created_at_desc_idx"
    assert create_index(PLAIN).startswith("CREATE INDEX orders_user_id_created_at_desc_idx ON ")


def test_own_name_comes_before_a_made_one() -> None:
    assert " mine " in create_index(replace(PLAIN, name="mine"))


@pytest.mark.parametrize(
    "index",
    [
        replace(PLAIN, where="status = 'pending'"),
        replace(PLAIN, include=("total",)),
        replace(PLAIN, method="brin", options=(("pages_per_range", "32"),)),
        Index(ORDERS, (IndexKey("é" * 40, "é" * 40),)),
        Index(ORDERS, tuple(IndexKey(f"long_column_{n}", f"long_column_{n}") for n in range(9))),
    ],
)
def test_other_names_fit_and_are_marked(index: Index) -> None:
    name = index_name(index)
    assert len(name.encode()) <= 63
    assert name.startswith("orders_")
    assert name != index_name(replace(index, where="other"))
    assert name == index_name(replace(index, name="whatever"))


def test_every_index_gets_a_name_of_its_own() -> None:
    joined = Index(ORDERS, (IndexKey("a_b", "a_b"),))
    apart = Index(ORDERS, (IndexKey("a", "a"), IndexKey("b", "b")))
    named = replace(PLAIN, name="orders_a_b_idx")
    names = name_all((joined, apart, named), taken={"orders_pkey"})
    assert len(set(names.values())) == 3
    assert names[named] == "orders_a_b_idx"
    assert name_all((joined,), taken={"orders_a_b_idx"})[joined] != "orders_a_b_idx"


def test_extensions() -> None:
    columns = (
        Column("tenant_id", ColumnType("uuid", "uuid")),
        Column("tags", ColumnType("text[]", "text", True)),
    )
    table = Table(ORDERS, columns)
    tenant, tags = IndexKey("tenant_id", "tenant_id"), IndexKey("tags", "tags")
    trigram = IndexKey("name", "name", opclass="gin_trgm_ops")
    assert extensions_for(PLAIN, table) == ()
    assert extensions_for(Index(ORDERS, (tags,), "gin"), table) == ()
    assert extensions_for(Index(ORDERS, (tenant, tags), "gin"), table) == ("btree_gin",)
    assert extensions_for(Index(ORDERS, (tenant, tags), "gist"), table) == ("btree_gist",)
    assert extensions_for(Index(ORDERS, (tenant, trigram), "gin"), table) == ("pg_trgm", "btree_gin")
    assert extensions_for(Index(ORDERS, (trigram,), "gin")) == ("pg_trgm",)
