"""Tables from the user's own files."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from optimizer.dataset.making.digest import digest
from optimizer.errors import WorkloadError
from tests.dataset.made_up import planned, rows_of, table

COUNTRIES = table(
    "countries",
    "code varchar(3)!",
    "name text!",
    "area numeric(12,2)",
    "since timestamptz",
    "n int8! = identity",
    "note text",
    keys=["code"],
)
USERS = table("users", "id int8!", "country varchar(3)!", references=["country -> countries(code)"])
CSV = "code,name,area,since\n001,Atlantis,12.5,2024-01-01T10:00:00\n002,Utopia,,\n"


def problems(path: Path) -> list[str]:
    with pytest.raises(WorkloadError) as raised:
        planned([COUNTRIES], {"countries": path})
    return [str(problem) for problem in raised.value.problems]


def test_a_csv_file_keeps_its_rows(tmp_path: Path) -> None:
    path = tmp_path / "countries.csv"
    path.write_text(CSV)
    rows = rows_of([COUNTRIES, USERS], {"countries": path, "users": 500})
    assert rows["countries"].rows() == [
        ("001", "Atlantis", Decimal("12.50"), datetime(2024, 1, 1, 10, tzinfo=UTC), 1, None),
        ("002", "Utopia", None, None, 2, None),
    ]
    assert rows["users"]["country"].unique().sort().to_list() == ["001", "002"]


def test_a_parquet_file_keeps_its_rows(tmp_path: Path) -> None:
    path = tmp_path / "countries.parquet"
    pl.DataFrame({"name": ["A", "B"], "code": ["x", "y"], "n": [7, 9]}).write_parquet(path)
    rows = rows_of([COUNTRIES], {"countries": path})["countries"]
    assert rows.select("code", "name", "n").rows() == [("x", "A", 7), ("y", "B", 9)]


def test_other_bytes_make_another_dataset(tmp_path: Path) -> None:
    path = tmp_path / "countries.csv"
    path.write_text(CSV)
    before = digest(planned([COUNTRIES], {"countries": path}), 1000)
    path.write_text(CSV.replace("Utopia", "Arcadia"))
    assert digest(planned([COUNTRIES], {"countries": path}), 1000) != before


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    assert problems(tmp_path / "countries.csv") == [
        "made-up.yaml:1:3: volumes: countries: the file countries.csv does not exist"
    ]


def test_a_file_that_is_no_parquet(tmp_path: Path) -> None:
    path = tmp_path / "countries.parquet"
    path.write_text("no parquet at all")
    (problem,) = problems(path)
    where = "made-up.yaml:1:3: volumes: countries"
    assert problem.startswith(
        f"{where}: the file countries.parquet is neither Parquet nor CSV with a header: "
    )


def test_every_way_not_to_fit_is_told(tmp_path: Path) -> None:
    path = tmp_path / "countries.csv"
    path.write_text("code,nam,area,since\nx,A,big,2024-01-01\n,B,small,2025-01-01\n")
    where = "made-up.yaml:1:3: volumes: countries: countries.csv"
    assert problems(path) == [
        f"{where} has a column nam that the table hasn't; did you mean name?",
        f"{where} lacks the column name, which can't be null",
        f"{where} has nulls in code, which can't be null",
        f"{where} has String values in area that are no numeric",
    ]


def test_described_columns_of_a_file_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "countries.csv"
    path.write_text(CSV)
    with pytest.raises(
        WorkloadError, match=r"countries\.name describes a column of a table that comes from a file"
    ):
        planned([COUNTRIES], {"countries": path}, data={"countries.name": {"faker": "country"}})
