from __future__ import annotations

import re

import polars as pl
import pytest

from generators.errors import SpecError
from generators.names import NULLS, infer
from generators.shape import ColumnShape, dtype
from generators.stream import Stream
from generators.times import NOW
from tests.generators.extremes import greatest, least, longest

TEXT_NAMES = (
    *("email", "username", "first_name", "last_name", "name", "full_name", "phone", "city", "street_address"),
    *(
        "address_line2",
        "state",
        "postal_code",
        "country",
        "country_code",
        "company",
        "brand",
        "title",
        "slug",
    ),
    *(
        "url",
        "ip_address",
        "user_agent",
        "description",
        "review",
        "currency",
        "password_hash",
        "token",
        "sku",
    ),
    *("color", "locale", "language", "status", "role", "notes", "mac_address", "timezone", "id", "anything"),
)
BASES = (
    *(
        "int2",
        "int4",
        "int8",
        "float4",
        "float8",
        "numeric",
        "bool",
        "uuid",
        "timestamp",
        "timestamptz",
        "date",
    ),
    *(
        "time",
        "interval",
        "json",
        "jsonb",
        "bytea",
        "inet",
        "cidr",
        "macaddr",
        "point",
        "int4range",
        "numrange",
    ),
    *("daterange", "tsrange", "tstzrange", "tsvector", "text", "varchar", "bpchar", "money"),
)
ROWS = 3000


@pytest.mark.parametrize("name", TEXT_NAMES)
@pytest.mark.parametrize("length", [3, 20, 40, 255, None])
@pytest.mark.parametrize("unique", [False, True])
def test_texts_fit_their_column(name: str, length: int | None, unique: bool) -> None:
    shape = ColumnShape(name, "varchar", length=length, unique=unique, not_null=True, rows=ROWS)
    drawn = infer(shape).draw(Stream(1, "t", name), 0, ROWS)
    assert drawn.null_count() == 0
    assert drawn.n_unique() == ROWS or not unique
    assert length is None or longest(drawn) <= length


@pytest.mark.parametrize("base", BASES)
def test_every_type_has_values(base: str) -> None:
    shape = ColumnShape("thing", base, not_null=True, rows=ROWS)
    drawn = infer(shape).draw(Stream(1, "t", "thing"), 0, ROWS)
    assert drawn.dtype == dtype(shape)
    assert drawn.null_count() == 0
    assert drawn.n_unique() > 1


@pytest.mark.parametrize("base", ["int4", "text", "uuid", "timestamptz", "numeric"])
def test_every_type_has_arrays(base: str) -> None:
    shape = ColumnShape("things", base, array=True, not_null=True)
    assert infer(shape).draw(Stream(1, "t", "things"), 0, 50).dtype == dtype(shape)


@pytest.mark.parametrize(
    "base", ["int2", "int4", "int8", "numeric", "uuid", "timestamptz", "date", "text", "inet"]
)
def test_unique_columns_differ(base: str) -> None:
    shape = ColumnShape("thing", base, unique=True, rows=ROWS)
    drawn = infer(shape).draw(Stream(1, "t", "thing"), 0, ROWS).drop_nulls()
    assert drawn.n_unique() == len(drawn) > ROWS * (1 - 2 * NULLS)


@pytest.mark.parametrize(
    ("name", "base", "low", "high"),
    [
        ("price", "numeric", 0.01, None),
        ("rating", "int2", 1, 5),
        ("rating", "int4", 0, 10),
        ("quantity", "int4", 1, None),
        ("discount", "numeric", 0, 100),
        ("age", "int4", 18, 30),
        ("latitude", "float8", -90, 90),
        ("score", "int4", 2000, 2001),
        ("views_count", "int8", 5000, None),
        ("anything", "int4", None, -5),
    ],
)
def test_limits_of_checks_hold(name: str, base: str, low: float | None, high: float | None) -> None:
    shape = ColumnShape(name, base, precision=8, scale=2, not_null=True, low=low, high=high, rows=ROWS)
    drawn = infer(shape).draw(Stream(1, "t", name), 0, ROWS).cast(pl.Float64)
    assert low is None or least(drawn) >= low
    assert high is None or greatest(drawn) <= high
    assert drawn.n_unique() > 1


def test_labels_are_the_only_values_and_settled_ones_frequent() -> None:
    shape = ColumnShape("status", "enum", labels=("pending", "delivered", "lost"), not_null=True)
    counts = dict(infer(shape).draw(Stream(1, "t", "s"), 0, ROWS).value_counts().iter_rows())
    assert set(counts) == {"pending", "delivered", "lost"}
    assert counts["delivered"] > 3 * counts["lost"]


def test_columns_that_may_be_null_are_at_times() -> None:
    drawn = infer(ColumnShape("bio", "text")).draw(Stream(1, "t", "bio"), 0, ROWS)
    assert abs(drawn.null_count() / ROWS - NULLS) < 0.03


def test_rows_are_created_in_order_and_updated_later() -> None:
    created, updated = (
        infer(ColumnShape(name, "timestamptz", not_null=True, rows=ROWS)).draw(Stream(1, "t", name), 0, ROWS)
        for name in ("created_at", "updated_at")
    )
    assert created.is_sorted()
    assert (updated >= created).all()
    assert (updated < NOW).all()


def test_emails_look_like_emails() -> None:
    drawn = infer(ColumnShape("email", "text", not_null=True, rows=ROWS)).draw(Stream(1, "t", "e"), 0, ROWS)
    assert all(re.fullmatch(r"[a-z-]+\.[a-z-]+\d*@example\.(com|org|net)", value) for value in drawn)


def test_the_table_says_whose_name_it_is() -> None:
    person, product = (
        infer(ColumnShape("name", "text", not_null=True, table=table))
        .draw(Stream(1, "t", "n"), 0, 50)
        .to_list()
        for table in ("users", "products")
    )
    assert person != product


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        (ColumnShape("g", "geometry"), "nothing is known about values of type 'geometry'"),
        (ColumnShape("n", "int2", unique=True, rows=70_000), "70000 numbers don't fit"),
        (ColumnShape("c", "varchar", length=1, unique=True, rows=100), "can't tell 100 rows apart"),
        (ColumnShape("s", "enum", labels=("a",), unique=True, rows=2), "1 values can't fill 2 rows"),
        (ColumnShape("b", "bool", unique=True, rows=3), "2 values can't fill 3 rows"),
        (ColumnShape("n", "int4", low=5, high=1), "no number is allowed"),
    ],
)
def test_what_cannot_be_had_is_named(shape: ColumnShape, message: str) -> None:
    with pytest.raises(SpecError, match=message):
        infer(shape)
