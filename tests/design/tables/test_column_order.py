"""The tables whose columns are put in order, and those where it doesn't pay."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import polars as pl
import pytest

from optimizer.design.tables.moves.column_order import LEAST_ROWS, column_orders
from optimizer.design.tables.row_layout import row_bytes, stored_columns
from optimizer.model.schema import Schema, Table, TableKind
from optimizer.model.tables import ColumnOrder
from tests.conftest import WriteDataset
from tests.design.tables.storage_moves import offered
from tests.queries.schemas import table

READ = "SELECT count(*) FROM events WHERE open"
LOOSE = table(
    "events", "open bool!; id int8!; kind int2; at timestamptz; flag bool!; amount numeric; by uuid; n int4"
)


def _rows(count: int) -> dict[str, pl.DataFrame]:
    frame = pl.DataFrame(
        {
            "open": [True] * count,
            "id": range(count),
            "kind": [1 if n % 2 else None for n in range(count)],
            "at": [0] * count,
            "flag": [False] * count,
            "amount": [Decimal("1.50")] * count,
            "by": ["00000000-0000-0000-0000-000000000000"] * count,
            "n": [1] * count,
        },
        schema_overrides={"at": pl.Datetime("ms", "UTC")},
    )
    return {"events": frame}


def _schema(known: Table) -> Schema:
    return Schema((known,))


def test_the_widest_alignment_comes_first(dataset: WriteDataset) -> None:
    [offer], _ = offered(column_orders, _schema(LOOSE), dataset, _rows(LEAST_ROWS), {"read": READ})
    assert offer.structure == ColumnOrder(
        LOOSE.name, ("id", "at", "by", "n", "kind", "open", "flag", "amount")
    )
    assert offer.because == "fewer bytes read by read; 12.0 of 88 bytes a row saved"


def test_what_is_saved_is_reckoned_from_the_rows(dataset: WriteDataset) -> None:
    rows = dataset(_rows(4))
    columns = stored_columns(LOOSE, rows.tables[0])
    assert not isinstance(columns, str)
    # 24, open 1, id 8 at 8, kind 2 or none, at 8 at 24 or 16, flag 1, amount 1 + 6, by 16, n 4; 4 beside it
    assert row_bytes(columns).tolist() == [84, 92, 84, 92]


@pytest.mark.parametrize(
    ("known", "count", "reason"),
    [
        (LOOSE, LEAST_ROWS - 1, "9,999 rows are too few to be noticed"),
        (
            replace(LOOSE, kind=TableKind.PARTITIONED),
            LEAST_ROWS,
            "each of its partitions has an order of its own",
        ),
        (
            table("events", "open bool!; id int8!; box ltree"),
            LEAST_ROWS,
            "how box (ltree) is stored isn't known here",
        ),
    ],
)
def test_what_is_left_out(dataset: WriteDataset, known: Table, count: int, reason: str) -> None:
    found, left = offered(column_orders, _schema(known), dataset, _rows(count), {"read": READ})
    assert (found, left) == ([], {"column order of events": reason})


@pytest.mark.parametrize(
    ("columns", "sql"),
    [
        ("id int8!; open bool!; kind int2", READ),  # 3 bytes more or less, none after alignment
        ("open bool!; id int8!; kind int2; at timestamptz", "INSERT INTO events (id) VALUES (:i)"),
        ("open bool!; id int8!; kind int2; at timestamptz", "SELECT 1"),
    ],
)
def test_nothing_is_gained(dataset: WriteDataset, columns: str, sql: str) -> None:
    schema = _schema(table("events", columns))
    assert offered(column_orders, schema, dataset, _rows(LEAST_ROWS), {"one": sql}) == ([], {})
