"""CHECK constraints and partition bounds, as PostgreSQL prints them."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import pytest

from optimizer.dataset.constraints import partitions
from optimizer.dataset.constraints.checks import read
from optimizer.dataset.constraints.limits import Bound, Limits, Ordering
from tests.dataset.made_up import table

COLUMNS = (
    "status varchar(20)",
    "price numeric(10,2)",
    "n int4",
    "code text",
    "at timestamptz",
    "later timestamptz",
)


@pytest.mark.parametrize(
    ("expression", "column", "limits"),
    [
        (
            "((status)::text = ANY ((ARRAY['a'::character varying, 'b''c'::character varying])::text[]))",
            "status",
            Limits(choices=("a", "b'c")),
        ),
        ("(price >= (0)::numeric)", "price", Limits(low=Bound(Decimal(0)))),
        ("((0)::numeric < price)", "price", Limits(low=Bound(Decimal(0), inclusive=False))),
        ("((n >= 1) AND (n <= 5))", "n", Limits(low=Bound(Decimal(1)), high=Bound(Decimal(5)))),
        ("(n > '-1'::integer)", "n", Limits(low=Bound(Decimal(-1), inclusive=False))),
        ("(n = ANY (ARRAY[1, 2]))", "n", Limits(choices=(Decimal(1), Decimal(2)))),
        ("(n <> 0)", "n", Limits(excluded=(Decimal(0),))),
        ("((n IS NULL) OR (n < 9))", "n", Limits(high=Bound(Decimal(9), inclusive=False))),
        ("((code = 'x'::text) OR (code = 'y'::text))", "code", Limits(choices=("x", "y"))),
        ("(char_length(code) = 2)", "code", Limits(min_length=2, max_length=2)),
        ("(length(btrim(code)) > 0)", "code", Limits(min_length=1)),
        ("(code ~* '^[a-z]+$'::text)", "code", Limits(patterns=(("^[a-z]+$", False),))),
        (
            "(at >= '2024-01-01 02:00:00+02'::timestamp with time zone)",
            "at",
            Limits(low=Bound(datetime(2024, 1, 1))),
        ),
    ],
)
def test_a_check_limits_a_column(expression: str, column: str, limits: Limits) -> None:
    assert read(table("t", *COLUMNS, checks=[expression])).limits == {column: limits}


def test_a_check_of_two_columns_orders_them() -> None:
    found = read(table("t", *COLUMNS, checks=["(later > at)", "(at <= later)"]))
    assert found.orderings == (Ordering("at", "later", strict=True), Ordering("at", "later"))
    assert found.limits == {}


@pytest.mark.parametrize(
    "expression",
    [
        "(num_nonnulls(n, price) = 1)",
        "((n IS NULL) <> (price IS NULL))",
        "(lower(code) = code)",
        "this is no SQL (",
    ],
)
def test_what_is_not_understood_is_left_out(expression: str) -> None:
    found = read(table("t", *COLUMNS, checks=[expression]))
    assert (found.limits, found.orderings) == ({}, ())


def test_range_partitions_cover_the_last_span_without_a_gap() -> None:
    bounds = (
        "FOR VALUES FROM ('2020-01-01 00:00:00+00') TO ('2021-01-01 00:00:00+00')",
        "FOR VALUES FROM ('2025-01-01 00:00:00+00') TO ('2025-07-01 00:00:00+00')",
        "FOR VALUES FROM ('2025-07-01 00:00:00+00') TO ('2026-01-01 00:00:00+00')",
    )
    found = partitions.limits(table("t", *COLUMNS, partition=("at", bounds)))
    wanted = Limits(Bound(datetime(2025, 1, 1)), Bound(datetime(2026, 1, 1), inclusive=False))
    assert found == {"at": wanted}


def test_list_partitions_are_choices() -> None:
    bounds = ("FOR VALUES IN ('eu', 'us')", "FOR VALUES IN ('a,b')")
    found = partitions.limits(table("t", *COLUMNS, partition=("code", bounds)))
    assert found == {"code": Limits(choices=("eu", "us", "a,b"))}


@pytest.mark.parametrize(
    "bounds", [("FOR VALUES WITH (modulus 4, remainder 0)",), ("FOR VALUES IN (1)", "DEFAULT")]
)
def test_hash_and_default_partitions_take_anything(bounds: tuple[str, ...]) -> None:
    assert partitions.limits(table("t", *COLUMNS, partition=("n", bounds))) == {}
