"""Loading documents and reading the rows back, on a real server."""

from __future__ import annotations

import json
import multiprocessing
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from bson.decimal128 import Decimal128
from bson.int64 import Int64
from polars.testing import assert_frame_equal
from pymongo import MongoClient
from pymongo.database import Database

from optimizer.dataset.dataset import Dataset, TableRows
from optimizer.design.documents.layout import Layout
from optimizer.engines.mongo.loading import parts
from optimizer.engines.mongo.loading.keeping import kept
from optimizer.engines.mongo.loading.load import load
from optimizer.engines.mongo.loading.reading import rows
from optimizer.errors import MeasurementLost, WorkloadError
from optimizer.model.denormalisation import Computed, ExtendedReference
from optimizer.model.documents import Embed, Subset, TimeSeries
from optimizer.model.names import TableName
from optimizer.model.schema import Column, ColumnType, Schema, Table
from optimizer.model.structure import Structure
from tests.engines.mongo.loading_schema import (
    BADGES,
    BUYER,
    LINES,
    ORDER,
    ORDERS,
    OWNER,
    PEOPLE,
    POINTS,
    SCHEMA,
    SELLER,
    frames,
)

EMBED_LINES = Embed(LINES, ORDERS, ORDER, "lines")
EMBED_BADGES = Embed(BADGES, PEOPLE, OWNER, "badge", many=False)
COPY_BUYER = ExtendedReference(ORDERS, PEOPLE, BUYER, "buyer_copy", ("name", "id", "extra"))
COPY_SELLER = ExtendedReference(ORDERS, PEOPLE, SELLER, "seller_copy", ("money",))
COUNT = Computed(PEOPLE, ORDERS, BUYER, "order_count", "count")
COUNT_TOTALS = Computed(PEOPLE, ORDERS, BUYER, "total_count", "count", "total")
SUM_TOTALS = Computed(PEOPLE, ORDERS, BUYER, "total_sum", "sum", "total")
SUM_PIECES = Computed(PEOPLE, ORDERS, BUYER, "piece_sum", "sum", "pieces")
LATEST = Subset(
    PEOPLE, ORDERS, BUYER, "latest", (("placed", True), ("id", False)), 2, ("id", "placed", "total")
)
BY_STATUS = Subset(PEOPLE, ORDERS, SELLER, "by_status", (("status", False), ("id", True)), 5, ("id",))
SERIES = TimeSeries(POINTS, "time", ("device", "kind"))

ALL = (
    EMBED_LINES,
    EMBED_BADGES,
    COPY_BUYER,
    COPY_SELLER,
    COUNT,
    COUNT_TOTALS,
    SUM_TOTALS,
    SUM_PIECES,
    LATEST,
    BY_STATUS,
    SERIES,
)


@pytest.mark.parametrize("part_rows", [2, 100_000])
@pytest.mark.parametrize("structures", [(), (EMBED_LINES,), (EMBED_BADGES,), (SERIES,), ALL])
def test_rows_come_back(
    mongo_database: Database[Any],
    mongo_uri: str,
    tmp_path: Path,
    structures: tuple[Structure, ...],
    part_rows: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(parts, "SPREAD_ROWS", part_rows)
    layout = Layout(SCHEMA, frozenset(structures))
    counts = filled(mongo_database, mongo_uri, layout, written(tmp_path, 3), part_rows=part_rows)
    for table in SCHEMA.tables:
        expected = frames()[table.name.name]
        found = rows(mongo_database, layout, table.name).select(expected.columns)
        assert_frame_equal(comparable(found), comparable(expected), check_row_order=False)
        assert (table.name, expected.height) in counts


def written(folder: Path, file_rows: int) -> Dataset:
    """The dataset, each table in files of so many rows."""
    tables = []
    for name, frame in frames().items():
        files = []
        for number, part in enumerate(frame.iter_slices(file_rows)):
            files.append(folder / f"{name}-{number}.parquet")
            part.write_parquet(files[-1])
        table = TableName("public", name)
        tables.append(TableRows(table, frame.height, tuple(frame.columns), tuple(files)))
    return Dataset("test", tuple(tables))


def filled(database: Database[Any], uri: str, layout: Layout, dataset: Dataset, **how: Any) -> Any:
    """Load into fresh collections."""
    for structure in layout.of(TimeSeries):
        options = {"timeField": structure.time, "metaField": "meta"}
        database.create_collection(str(structure.table), timeseries=options)
    return load(database, uri, layout, dataset, lambda what, fraction: None, **how)


def comparable(frame: pl.DataFrame) -> pl.DataFrame:
    """JSON as one text of equal values."""
    names = [name for name in ("extra", "details") if name in frame.columns]
    return frame.with_columns(
        pl.Series(
            name,
            [None if text is None else json.dumps(json.loads(text), sort_keys=True) for text in frame[name]],
        )
        for name in names
    )


def test_embedded_documents(mongo_database: Database[Any], mongo_uri: str, tmp_path: Path) -> None:
    filled(mongo_database, mongo_uri, Layout(SCHEMA, frozenset(ALL)), written(tmp_path, 2), part_rows=3)
    orders = {each["_id"]: each for each in mongo_database["orders"].find()}
    lines = orders[9]["lines"]
    assert [list(line.items()) for line in lines] == [
        [("line", 1), ("product", "c"), ("details", {})],
        [("line", 2), ("product", "a"), ("details", {"n": 1})],
        [("line", 3), ("product", "d"), ("details", False)],
    ]
    assert orders[1]["lines"] == []
    people = people_by_number(mongo_database)
    assert people[4]["badge"] == {"id": 10, "label": None}
    assert people[2]["badge"] is None


def test_copies(mongo_database: Database[Any], mongo_uri: str, tmp_path: Path) -> None:
    filled(mongo_database, mongo_uri, Layout(SCHEMA, frozenset(ALL)), written(tmp_path, 2), part_rows=3)
    orders = {each["_id"]: each for each in mongo_database["orders"].find()}
    people = people_by_number(mongo_database)
    assert orders[1]["buyer_copy"] is None
    assert orders[1]["seller_copy"] == {"money": people[2]["money"]}
    assert list(orders[7]["buyer_copy"].items()) == [
        ("name", people[1]["name"]),
        ("id", people[1]["_id"]),
        ("extra", people[1]["extra"]),
    ]


def test_counters_and_subsets(mongo_database: Database[Any], mongo_uri: str, tmp_path: Path) -> None:
    filled(mongo_database, mongo_uri, Layout(SCHEMA, frozenset(ALL)), written(tmp_path, 2), part_rows=3)
    people = people_by_number(mongo_database)
    kept = ("order_count", "total_count", "total_sum", "piece_sum")
    assert {n: tuple(str(each[field]) for field in kept) for n, each in people.items()} == {
        1: ("3", "2", "5.55", "4294967301"),
        2: ("1", "1", "-1.25", "1"),
        3: ("0", "0", "None", "None"),
        4: ("1", "0", "None", "None"),
    }
    assert [list(each) for each in people[1]["latest"]] == [["id", "placed", "total"]] * 2
    assert [each["id"] for each in people[1]["latest"]] == [3, 7]  # the null is first in descending order
    assert people[3]["latest"] == []
    assert [each["id"] for each in people[2]["by_status"]] == [1, 5, 2, 7]  # paid, new, lost


def test_a_time_series(mongo_database: Database[Any], mongo_uri: str, tmp_path: Path) -> None:
    filled(mongo_database, mongo_uri, Layout(SCHEMA, frozenset({SERIES})), written(tmp_path, 2))
    found = mongo_database["points"].find_one({"meta.device": 1, "meta.kind": None})
    assert found is not None
    assert (found["value"], found["meta"]) == (-2.5, {"device": 1, "kind": None})


def test_types_of_values(mongo_database: Database[Any], mongo_uri: str, tmp_path: Path) -> None:
    filled(mongo_database, mongo_uri, Layout(SCHEMA), written(tmp_path, 5))
    pairs = {"$map": {"input": {"$objectToArray": "$$ROOT"}, "in": ["$$this.k", {"$type": "$$this.v"}]}}
    found = mongo_database["people"].aggregate(
        [{"$match": {"small": -32768}}, {"$project": {"pairs": pairs}}]
    )
    assert dict(next(found)["pairs"]) == {
        "_id": "binData",
        "name": "string",
        **dict.fromkeys(("small", "whole"), "int"),
        **dict.fromkeys(("big", "span"), "long"),
        **dict.fromkeys(("single", "double"), "double"),
        **dict.fromkeys(("money", "huge", "any_numeric"), "decimal"),
        "flag": "bool",
        **dict.fromkeys(("born", "at", "local"), "date"),
        **dict.fromkeys(("clock", "state", "code", "period"), "string"),
        "raw": "binData",
        **dict.fromkeys(("place", "extra"), "object"),
        **dict.fromkeys(("tags", "scores", "friends", "prices", "moments"), "array"),
    }
    assert mongo_database["people"].count_documents({"code": "ab", "friends": {"$exists": True}}) == 1
    third = mongo_database["people"].find_one({"name": None})
    assert third is not None
    assert [name for name, value in third.items() if value is not None] == ["_id"]


def people_by_number(database: Database[Any]) -> dict[int, dict[str, Any]]:
    """The people by the last digit of their ids."""
    return {int(str(each["_id"])[-1]): each for each in database["people"].find()}


def test_processes_load_the_same(mongo_database: Database[Any], mongo_uri: str, tmp_path: Path) -> None:
    layout = Layout(SCHEMA, frozenset({EMBED_LINES, COPY_BUYER, LATEST}))
    seen: list[float] = []
    load(
        mongo_database,
        mongo_uri,
        layout,
        written(tmp_path, 2),
        lambda what, fraction: seen.append(fraction),
        processes=True,
        part_rows=4,
    )
    assert seen == sorted(seen)
    assert seen[-1] == 1.0
    for table in (PEOPLE, ORDERS, LINES):
        assert rows(mongo_database, layout, table).height == frames()[table.name].height
    assert multiprocessing.active_children() == []


def test_only_some_collections(mongo_database: Database[Any], mongo_uri: str, tmp_path: Path) -> None:
    layout = Layout(SCHEMA, frozenset({EMBED_LINES}))
    counts = filled(mongo_database, mongo_uri, layout, written(tmp_path, 9), only=frozenset({"orders"}))
    assert counts == ((ORDERS, 6), (LINES, 6))
    assert mongo_database.list_collection_names() == ["orders"]


@pytest.mark.parametrize("processes", [False, True])
def test_a_refused_document(
    mongo_database: Database[Any], mongo_uri: str, tmp_path: Path, processes: bool
) -> None:
    mongo_database["orders"].insert_one({"_id": 9})
    with pytest.raises(WorkloadError, match="a document is refused: E11000"):
        filled(mongo_database, mongo_uri, Layout(SCHEMA), written(tmp_path, 9), processes=processes)
    assert multiprocessing.active_children() == []


def test_a_lost_server(tmp_path: Path) -> None:
    uri = "mongodb://127.0.0.1:1/?directConnection=true"
    dataset = written(tmp_path, 9)
    gone: MongoClient[dict[str, Any]]
    with MongoClient(uri, serverSelectionTimeoutMS=50) as gone, pytest.raises(MeasurementLost):
        load(gone["any"], uri, Layout(SCHEMA), dataset, lambda what, fraction: None)


def test_empty_tables(mongo_database: Database[Any], mongo_uri: str) -> None:
    layout = Layout(SCHEMA, frozenset(ALL))
    empty = Dataset(
        "test",
        tuple(TableRows(TableName("public", name), 0, tuple(f.columns), ()) for name, f in frames().items()),
    )
    filled(mongo_database, mongo_uri, layout, empty)
    for name, frame in frames().items():
        found = rows(mongo_database, layout, TableName("public", name)).select(frame.columns)
        assert_frame_equal(found, frame.clear())
    assert kept(mongo_database, layout) == ()


def test_children_but_no_other(mongo_database: Database[Any], mongo_uri: str, tmp_path: Path) -> None:
    """Parents of whom none has a child that is kept."""
    whole = written(tmp_path, 9)
    none = TableRows(ORDERS, 0, tuple(frames()["orders"].columns), ())
    dataset = Dataset("test", tuple(none if table.name == ORDERS else table for table in whole.tables))
    layout = Layout(SCHEMA, frozenset({COUNT, SUM_TOTALS, LATEST}))
    filled(mongo_database, mongo_uri, layout, dataset)
    assert [
        (each["order_count"], each["total_sum"], each["latest"]) for each in mongo_database["people"].find()
    ] == [(0, None, [])] * 4


def test_a_row_without_a_parent_has_no_home(
    mongo_database: Database[Any], mongo_uri: str, tmp_path: Path
) -> None:
    layout = Layout(SCHEMA, frozenset({Embed(ORDERS, PEOPLE, BUYER, "orders")}))
    with pytest.raises(ValueError, match="orders has rows without a parent"):
        filled(mongo_database, mongo_uri, layout, written(tmp_path, 9))


@pytest.mark.parametrize(
    ("change", "message"),
    [({"whole": "1"}, "0x02"), ({"name": 5}, "0x10"), ({"at": "now"}, "0x02"), ({"money": "1"}, "numeric")],
)
def test_a_value_of_another_type(
    mongo_database: Database[Any], mongo_uri: str, tmp_path: Path, change: dict[str, Any], message: str
) -> None:
    filled(mongo_database, mongo_uri, Layout(SCHEMA), written(tmp_path, 9))
    mongo_database["people"].update_one({"small": 0}, {"$set": change})
    with pytest.raises(ValueError, match=message):
        rows(mongo_database, Layout(SCHEMA), PEOPLE)


def test_what_writes_leave_is_read(mongo_database: Database[Any], mongo_uri: str, tmp_path: Path) -> None:
    """Numbers of other types, decimals of other scales, fields in another order, and missing ones."""
    filled(mongo_database, mongo_uri, Layout(SCHEMA), written(tmp_path, 9))
    mongo_database["orders"].delete_many({})
    mongo_database["orders"].insert_many(
        [
            {"total": Decimal128("1.5"), "_id": 1, "pieces": Int64(3)},
            {"_id": 2, "pieces": None, "total": Decimal128("7E+1"), "status": "new"},
            {"_id": 3, "total": 4},
        ]
    )
    found = rows(mongo_database, Layout(SCHEMA), ORDERS)
    assert found.select("id", "pieces", "total", "status").rows() == [
        (1, 3, Decimal("1.50"), None),
        (2, None, Decimal("70.00"), "new"),
        (3, None, Decimal("4.00"), None),
    ]
    mongo_database["orders"].update_one({"_id": 3}, {"$set": {"total": Decimal128("1.005")}})
    assert rows(mongo_database, Layout(SCHEMA), ORDERS)["total"].to_list()[2] == Decimal("1.005")


def test_a_number_of_too_many_digits(mongo_database: Database[Any], mongo_uri: str, tmp_path: Path) -> None:
    file = tmp_path / "wide.parquet"
    values = pl.Series([Decimal(10**34)], dtype=pl.Decimal(38, 0))
    pl.DataFrame({"n": values}).write_parquet(file)
    name = TableName("public", "wide")
    table = Table(name, (Column("n", ColumnType("numeric(38,0)", "numeric", precision=38, scale=0)),))
    dataset = Dataset("test", (TableRows(name, 1, ("n",), (file,)),))
    with pytest.raises(ValueError, match="column n has a number of more than 34 digits"):
        filled(mongo_database, mongo_uri, Layout(Schema((table,))), dataset)
