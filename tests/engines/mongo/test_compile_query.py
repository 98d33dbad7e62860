"""Whole queries: what they touch, what they say themselves under `mongo:`, and row-level security."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from uuid import UUID

import pytest
from bson.decimal128 import Decimal128

from optimizer.design.documents.layout import Layout
from optimizer.engines.mongo.compile.errors import NotCompiled
from optimizer.engines.mongo.compile.query import compile_query
from optimizer.engines.mongo.program import Aggregate, Find, Operation, Program
from optimizer.model.names import TableName
from optimizer.model.query import ParameterSpec, Query, SourceText, Target
from optimizer.model.schema import Column, ColumnType, Key, Schema, Table
from optimizer.model.workload import SessionSettings
from tests.engines.mongo.compile_golden import layout, text
from tests.engines.mongo.compile_schema import SCHEMA

SECURED = Schema(tuple(replace(t, row_security=t.name.name in ("orders", "reviews")) for t in SCHEMA.tables))
SESSION = SessionSettings("app", (("app.user", {"column": "users.id"}),))

SOME = UUID("5f0c2a2e-59b8-4f43-9a53-4b0c1f2d3e4f")
_UUID = ColumnType("uuid", "uuid")
FILES = Table(
    TableName("public", "files"),
    (
        Column("id", _UUID, not_null=True),
        Column("parts", ColumnType("uuid[]", "uuid", array=True)),
        Column("data", ColumnType("jsonb", "jsonb")),
        Column("price", ColumnType("numeric", "numeric")),
        Column("at", ColumnType("timestamp", "timestamp")),
    ),
    keys=(Key("files_pkey", ("id",), primary=True),),
)


def query(*statements: str, mongo: object = None) -> Query:
    texts = tuple(SourceText(statement, "test.yaml") for statement in statements)
    return Query("test", 1.0, Target(), texts, overrides={} if mongo is None else {"mongo": mongo})


def only(program: Program) -> Operation:
    ((operation,),) = [statement.operations for statement in program.statements]
    return operation


def test_lookups_are_among_the_collections_that_are_touched() -> None:
    read = (
        "SELECT o.id FROM orders o JOIN users s ON s.id = o.seller_id WHERE s.age > 3 ORDER BY o.id LIMIT 2"
    )
    program = compile_query(query(read), layout("reference"))
    assert program.collections == {"orders", "users"}
    assert not program.is_write
    assert not program.transaction


def test_reads_of_one_query_are_one_transaction() -> None:
    reads = ("SELECT u.id FROM users u WHERE u.id = :id", "SELECT o.id FROM orders o WHERE o.id = :id")
    program = compile_query(query(*reads), layout("reference"))
    assert len(program.statements) == 2
    assert program.transaction


def test_a_secured_table_shows_the_session_s_rows_alone() -> None:
    program = compile_query(query("SELECT r.id FROM reviews r"), Layout(SECURED), SESSION)
    found = only(program)
    assert isinstance(found, Find)
    (leaf,) = found.filter.values()
    assert list(found.filter) == ["user_id"]
    assert leaf.evaluate({"@app.user": "7"}) == 7


def test_security_holds_for_what_is_joined_too() -> None:
    read = "SELECT p.id, r.id AS review FROM products p LEFT JOIN reviews r ON r.product_id = p.id"
    found = only(compile_query(query(read), Layout(SECURED), SESSION))
    assert isinstance(found, Aggregate)
    lookup = found.pipeline[0]["$lookup"]
    assert list(lookup["pipeline"][0]["$match"]) == ["user_id"]


def test_a_policy_that_cant_be_told_shows_nothing() -> None:
    with pytest.raises(NotCompiled, match="ROW_LEVEL_SECURITY"):
        compile_query(query("SELECT o.id FROM orders o"), Layout(SECURED), SESSION)


def test_without_a_role_no_row_is_hidden() -> None:
    settings = SessionSettings(None, SESSION.settings)
    found = only(compile_query(query("SELECT o.id FROM orders o"), Layout(SECURED), settings))
    assert isinstance(found, Find)
    assert not found.filter


def test_a_query_can_bring_its_own_operation() -> None:
    own = {"find": "orders", "filter": {"user_id": ":id"}, "projection": {"_id": 0, "total": 1}, "limit": 3}
    read = "SELECT o.total FROM orders o WHERE o.user_id = :id LIMIT 3"
    program = compile_query(query(read, mongo=own), layout("reference"))
    found = only(program)
    assert isinstance(found, Find)
    assert text(found.filter) == "{user_id: :id}"
    assert found.filter["user_id"].evaluate({"id": "5"}) == 5
    assert [output.name for output in program.statements[0].outputs] == ["total"]


@pytest.mark.parametrize(
    ("read", "spec", "value", "sent"),
    [
        ("SELECT v.n FROM v WHERE v.k = :p", ParameterSpec("column", "files.id"), str(SOME), SOME),
        ("SELECT v.n FROM v WHERE v.k = :p", ParameterSpec("new", "files.id"), str(SOME), SOME),
        ("SELECT v.n FROM v WHERE v.k = :p", None, str(SOME), str(SOME)),
        ("SELECT f.at FROM files f WHERE f.id = :p", None, str(SOME), SOME),
        ("SELECT f.at FROM files f WHERE f.id = ANY(:p)", None, [str(SOME)], [SOME]),
        ("SELECT f.at FROM files f WHERE :p = ANY(f.parts)", None, str(SOME), SOME),
        ("SELECT f.at FROM files f WHERE f.data ->> 'k' = :p", None, "x", "x"),
        ("SELECT f.at FROM files f WHERE f.price > :p", None, Decimal(1), Decimal128("1")),
        ("SELECT f.id FROM files f LIMIT :p", None, 3, 3),
    ],
)
def test_its_parameters_are_sent_as_their_columns_store_them(
    read: str, spec: ParameterSpec | None, value: object, sent: object
) -> None:
    own = {"aggregate": "files", "pipeline": [{"$match": {"x": ":p"}}]}
    made = replace(query(read, mongo=own), params={} if spec is None else {"p": spec})
    found = only(compile_query(made, Layout(Schema((FILES,)))))
    assert isinstance(found, Aggregate)
    assert found.pipeline[0]["$match"]["x"].evaluate({"p": value}) == sent


def test_its_own_operation_fits_where_no_structure_touches_what_it_reads() -> None:
    pipeline: list[object] = [{"$match": {"_id": ":id"}}, {"$count": "n"}]
    looked_up = {"$lookup": {"from": "items", "localField": "a", "foreignField": "b", "as": "c"}}
    users = {"aggregate": "users", "pipeline": pipeline, "columns": ["n"]}
    items = {"aggregate": "users", "pipeline": [looked_up, *pipeline], "columns": ["n"]}
    read = "SELECT COUNT(*) AS n FROM users u WHERE u.id = :id"
    program = compile_query(query(read, mongo=users), layout("items in orders"))
    assert [output.name for output in program.statements[0].outputs] == ["n"]
    with pytest.raises(NotCompiled, match="reads items as it is without"):
        compile_query(query(read, mongo=items), layout("items in orders"))


def test_its_own_operation_knows_the_parameters_of_the_statement_alone() -> None:
    own = {"find": "users", "filter": {"_id": ":nobody"}}
    with pytest.raises(NotCompiled, match=":nobody"):
        compile_query(query("SELECT u.id FROM users u WHERE u.id = :id", mongo=own), layout("reference"))


def test_a_write_has_no_operation_of_its_own() -> None:
    own = {"find": "users", "filter": {"_id": ":id"}}
    with pytest.raises(NotCompiled, match="leave out its `mongo:`"):
        compile_query(query("DELETE FROM users WHERE id = :id", mongo=own), layout("reference"))


@pytest.mark.parametrize(
    ("statement", "advice"),
    [("UPDATE users SET id = 1 WHERE id = 2", "write the statement otherwise"), ("SELECT 1", "by hand")],
)
def test_the_advice_fits_the_statement(statement: str, advice: str) -> None:
    with pytest.raises(NotCompiled, match=advice) as refused:
        compile_query(query(statement), layout("reference"))
    assert advice in refused.value.advice


@pytest.mark.parametrize("own", [{"find": "orders", "pipeline": []}, "orders", {"filter": {}}])
def test_an_operation_that_is_none_is_refused(own: object) -> None:
    with pytest.raises(NotCompiled, match="isn't understood"):
        compile_query(query("SELECT 1", mongo=own), layout("reference"))


@pytest.mark.parametrize(
    ("read", "why"),
    [
        ("SELECT v.id FROM nowhere v", "source of rows"),
        ("SELECT o.id FROM orders o FULL JOIN users u ON u.id = o.user_id", "inner, cross and left"),
        ("SELECT o.id FROM orders o WHERE o.seller_id NOT IN (SELECT u.id FROM users u)", "NOT EXISTS"),
        ("SELECT string_agg(o.note, ',') FROM orders o", "aggregate"),
        ("SELECT o.id FROM orders o INTERSECT SELECT u.id FROM users u", "UNION"),
        ("SELECT COUNT(*) FROM orders o GROUP BY ROLLUP (o.status)", "ROLLUP"),
    ],
)
def test_what_is_beyond_the_subset_says_why(read: str, why: str) -> None:
    with pytest.raises(NotCompiled, match=why):
        compile_query(query(read), layout("reference"))
