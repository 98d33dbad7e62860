"""The tables that get room in their pages, how much, and those that don't."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import pytest

from optimizer.design.tables.moves.fillfactor import fillfactors
from optimizer.model.index import Index, IndexKey
from optimizer.model.names import TableName
from optimizer.model.schema import Schema, TableKind
from optimizer.model.tables import Fillfactor
from tests.conftest import WriteDataset
from tests.design.tables.storage_moves import offered
from tests.queries.schemas import table

COUNTS = table("counts", "id int8!; hits int8!; state text; body text", unique=[("state",)])
NAME = TableName("public", "counts")
SCHEMA = Schema(
    (COUNTS,),
    given=(
        Index(NAME, (IndexKey("lower(body)"),), name="by_body"),
        Index(NAME, (IndexKey("id", "id"),), where="state IS NOT NULL", name="some"),
    ),
    unique_indexes=(Index(NAME, (IndexKey("state", "state"),), unique=True, name="counts_state_key"),),
)
UPDATE = "UPDATE counts SET hits = hits + 1 WHERE id = :id"
SCAN = "SELECT sum(hits) FROM counts"
READ = "SELECT hits FROM counts WHERE id = :id"


def _rows(width: int) -> dict[str, pl.DataFrame]:
    return {
        "counts": pl.DataFrame(
            {"id": [1, 2], "hits": [0, 0], "state": ["a", None], "body": ["x" * width] * 2}
        )
    }


@pytest.mark.parametrize(("width", "percent"), [(50, 90), (330, 90), (500, 80), (900, 70)])
def test_a_page_has_room_for_two_versions(dataset: WriteDataset, width: int, percent: int) -> None:
    [offer], _ = offered(
        fillfactors, SCHEMA, dataset, _rows(width), {"hit": UPDATE, "sum": SCAN, "read": READ}
    )
    assert offer.structure == Fillfactor(NAME, percent)
    assert offer.because == "updated in place by hit; more pages read by sum"


@pytest.mark.parametrize(
    ("sql", "width", "weight", "reason"),
    [
        ("UPDATE counts SET state = 'x' WHERE id = :id", 50, 1, "an index holds what is updated (state)"),
        ("UPDATE counts SET body = 'x' WHERE id = :id", 50, 1, "an index holds what is updated (body)"),
        (UPDATE, 1300, 1, "rows of 1,352 bytes leave too little room in a page"),
        (UPDATE, 50, 0.005, "only 0.50% of the mix updates it"),
    ],
)
def test_what_is_left_out(dataset: WriteDataset, sql: str, width: int, weight: float, reason: str) -> None:
    queries = {"hit": sql, "read": READ}
    weights = {"hit": weight, "read": 0.995 if weight < 1 else 1.0}
    found, left = offered(fillfactors, SCHEMA, dataset, _rows(width), queries, **weights)
    assert (found, left) == ([], {"fillfactor of counts": reason})


def test_brin_is_told_of_no_row(dataset: WriteDataset) -> None:
    brin = Index(NAME, (IndexKey("hits", "hits"),), "brin", name="by_hits")
    schema = replace(SCHEMA, given=(brin,))
    found, _ = offered(fillfactors, schema, dataset, _rows(50), {"hit": UPDATE})
    assert len(found) == 1


def test_a_partitioned_table_has_no_pages(dataset: WriteDataset) -> None:
    schema = replace(SCHEMA, tables=(replace(COUNTS, kind=TableKind.PARTITIONED),))
    found, left = offered(fillfactors, schema, dataset, _rows(50), {"hit": UPDATE})
    assert not found
    assert "partitioned" in left["fillfactor of counts"]


@pytest.mark.parametrize("sql", ["INSERT INTO counts (id, hits) VALUES (:id, 1)", "DELETE FROM counts", READ])
def test_nothing_is_updated(dataset: WriteDataset, sql: str) -> None:
    assert offered(fillfactors, SCHEMA, dataset, _rows(50), {"one": sql}) == ([], {})


def test_on_conflict_updates_too(dataset: WriteDataset) -> None:
    sql = (
        "INSERT INTO counts (id, hits) VALUES (:id, 1) ON CONFLICT (id) DO UPDATE SET hits = counts.hits + 1"
    )
    found, _ = offered(fillfactors, SCHEMA, dataset, _rows(50), {"one": sql})
    assert len(found) == 1
