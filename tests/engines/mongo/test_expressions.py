"""Conditions and values have PostgreSQL's meaning: each is tried on both servers over hostile rows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import make_conninfo
from sqlglot import exp

from optimizer.engines.mongo.answers import from_bson
from optimizer.engines.mongo.client import Client
from optimizer.engines.mongo.compile.errors import NotCompiled
from optimizer.engines.mongo.compile.expressions import condition, is_true, selected, truth, type_of
from optimizer.engines.mongo.compile.scope import Scope
from optimizer.engines.mongo.templates import template
from optimizer.engines.postgres.server import connect_server
from optimizer.engines.providers.endpoint import Endpoint
from optimizer.equivalence import Order, Verdict, compare
from optimizer.model.answer import Answer
from optimizer.model.query import Binding, Query, SourceText, Target
from optimizer.model.schema import Schema
from optimizer.queries.tree import qualified, unqualified
from tests.conftest import workload_of
from tests.engines.mongo.expression_rows import COLUMNS, DDL, ROWS, documents, scope, sql_value
from tests.engines.mongo.expressions_by_hand import CONDITIONS, FILTERS, NOT_COMPILED, VALUES


@dataclass(frozen=True)
class Bench:
    """The rows on both servers."""

    schema: Schema
    postgres: Any
    mongo: Any
    scope: Scope

    def expected(self, sql: str, values: dict[str, Any]) -> Answer:
        query = Query(sql, 1.0, Target(), (SourceText(sql, "t"),))
        answer: Answer = self.postgres.answer(query, Binding(tuple(values.items())))
        return answer


@pytest.fixture(scope="module")
def bench(server: Endpoint, mongo_client: Client) -> Iterator[Bench]:
    source = SourceText(DDL, "t.sql")
    with connect_server(server) as opened:
        database = opened.read(workload_of(source), "expressions", source)
        table = database.schema.tables[0]
        with psycopg.connect(make_conninfo(server.conninfo, dbname=database.name)) as connection:
            for row in ROWS:
                values = [
                    json.dumps(v)
                    if name == "data" and v is not None
                    else sql_value(v, table.by_name[name].type)
                    for name, v in zip(COLUMNS, row, strict=True)
                ]
                marks = ", ".join(["%s"] * len(values))
                connection.execute(f"INSERT INTO t VALUES ({marks})", values)
        collection = mongo_client["test_expressions"]["t"]
        collection.drop()
        collection.insert_many(documents(table))
        with closing(database.session()) as session:
            yield Bench(database.schema, session, collection, scope(table))
        mongo_client.drop_database("test_expressions")


def expression(text: str, schema: Schema) -> exp.Expr:
    """The tree of an expression over the table."""
    query = qualified(unqualified(f"SELECT {text} FROM t"), schema)
    assert isinstance(query, exp.Query)
    return query.selects[0].unalias()


@pytest.mark.parametrize(("text", "values"), CONDITIONS, ids=str)
def test_condition(bench: Bench, text: str, values: dict[str, Any]) -> None:
    for negated in (False, True):
        sql = f"NOT ({text})" if negated else text
        expected = bench.expected(f"SELECT id FROM t WHERE {sql}", values)
        assert not expected.error, expected
        found = condition(expression(sql, bench.schema), bench.scope)
        made = template(found).make(values)
        rows = sorted(row["_id"] for row in bench.mongo.find(made))
        assert rows == sorted(int(row[0]) for row in expected.rows), (sql, found, made)


@pytest.mark.parametrize(("text", "values"), FILTERS, ids=str)
def test_condition_that_is_not_negated(bench: Bench, text: str, values: dict[str, Any]) -> None:
    made = template(condition(expression(text, bench.schema), bench.scope)).make(values)
    expected = bench.expected(f"SELECT id FROM t WHERE {text}", values)
    assert sorted(row["_id"] for row in bench.mongo.find(made)) == sorted(
        int(row[0]) for row in expected.rows
    )


@pytest.mark.parametrize(("text", "values"), CONDITIONS, ids=str)
def test_truth(bench: Bench, text: str, values: dict[str, Any]) -> None:
    node = expression(text, bench.schema)
    try:
        fields = {"truth": truth(node, bench.scope), "held": is_true(node, bench.scope)}
    except NotCompiled:
        pytest.skip("only the match language says this")
    stages = [{"$sort": {"_id": 1}}, {"$set": {name: {"$ifNull": [v, None]} for name, v in fields.items()}}]
    made = template(stages).make(values)
    expected = bench.expected(f"SELECT {text} AS x FROM t ORDER BY id", values)
    rows = list(bench.mongo.aggregate(made))
    assert [row["truth"] for row in rows] == [row[0] for row in expected.rows], stages
    assert [row["held"] for row in rows] == [row[0] is True for row in expected.rows], stages


@pytest.mark.parametrize(("text", "values"), VALUES, ids=str)
def test_value(bench: Bench, text: str, values: dict[str, Any]) -> None:
    node = expression(text, bench.schema)
    type_ = type_of(node, bench.scope)
    made = template([{"$sort": {"_id": 1}}, {"$project": {"x": selected(node, bench.scope)}}]).make(values)
    expected = bench.expected(f"SELECT {text} AS x FROM t ORDER BY id", values)
    answer = Answer(("x",), tuple((from_bson(row.get("x"), type_),) for row in bench.mongo.aggregate(made)))
    ties = tuple(range(len(expected.rows)))
    order = Order(ties, computed=frozenset({0}) if "/" in text or "epoch" in text else frozenset())
    assert compare(expected, answer, order).verdict is Verdict.SAME, (made, expected.rows, answer.rows)


@pytest.mark.parametrize("text", NOT_COMPILED)
def test_without_a_translation(bench: Bench, text: str) -> None:
    with pytest.raises(NotCompiled, match="mongo:"):
        condition(expression(text, bench.schema), bench.scope)
