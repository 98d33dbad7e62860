"""Rows read back are those that were loaded."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import polars as pl
from polars.testing import assert_frame_equal

from optimizer.model.names import TableName
from tests.conftest import CreateDatabase, WriteDataset

DDL = """
CREATE TYPE mood AS ENUM ('sad', 'so so');
CREATE TABLE t (
  id integer PRIMARY KEY, price numeric(10, 2), ok boolean, name text, mood mood, key uuid, doc jsonb,
  at timestamp, zoned timestamptz, day date, hour time, took interval, tags text[], raw bytea, place point,
  twice integer GENERATED ALWAYS AS (id * 2) STORED
);
"""
KEY = "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"


def test_all_types_come_back_as_they_went(create: CreateDatabase, dataset: WriteDataset) -> None:
    database = create(DDL)
    whole = {
        "id": [1, 2],
        "price": [Decimal("-12.30"), None],
        "ok": [True, None],
        "name": ["ünï\n☃", None],
        "mood": ["so so", None],
        "key": [KEY, None],
        "doc": ['{"a": [1, null]}', None],
        "at": [datetime(1969, 12, 31, 23, 59, 59, 999000), None],
        "zoned": [datetime(2024, 3, 31, 1, 30, tzinfo=UTC), None],
        "day": [date(2024, 2, 29), None],
        "hour": [time(23, 59, 59, 500000), None],
        "took": [timedelta(days=-1, milliseconds=5), None],
        "tags": [["a", 'b"'], None],
        "raw": [b"\x00\xff", None],
        "place": ["(1.5,-2)", None],
    }
    types = {
        "id": pl.Int32(),
        "price": pl.Decimal(10, 2),
        "at": pl.Datetime("ms"),
        "zoned": pl.Datetime("ms", "UTC"),
        "took": pl.Duration("ms"),
    }
    frame = pl.DataFrame(whole, schema_overrides=types)
    database.load(dataset({"t": frame}), lambda what, done: None)

    found = database.rows(TableName("public", "t")).sort("id")

    assert_frame_equal(found, frame.with_columns(twice=pl.Series([2, 4], dtype=pl.Int32)))
