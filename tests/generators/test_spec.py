from __future__ import annotations

import datetime as dt
import json
from typing import Any

import polars as pl
import pytest

from generators.errors import SpecError
from generators.shape import ColumnShape, dtype
from generators.spec import from_spec
from generators.stream import Stream
from tests.generators.extremes import longest

YEAR = [dt.date(2025, 1, 1), dt.date(2026, 1, 1)]
TEXT = ColumnShape("email", "varchar", length=255, rows=1000)
UNIQUE = ColumnShape("email", "varchar", length=255, rows=1000, unique=True)
INT = ColumnShape("n", "int4")
MONEY = ColumnShape("total", "numeric", precision=10, scale=2)
TAGS = ColumnShape("tags", "text", array=True)

GOOD: list[tuple[dict[str, Any], ColumnShape]] = [
    ({"faker": "email"}, TEXT),
    ({"faker": "email"}, UNIQUE),
    ({"faker": "company"}, UNIQUE),
    ({"faker": "phone_number"}, UNIQUE),
    ({"faker": "phone_number", "nulls": 0.3}, TEXT),
    ({"faker": "city", "locale": "de_DE"}, TEXT),
    ({"faker": "pystr", "args": {"max_chars": 5}}, TEXT),
    ({"faker": "pyint"}, INT),
    ({"choices": {"a": 80, "b": 1}}, TEXT),
    ({"choices": [1, 2]}, INT),
    ({"choices": ["a", "b"]}, ColumnShape("s", "enum", labels=("a", "b"))),
    ({"choices": [["a"], ["b", "c"]]}, TAGS),
    ({"between": YEAR, "skew": "recent"}, ColumnShape("c", "timestamptz")),
    ({"between": YEAR, "ordered": True}, ColumnShape("c", "timestamp", rows=1000)),
    ({"between": YEAR}, ColumnShape("c", "date")),
    ({"between": ["2000-01-01", "2026-01-01"]}, ColumnShape("c", "date", unique=True, rows=1000)),
    ({"between": YEAR}, ColumnShape("c", "timestamptz", unique=True, rows=1000)),
    ({"between": ["08:00", "10:30"]}, ColumnShape("c", "time")),
    ({"between": ["15m", "3d"]}, ColumnShape("c", "interval")),
    ({"between": [1, 5]}, MONEY),
    ({"lognormal": {"median": 60, "sigma": 0.8}, "round": 2}, MONEY),
    ({"normal": {"mean": 60, "sd": 5, "min": 0}}, ColumnShape("c", "float8")),
    ({"uniform": [1, 500]}, ColumnShape("c", "int2")),
    ({"uniform": [1, 5000]}, ColumnShape("c", "int4", unique=True, rows=1000)),
    ({"uniform": [1, 5]}, ColumnShape("c", "int8", array=True)),
    ({"zipf": {"max": 100, "exponent": 1.2}}, INT),
    ({"point": {"lat": [40, 45], "lon": [-5, 5]}}, ColumnShape("p", "point")),
    ({"array": {"of": {"choices": ["a", "b"]}, "min": 1, "max": 3}}, TAGS),
    ({"array": {"faker": "word"}}, TAGS),
    ({"faker": "word"}, TAGS),
    ({"text": True}, TEXT),
    ({"text": {"min": 2, "max": 4, "title": True}}, TEXT),
    ({"sequence": {"start": 10, "step": 5}}, ColumnShape("c", "int4", unique=True, rows=1000)),
    ({"template": "ORD-{n:09d}"}, UNIQUE),
    ({"template": "{first_name} {n}"}, UNIQUE),
    ({"boolean": 0.2}, ColumnShape("b", "bool")),
    ({"value": 5}, INT),
    ({"constant": "new"}, TEXT),
    ({"value": {"a": 1}}, ColumnShape("j", "jsonb")),
    ({"value": None}, TEXT),
    ({"generator": f"{__name__}:flags"}, ColumnShape("b", "bool")),
    ({"nulls": 0.5}, TEXT),
    ({"locale": "fr_FR"}, ColumnShape("city", "text")),
    (
        {"range": {"start": {"between": YEAR}, "length": {"uniform": [60, 900]}}},
        ColumnShape("r", "tstzrange"),
    ),
]

BAD: list[tuple[dict[str, Any], ColumnShape, tuple[str | int, ...], str]] = [
    ({"faker": "emial"}, TEXT, ("faker",), "did you mean 'email'"),
    ({"fakr": "email"}, TEXT, ("fakr",), "did you mean 'faker'"),
    ({"faker": "email", "nuls": 0.1}, TEXT, ("nuls",), "did you mean 'nulls'"),
    ({"faker": "city", "locale": "de_XX"}, TEXT, ("locale",), "no locale 'de_XX'"),
    ({"faker": "pystr", "args": {"size": 5}}, TEXT, ("faker",), "unexpected keyword argument"),
    ({"faker": "city"}, INT, ("faker",), "no value of a column of type int4"),
    ({"faker": "city", "choices": ["a"]}, TEXT, ("choices",), "exclude each other"),
    ({"choices": []}, TEXT, ("choices",), "nothing to choose from"),
    ({"choices": {"a": "x"}}, TEXT, ("choices", "a"), "'x' is not a number"),
    ({"choices": {"a": -1}}, TEXT, ("choices", "a"), "negative"),
    ({"choices": ["x"]}, INT, ("choices",), "no value of a column of type int4"),
    (
        {"choices": ["shiped"]},
        ColumnShape("s", "enum", labels=("shipped",)),
        ("choices",),
        "did you mean 'shipped'",
    ),
    ({"choices": [1, 2]}, ColumnShape("s", "int4", unique=True, rows=3), ("choices",), "can't fill 3 rows"),
    ({"choices": ["abc"]}, ColumnShape("s", "varchar", length=2), ("choices",), "longer than 2"),
    ({"between": [1]}, INT, ("between",), "write \\[low, high\\]"),
    ({"between": YEAR[::-1]}, ColumnShape("c", "date"), ("between", 1), "not after"),
    ({"between": ["x", "y"]}, ColumnShape("c", "date"), ("between", 0), "not a date"),
    ({"between": YEAR, "skew": "recnt"}, ColumnShape("c", "date"), ("skew",), "did you mean 'recent'"),
    (
        {"between": YEAR},
        ColumnShape("c", "date", unique=True, rows=1000),
        ("between",),
        "365 values can't fill",
    ),
    ({"between": [1, 2]}, ColumnShape("c", "bool"), ("between",), "no values of type bool"),
    ({"lognormal": {"medain": 60}}, MONEY, ("lognormal", "medain"), "did you mean 'median'"),
    ({"lognormal": {"median": 0}}, MONEY, ("lognormal",), "median > 0"),
    ({"lognormal": {"sigma": 1}}, MONEY, ("lognormal",), "'median' is missing"),
    ({"uniform": [5, 1]}, INT, ("uniform", 1), "below"),
    ({"uniform": [1, 50_000]}, ColumnShape("c", "int2"), ("uniform", 1), "beyond what the column can hold"),
    ({"uniform": [1, 9]}, ColumnShape("c", "int4", unique=True, rows=10), ("uniform",), "can't fill 10 rows"),
    ({"zipf": {"min": 1}}, INT, ("zipf",), "'max' is missing"),
    (
        {"json": {"a": {"b": {"faker": "emial"}}}},
        ColumnShape("j", "jsonb"),
        ("json", "a", "b", "faker"),
        "email",
    ),
    ({"json": {}}, ColumnShape("j", "jsonb"), ("json",), "not a mapping of keys"),
    ({"point": {"lat": [1, 2]}}, ColumnShape("p", "point"), ("point",), "'lon' is missing"),
    ({"array": {"of": {"faker": "word"}}}, TEXT, ("array",), "array"),
    ({"template": "{n"}, TEXT, ("template",), "can't be read"),
    ({"template": "x"}, UNIQUE, ("template",), "put the row's number in"),
    ({"template": "{frst_name}"}, TEXT, ("template",), "did you mean 'first_name'"),
    ({"value": None}, ColumnShape("n", "int4", not_null=True), ("value",), "can't be null"),
    ({"value": 1}, ColumnShape("n", "int4", unique=True, rows=2), ("value",), "unique"),
    ({"generator": "nowhere:x"}, INT, ("generator",), "can't import 'nowhere'"),
    ({"generator": "json:JSONDecodr"}, INT, ("generator",), "did you mean 'JSONDecoder'"),
    ({"generator": "json"}, INT, ("generator",), "write module.path:function"),
    ({"nulls": 0.5}, ColumnShape("n", "int4", not_null=True), ("nulls",), "NOT NULL"),
    ({"nulls": 5}, INT, ("nulls",), "from 0 to 1"),
    ({"text": True}, UNIQUE, ("text",), "unique"),
]


def flags(rng: Any, rows: int, first: int) -> list[bool]:
    return [True] * rows


@pytest.mark.parametrize(("mapping", "shape"), GOOD, ids=[str(mapping) for mapping, _ in GOOD])
def test_values_have_the_column_type(mapping: dict[str, Any], shape: ColumnShape) -> None:
    drawn = from_spec(mapping, shape).draw(Stream(1, "t", shape.name), 0, 1000)
    assert drawn.dtype == dtype(shape)
    assert len(drawn) == 1000
    if shape.unique:
        assert drawn.n_unique() == 1000
    if shape.length:
        assert longest(drawn) <= shape.length


@pytest.mark.parametrize(("mapping", "shape", "path", "message"), BAD, ids=[str(case[0]) for case in BAD])
def test_mistakes_are_named(
    mapping: dict[str, Any], shape: ColumnShape, path: tuple[str | int, ...], message: str
) -> None:
    with pytest.raises(SpecError, match=message) as caught:
        from_spec(mapping, shape)
    assert caught.value.path == path


def test_document_of_the_workload_format() -> None:
    mapping = {"json": {"email": {"faker": "email"}, "amount": {"uniform": [1, 500]}, "deep": {"kind": "x"}}}
    for text in from_spec(mapping, ColumnShape("d", "jsonb", rows=50)).draw(Stream(1, "t", "d"), 0, 50):
        value = json.loads(text)
        assert "@" in value["email"]
        assert 1 <= value["amount"] <= 500
        assert value["deep"] == {"kind": "x"}


def test_round_gives_a_plain_numeric_its_scale() -> None:
    drawn = from_spec({"uniform": [0, 9], "round": 3}, ColumnShape("n", "numeric")).draw(
        Stream(1, "t", "n"), 0, 9
    )
    assert drawn.dtype == pl.Decimal(38, 3)
