"""MongoDB answers time_bucket as TimescaleDB does, to the millisecond."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import pytest
from sqlglot import exp

from optimizer.engines.mongo.answers import from_bson
from optimizer.engines.mongo.client import Client
from optimizer.engines.mongo.compile.comparands import is_constant
from optimizer.engines.mongo.compile.errors import NotCompiled
from optimizer.engines.mongo.compile.expressions import constant, selected, type_of
from optimizer.engines.mongo.compile.scope import Field, Scope
from optimizer.engines.mongo.templates import template
from optimizer.engines.mongo.values import stored
from optimizer.model.names import TableName
from optimizer.model.schema import Column, ColumnType, Schema, Table
from optimizer.queries.tree import qualified, unqualified
from tests.engines import time_buckets

TYPES = {
    "id": ColumnType("integer", "int4"),
    "at": ColumnType("timestamp with time zone", "timestamptz"),
    "ts": ColumnType("timestamp without time zone", "timestamp"),
    "d": ColumnType("date", "date"),
    "n": ColumnType("integer", "int4"),
    "l": ColumnType("bigint", "int8"),
    "s": ColumnType("smallint", "int2"),
}
SCHEMA = Schema((Table(TableName("public", "moments"), tuple(Column(*one) for one in TYPES.items())),))
SCOPE = Scope({"moments": {name: Field(name, type, True) for name, type in TYPES.items()}})
FORMS = time_buckets.answers()
NOT_COMPILED = {
    "time_bucket('7 microseconds', ts)",
    "time_bucket('1 day', at, 'Europe/Berlin', timestamptz '2024-01-01 06:00:00+00')",
    "time_bucket('5 months', at, 'Europe/Berlin', timestamptz '2024-02-29 23:30:00+00')",
    "time_bucket('1 month', at AT TIME ZONE 'Europe/Berlin')",
}
WIDTH = re.compile(r"time_bucket\('([^']+)', ")
COLUMN = re.compile(r"\b(at|ts|d|n|l|s)\b(?! =>)(?! TIME)")


@dataclass(frozen=True)
class Bench:
    """The moments in a collection."""

    rows: Any

    def answer(self, text: str, values: dict[str, Any] | None = None) -> list[Any]:
        node = expression(text)
        kind = type_of(node, SCOPE)
        stages = [{"$sort": {"_id": 1}}, {"$project": {"x": selected(node, SCOPE)}}]
        made = self.rows.aggregate(template(stages).make(values or {}))
        return [from_bson(row.get("x"), kind) for row in made]


@pytest.fixture(scope="module")
def bench(mongo_client: Client) -> Iterator[Bench]:
    collection = mongo_client["test_time_buckets"]["moments"]
    collection.drop()
    collection.insert_many(documents())
    yield Bench(collection)
    mongo_client.drop_database("test_time_buckets")


def documents() -> list[dict[str, Any]]:
    return [
        {
            "_id" if name == "id" else name: stored(parsed(value, type.base), type)
            for (name, type), value in zip(TYPES.items(), row, strict=True)
        }
        for row in time_buckets.ROWS
    ]


def parsed(value: Any, base: str) -> Any:
    """PostgreSQL's text as a value; moments are cut down to what MongoDB keeps."""
    if value is None or base.startswith("int"):
        return None if value is None else int(value)
    if base == "date":
        return date.fromisoformat(value)
    moment = datetime.fromisoformat(value)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000, tzinfo=None)


def expression(text: str) -> exp.Expr:
    query = qualified(unqualified(f"SELECT {text} FROM moments"), SCHEMA)
    assert isinstance(query, exp.Query)
    return query.selects[0].unalias()


def expected(form: str) -> list[Any]:
    kind = type_of(expression(form), SCOPE)
    assert kind is not None
    return [parsed(value, kind.base) for value in FORMS[form]]


@pytest.mark.parametrize("form", [form for form in FORMS if form not in NOT_COMPILED])
def test_the_answers_are_those_of_timescaledb(bench: Bench, form: str) -> None:
    assert bench.answer(form) == expected(form)


@pytest.mark.parametrize("form", [form for form in FORMS if WIDTH.match(form) and form not in NOT_COMPILED])
def test_a_parameter_as_the_width_gives_the_same(bench: Bench, form: str) -> None:
    width = WIDTH.match(form)
    assert width is not None
    text = WIDTH.sub("time_bucket(:w, ", form, count=1)
    assert bench.answer(text, {"w": width[1]}) == expected(form)


def with_a_parameter(form: str) -> tuple[str, exp.Expr]:
    """The form's column, and the form with a parameter in its place."""
    used = COLUMN.search(form)
    assert used is not None
    base = TYPES[used[1]].base
    return used[1], expression(COLUMN.sub(":v" if base.startswith("int") else f":v::{base}", form))


@pytest.mark.parametrize("form", [form for form in FORMS if is_constant(with_a_parameter(form)[1])])
def test_constants_are_computed_to_the_same(form: str) -> None:
    name, node = with_a_parameter(form)
    kind = type_of(expression(form), SCOPE)
    made = constant(node, kind)
    assert made is not None
    values = [parsed(row[list(TYPES).index(name)], TYPES[name].base) for row in time_buckets.ROWS]
    if form in NOT_COMPILED:
        with pytest.raises(ValueError, match="too fine"):
            made.evaluate({"v": values[0]})
        return
    assert [from_bson(made.evaluate({"v": value}), kind) for value in values] == expected(form)


@pytest.mark.parametrize(
    "text",
    [
        *sorted(NOT_COMPILED),
        "time_bucket('1 month 1 day', at)",
        "time_bucket('0 hours', at)",
        "time_bucket('36 hours', d)",
        "time_bucket('1 day', at, :zone::text)",
        "time_bucket('1 month', at, :origin::timestamptz)",
        "date_bin('1 month', ts, '2000-01-01')",
        "time_bucket('1 hour')",
    ],
)
def test_what_has_no_translation_is_said(text: str) -> None:
    with pytest.raises(NotCompiled, match="mongo:"):
        selected(expression(text), SCOPE)


@pytest.mark.parametrize("width", ["0 hours", "-1 hour", "-1 month", "1 month 1 day", "7 microseconds"])
def test_a_parameter_that_is_no_width_fails(bench: Bench, width: str) -> None:
    with pytest.raises(ValueError, match="bucket"):
        bench.answer("time_bucket(:w, at)", {"w": width})
