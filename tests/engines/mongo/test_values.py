"""Values between SQL and BSON."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID

import bson
import pytest
from bson.binary import Binary, UuidRepresentation
from bson.codec_options import CodecOptions
from bson.decimal128 import Decimal128
from bson.int64 import Int64

from optimizer.engines.mongo.answers import from_bson
from optimizer.engines.mongo.values import stored, to_bson
from optimizer.model.schema import ColumnType

STANDARD: CodecOptions[dict[str, Any]] = CodecOptions(uuid_representation=UuidRepresentation.STANDARD)
IDENTITY = UUID("00000000-0000-4000-8000-0000000000ff")


def of(base: str, **more: Any) -> ColumnType:
    return ColumnType(base, base, **more)


@pytest.mark.parametrize(
    ("base", "value", "expected"),
    [
        ("int4", 5, 5),
        ("int4", "5", 5),
        ("int8", 5, Int64(5)),
        ("numeric", Decimal("2.557"), Decimal128("2.557")),
        ("numeric", 3, Decimal128("3")),
        ("numeric", "1e3", Decimal128("1E+3")),
        ("float8", "1.5", 1.5),
        ("bool", "f", False),
        ("bool", "on", True),
        ("uuid", str(IDENTITY), IDENTITY),
        ("timestamptz", datetime(2024, 1, 1, 1, tzinfo=timezone(timedelta(hours=1))), datetime(2024, 1, 1)),
        ("timestamp", "2024-01-01 10:00:00.123999", datetime(2024, 1, 1, 10, 0, 0, 123000)),
        ("date", date(1969, 12, 31), datetime(1969, 12, 31)),
        ("date", datetime(2024, 1, 1, 23, 59), datetime(2024, 1, 1)),
        ("time", time(1, 2, 3, 4999), "01:02:03.004"),
        ("interval", timedelta(days=-1, milliseconds=5), Int64(-86_399_995)),
        ("jsonb", '{"a": [1, 1.5, null, 99999999999999999999]}', {"a": [1, 1.5, None, 1e20]}),
        ("jsonb", {"at": Decimal("1.5")}, {"at": 1.5}),
        ("jsonb", "null", None),
        ("bytea", "\\x00ff", b"\x00\xff"),
        ("point", "(1,-2.5)", {"type": "Point", "coordinates": [1.0, -2.5]}),
        ("bpchar", "ab  ", "ab"),
        ("enum", "new", "new"),
        ("int4range", "[1,5)", "[1,5)"),
        ("text", 5, "5"),
    ],
)
def test_to_bson(base: str, value: Any, expected: Any) -> None:
    made = to_bson(value, of(base))
    assert made == expected
    assert type(made) is type(expected)


def test_null_is_null_and_arrays_are_arrays() -> None:
    assert to_bson(None, of("int4")) is None
    assert to_bson([1, None], of("int8", array=True)) == [Int64(1), None]
    assert to_bson((), of("text", array=True)) == []
    assert from_bson([Decimal128("1.0"), None], of("numeric", array=True)) == [Decimal("1.0"), None]


def test_only_what_is_stored_is_rounded() -> None:
    money = of("numeric", precision=10, scale=2)
    assert to_bson(Decimal("2.555"), money) == Decimal128("2.555")
    assert stored(Decimal("2.555"), money) == Decimal128("2.56")
    assert stored(Decimal("-2.555"), money) == Decimal128("-2.56")
    assert stored([Decimal("2")], of("numeric", scale=2, array=True)) == [Decimal128("2.00")]


def test_thirty_four_digits_and_no_more() -> None:
    long = Decimal("0.33333333333333333333333333333333333333")
    assert to_bson(long, of("numeric")) == Decimal128("0.3333333333333333333333333333333333")


@pytest.mark.parametrize(
    ("value", "base", "expected"),
    [
        (Decimal128("3"), "int8", 3),
        (3.0, "int4", 3),
        (3.5, "int4", 3.5),
        (Decimal128("99999999999999999999999999999999"), "int8", 99999999999999999999999999999999),
        (Int64(3), "numeric", Decimal(3)),
        (0.1, "numeric", Decimal("0.1")),
        (2, "float8", 2.0),
        (Decimal128("0.5"), "float8", 0.5),
        (datetime(2024, 1, 1), "date", date(2024, 1, 1)),
        (datetime(2024, 1, 1, tzinfo=UTC), "timestamptz", datetime(2024, 1, 1)),
        ("01:02:03.004", "time", time(1, 2, 3, 4000)),
        (Int64(-5), "interval", timedelta(milliseconds=-5)),
        ({"type": "Point", "coordinates": [1.0, 2.5]}, "point", "(1,2.5)"),
        ({"type": "Point", "coordinates": [1.0, 2.5]}, "jsonb", {"type": "Point", "coordinates": [1.0, 2.5]}),
        ("ab", "bpchar", "ab  "),
        (b"\x00", "bytea", b"\x00"),
        (Binary.from_uuid(IDENTITY), "uuid", IDENTITY),
        (True, "bool", True),
    ],
)
def test_from_bson(value: Any, base: str, expected: Any) -> None:
    made = from_bson(value, of(base, length=4))
    assert made == expected
    assert type(made) is type(expected)


def test_without_a_type_values_go_by_themselves() -> None:
    assert from_bson({"a": [Decimal128("1.5"), Int64(2)]}, None) == {"a": [Decimal("1.5"), 2]}
    assert from_bson({"type": "Point", "coordinates": [1, 2]}, None) == "(1,2)"
    assert to_bson({"a": (Decimal("1.5"), date(2024, 1, 1))}, None) == {
        "a": [Decimal128("1.5"), datetime(2024, 1, 1)]
    }


@pytest.mark.parametrize(
    ("base", "value"),
    [
        ("uuid", IDENTITY),
        ("numeric", Decimal("-99999999999999.99")),
        ("timestamp", datetime(1969, 12, 31, 23, 59, 59, 999000)),
        ("date", date(1, 1, 1)),
        ("interval", timedelta(days=400)),
        ("jsonb", {"a": {"b": [None, True, "ü"]}}),
        ("text", "a\u2028ü"),
        ("bytea", b"\x00\xff"),
        ("int8", -(1 << 63)),
    ],
)
def test_there_and_back_through_the_wire_format(base: str, value: Any) -> None:
    raw = bson.encode({"v": to_bson(value, of(base))}, codec_options=STANDARD)
    assert from_bson(bson.decode(raw, codec_options=STANDARD)["v"], of(base)) == value
