"""The filters are those that a person would write: what an index can answer is said in the match language."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from bson.regex import Regex
from sqlglot import exp

from optimizer.engines.mongo.compile.expressions import condition, value
from optimizer.engines.mongo.compile.filters import NEVER, all_of, any_of, no_arrays
from optimizer.engines.mongo.compile.scope import Field, Scope
from optimizer.engines.mongo.compile.types import (
    BOOL,
    DATE,
    INT4,
    JSONB,
    NUMERIC,
    TEXT,
    TIMESTAMP,
    UUID,
    array_of,
)
from optimizer.engines.mongo.program import Leaf
from optimizer.queries.tree import unqualified

SCOPE = Scope(
    {
        "t": {
            "id": Field("_id", UUID, False),
            "a": Field("a", INT4, True),
            "n": Field("n", INT4, False),
            "m": Field("m", NUMERIC, True),
            "s": Field("s", TEXT, True),
            "v": Field("v", TEXT, False),
            "flag": Field("flag", BOOL, True),
            "at": Field("at", TIMESTAMP, True),
            "day": Field("day", DATE, True),
            "tags": Field("tags", array_of(TEXT), False),
            "data": Field("data", JSONB, True),
            "quantity": Field("items.quantity", INT4, False),
            "outer_id": Field("$$v_id", UUID, False),
        }
    }
)

SPELT = [
    Regex(rf"\A{text}[dD]\z", "s")
    for text in ("a1bc", "a1bC", "a1Bc", "a1BC", "A1bc", "A1bC", "A1Bc", "A1BC")
]

SHAPES: tuple[tuple[str, Any], ...] = (
    ("a = 5", {"a": 5}),
    ("5 < a", {"a": {"$gt": 5}}),
    ("a = :p", {"a": "<:p>"}),
    ("a <> 5", {"a": {"$nin": [5, None]}}),
    ("n <> 5", {"n": {"$ne": 5}}),
    ("n <> :p", {"n": "<:p as unequal>"}),
    ("n <> 5 AND n <> 6", {"n": {"$nin": [5, 6]}}),
    ("NOT (a > 5)", {"a": {"$lte": 5}}),
    ("NOT (a = 5 OR n < 3)", {"a": {"$nin": [5, None]}, "n": {"$gte": 3}}),
    ("a >= :low AND a < :high", {"a": {"$gte": "<:low>", "$lt": "<:high>"}}),
    ("a BETWEEN 1 AND 2", {"a": {"$gte": 1, "$lte": 2}}),
    ("a IN (1, :p)", {"a": {"$in": [1, "<:p>"]}}),
    ("a IN (7)", {"a": 7}),
    ("a NOT IN (1, 2)", {"a": {"$nin": [1, 2, None]}}),
    ("a = ANY(:list)", {"a": {"$in": "<:list as list>"}}),
    ("a IS NULL", {"a": None}),
    ("n IS NULL", NEVER),
    ("n IS NOT NULL", {}),
    ("a IS NOT NULL AND a > 3", {"a": {"$gt": 3, "$ne": None}}),
    ("flag", {"flag": True}),
    ("NOT flag", {"flag": False}),
    ("flag IS NOT TRUE", {"flag": {"$ne": True}}),
    ("flag <> TRUE", {"flag": False}),
    ("a = 1 OR s = 'x'", {"$or": [{"a": 1}, {"s": "x"}]}),
    (
        "(a = 1 OR s = 'x') AND (n = 2 OR s = 'y')",
        {"$or": [{"a": 1}, {"s": "x"}], "$and": [{"$or": [{"n": 2}, {"s": "y"}]}]},
    ),
    ("(n, id) < (:n, :id)", {"$or": [{"n": {"$lt": "<:n>"}}, {"n": "<:n>", "_id": {"$lt": "<:id>"}}]}),
    (
        ":p::int IS NULL OR a = :p",
        {"$or": [{"$and": "<CAST(:p AS INT) IS NULL as condition>"}, {"a": "<:p>"}]},
    ),
    ("s LIKE 'ab%'", {"s": Regex("\\Aab", "s")}),
    ("s LIKE 'a.b'", {"s": "a.b"}),
    ("s LIKE '%a_b'", {"s": Regex("a.b\\z", "s")}),
    ("s NOT LIKE 'a%'", {"s": {"$not": Regex("\\Aa", "s"), "$ne": None}}),
    ("v NOT LIKE 'a%'", {"v": {"$not": Regex("\\Aa", "s")}}),
    ("s ILIKE '%abc%'", {"s": Regex("abc", "si")}),
    ("s ILIKE '%k%'", {"s": Regex("(?-i:[kK])", "si")}),
    ("lower(s) = 'ab'", {"s": {"$in": ["ab", "aB", "Ab", "AB"]}}),
    ("lower(s) = 'a1bcd'", {"s": {"$in": SPELT}}),
    ("lower(s) = lower(:p)", {"s": "<LOWER(:p) as pattern>"}),
    ("at::date = '2024-05-01'", {"at": {"$gte": "2024-05-01T00:00:00", "$lt": "2024-05-02T00:00:00"}}),
    ("day < '2024-05-01'", {"day": {"$lt": "2024-05-01T00:00:00"}}),
    ("'x' = ANY(tags)", {"tags": "x"}),
    ("tags @> ARRAY['x', 'y']", {"tags": {"$all": ["x", "y"]}}),
    ("tags && ARRAY['x', 'y']", {"tags": {"$in": ["x", "y"]}}),
    ("cardinality(tags) = 2", {"tags": {"$size": 2}}),
    ("data ->> 'k' = 'x'", {"data.k": "x", **no_arrays(["data", "data.k"])}),
    ("data ->> 'k' = '5'", {"data.k": {"$in": ["5", 5]}, **no_arrays(["data", "data.k"])}),
    (
        "data #>> '{a,0,b}' = 'x'",
        {"data.a.0.b": "x", **no_arrays(["data", "data.a.0", "data.a.0.b"]), "data.a": {"$type": "array"}},
    ),
    ("(data ->> 'n')::numeric >= 1.5", {"data.n": {"$gte": 1.5}, **no_arrays(["data", "data.n"])}),
    (
        'data @> \'{"a": {"b": 1}, "c": ["x"]}\'',
        {
            "data.a.b": 1,
            "data.c": {"$type": "array", "$all": ["x"]},
            **no_arrays(["data", "data.a", "data.a.b"]),
        },
    ),
    (
        "data @> jsonb_build_object('a', :p::text, 'b', 'x')",
        {"data.a": "<CAST(:p AS TEXT)>", "data.b": "x", **no_arrays(["data.a", "data.b", "data"])},
    ),
    ("quantity > 2", {"items.quantity": {"$gt": 2}}),
    (
        "to_tsvector('english', s) @@ plainto_tsquery('english', 'red shoe')",
        {"$text": {"$search": '"red" "shoe"'}},
    ),
    ("a = n", {"$expr": {"$eq": ["$a", "$n"]}}),
    ("a < n", {"$expr": {"$and": [{"$gt": ["$a", None]}, {"$lt": ["$a", "$n"]}]}}),
    ("a > n", {"$expr": {"$gt": ["$a", "$n"]}}),
    ("id = outer_id", {"$expr": {"$eq": ["$_id", "$$v_id"]}}),
    ("a + 1 > 3", {"$expr": {"$gt": [{"$add": ["$a", 1]}, 3]}}),
    ("a = NULL", {"a": "nan"}),
)

VALUES: tuple[tuple[str, Any], ...] = (
    ("a", "$a"),
    ("'$x'", {"$literal": "$x"}),
    ("a + n + 1", {"$add": ["$a", "$n", 1]}),
    ("a / 2", {"$toInt": {"$divide": ["$a", 2]}}),
    ("COALESCE(a, 0)", {"$ifNull": ["$a", 0]}),
    ("COALESCE(n, 0)", "$n"),
    ("s || '-' || v", {"$concat": ["$s", "-", "$v"]}),
    ("CASE WHEN a > 0 THEN 1 ELSE 0 END", {"$cond": [{"$gt": ["$a", 0]}, 1, 0]}),
    ("lower(v)", {"$toLower": "$v"}),
    ("lower(s)", {"$cond": [{"$gt": ["$s", None]}, {"$toLower": "$s"}, None]}),
    ("date_trunc('week', at)", {"$dateTrunc": {"date": "$at", "unit": "week", "startOfWeek": "monday"}}),
    ("at + INTERVAL '90 minutes'", {"$add": ["$at", 5_400_000]}),
    ("at + INTERVAL '1 month'", {"$dateAdd": {"startDate": "$at", "unit": "month", "amount": 1}}),
    ("a = 5", {"$cond": [{"$lte": ["$a", None]}, None, {"$eq": ["$a", 5]}]}),
    ("n = 5", {"$eq": ["$n", 5]}),
    (
        "(data ->> 'n')::numeric",
        {"$toDecimal": {"$getField": {"field": {"$literal": "n"}, "input": "$data"}}},
    ),
    ("m * 1.5", {"$multiply": ["$m", Decimal("1.5")]}),
)


def tree(text: str) -> exp.Expr:
    query = unqualified(f"SELECT {text}")
    assert isinstance(query, exp.Query)
    return query.selects[0].unalias()


def readable(part: Any) -> Any:
    """Leaves, moments and NaN as texts that can be compared."""
    if isinstance(part, Leaf):
        return f"<{part.text}>" if part.form == "value" else f"<{part.text} as {part.form}>"
    if isinstance(part, dict):
        return {key: readable(item) for key, item in part.items()}
    if isinstance(part, list):
        return [readable(item) for item in part]
    if isinstance(part, float) and part != part:
        return "nan"
    return part.isoformat() if hasattr(part, "isoformat") else part


@pytest.mark.parametrize(("text", "shape"), SHAPES, ids=[text for text, _ in SHAPES])
def test_filter(text: str, shape: Any) -> None:
    assert readable(condition(tree(text), SCOPE)) == shape


@pytest.mark.parametrize(("text", "shape"), VALUES, ids=[text for text, _ in VALUES])
def test_value(text: str, shape: Any) -> None:
    assert readable(value(tree(text), SCOPE)) == shape


def test_filters_are_joined_without_loss() -> None:
    leaf = Leaf("x", lambda values: [])
    assert all_of([{"a": 1}, {"b": 2}]) == {"a": 1, "b": 2}
    assert all_of([{"a": 1}, {"a": 2}]) == {"a": 1, "$and": [{"a": 2}]}
    assert all_of([{"a": {"$gt": 1}}, {"a": {"$gt": 2}}]) == {"a": {"$gt": 1}, "$and": [{"a": {"$gt": 2}}]}
    assert all_of([{"$and": leaf}, {"a": 1}, {"a": 2}]) == {"a": 1, "$and": [{"$and": leaf}, {"a": 2}]}
    assert all_of([{"$and": leaf}, {"a": 1}]) == {"a": 1, "$and": leaf}
    assert all_of([{"$expr": 1}, {"$expr": 2}]) == {"$expr": {"$and": [1, 2]}}
    assert all_of([{"a": 1}, NEVER]) == NEVER
    assert all_of([]) == {}
    assert any_of([{"a": 1}, NEVER]) == {"a": 1}
    assert any_of([{"a": 1}, {}]) == {}
    assert any_of([]) == NEVER
    assert any_of([{"$or": [{"a": 1}, {"b": 1}]}, {"c": 1}]) == {"$or": [{"a": 1}, {"b": 1}, {"c": 1}]}
