"""Columns that the reference computes are taken from it; other tables stay as they are."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from optimizer.dataset.completion import completed
from optimizer.dataset.dataset import Dataset
from optimizer.model.names import TableName
from tests.conftest import CreateDatabase, WriteDataset

DDL = """
CREATE TABLE plain (id int PRIMARY KEY);
CREATE TABLE made (id int PRIMARY KEY, name text, upper_name text GENERATED ALWAYS AS (upper(name)) STORED,
  words tsvector GENERATED ALWAYS AS (to_tsvector('english', name)) STORED);
"""
MADE = TableName("public", "made")


def test_generated_columns_come_from_the_reference(
    create: CreateDatabase, dataset: WriteDataset, tmp_path: Path
) -> None:
    database = create(DDL)
    rows: Dataset = dataset(
        {
            "plain": pl.DataFrame({"id": pl.Series([1], dtype=pl.Int32)}),
            "made": pl.DataFrame({"id": pl.Series([1, 2], dtype=pl.Int32), "name": ["a", None]}),
        }
    )
    database.load(rows, lambda what, done: None)

    whole = completed(rows, database.schema, database.rows, tmp_path / "more")

    assert whole.tables[0] is rows.tables[0]
    assert whole.table(MADE).columns == ("id", "name", "upper_name")
    (frame,) = whole.table(MADE).frames()
    assert sorted(frame.rows()) == [(1, "a", "A"), (2, None, None)]
