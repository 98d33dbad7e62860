"""How large arrays of embedded rows get, read off a dataset."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest
from bson import encode
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from optimizer.dataset.dataset import Dataset, TableRows
from optimizer.design.documents.growth import Growth, largest_parents
from optimizer.model.names import TableName
from optimizer.model.schema import Column, ColumnType, ForeignKey, Key, Schema, Table

PARENTS, CHILDREN = TableName("public", "parents"), TableName("public", "children")
INT, TEXT = ColumnType("integer", "int4"), ColumnType("text", "text")
TEXTS = ColumnType("text[]", "text", array=True)
FILE_ROWS = 2

SCHEMA = Schema(
    (
        Table(PARENTS, (Column("id", INT),), (Key("parents_pkey", ("id",), primary=True),)),
        Table(
            CHILDREN,
            (Column("id", INT), Column("parent", INT), Column("words", TEXT), Column("tags", TEXTS)),
            (Key("children_pkey", ("id",), primary=True),),
            (ForeignKey("parent_fkey", ("parent",), PARENTS, ("id",)),),
        ),
    )
)


def dataset(folder: Path, parents: int, rows: list[dict[str, Any]]) -> Dataset:
    """The rows, `FILE_ROWS` a file."""
    types = {"id": pl.Int32, "parent": pl.Int32, "words": pl.String, "tags": pl.List(pl.String)}
    frames = {PARENTS: pl.DataFrame({"id": range(parents)}), CHILDREN: pl.DataFrame(rows, schema=types)}
    return Dataset("test", tuple(_table(folder, name, frame) for name, frame in frames.items()))


def row(
    number: int, parent: int | None, words: str | None = "a", tags: list[str] | None = None
) -> dict[str, Any]:
    """A child."""
    return {"id": number, "parent": parent, "words": words, "tags": tags}


def test_the_largest_and_the_mean(tmp_path: Path) -> None:
    rows = [row(number, number % 3 if number < 8 else 0) for number in range(10)]
    growth = largest_parents(dataset(tmp_path, 4, rows), SCHEMA, CHILDREN, "parent_fkey")
    assert (growth.largest, growth.mean) == (5, 2.5)


def test_rows_without_a_parent_count_for_nothing(tmp_path: Path) -> None:
    rows = [row(1, None), row(2, None), row(3, 1)]
    growth = largest_parents(dataset(tmp_path, 2, rows), SCHEMA, CHILDREN, "parent_fkey")
    assert (growth.largest, growth.mean) == (1, 0.5)


@pytest.mark.parametrize("rows", [[], [row(1, None)]])
def test_no_children(tmp_path: Path, rows: list[dict[str, Any]]) -> None:
    growth = largest_parents(dataset(tmp_path, 2, rows), SCHEMA, CHILDREN, "parent_fkey")
    assert growth == Growth(0, 0.0, 0)


def test_the_bytes_are_those_of_the_largest_array_not_of_the_longest(tmp_path: Path) -> None:
    rows = [row(1, 0), row(2, 0), row(3, 1, "x" * 10_000)]
    growth = largest_parents(dataset(tmp_path, 2, rows), SCHEMA, CHILDREN, "parent_fkey")
    assert growth.largest == 2
    assert 10_000 < growth.bytes < 10_100


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30, deadline=None)
@given(
    st.lists(
        st.tuples(st.none() | st.text(max_size=40), st.none() | st.lists(st.text(max_size=9), max_size=9)),
        min_size=1,
        max_size=9,
    )
)
def test_never_less_than_bson_takes(
    tmp_path: Path, children: list[tuple[str | None, list[str] | None]]
) -> None:
    rows = [row(number, 0, words, tags) for number, (words, tags) in enumerate(children)]
    growth = largest_parents(dataset(tmp_path, 1, rows), SCHEMA, CHILDREN, "parent_fkey")
    array = [{"id": each["id"], "words": each["words"], "tags": each["tags"]} for each in rows]
    exact = len(encode({"": array})) - len(encode({"": []}))
    assert exact <= growth.bytes <= exact * 2 + 100


def test_a_key_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(KeyError, match="children: other"):
        largest_parents(dataset(tmp_path, 1, []), SCHEMA, CHILDREN, "other")


def _table(folder: Path, name: TableName, frame: pl.DataFrame) -> TableRows:
    files = []
    for number, part in enumerate(frame.iter_slices(FILE_ROWS)):
        files.append(folder / f"{name}-{number}.parquet")
        part.write_parquet(files[-1])
    return TableRows(name, frame.height, tuple(frame.columns), tuple(files))
