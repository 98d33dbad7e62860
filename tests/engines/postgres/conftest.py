"""A PostgresServer on the test run's real server, and small databases and datasets for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import polars as pl
import pytest

from optimizer.dataset.dataset import Dataset, TableRows
from optimizer.engines.postgres.database import PostgresDatabase
from optimizer.engines.postgres.server import PostgresServer, connect_server
from optimizer.engines.providers.endpoint import Endpoint
from optimizer.model.names import TableName
from optimizer.model.query import SourceText
from optimizer.model.workload import SessionSettings, Workload

CreateDatabase = Callable[..., PostgresDatabase]
WriteDataset = Callable[..., Dataset]


@pytest.fixture
def postgres(server: Endpoint) -> Iterator[PostgresServer]:
    """Closing it drops all that a test has made, and leaves the endpoint running."""
    with connect_server(server) as opened:
        yield opened


@pytest.fixture
def create(postgres: PostgresServer) -> CreateDatabase:
    """A database with the DDL applied; `role` is the workload's."""

    def create_database(ddl: str, role: str | None = None) -> PostgresDatabase:
        source = SourceText(ddl, "schema.sql")
        return postgres.create(workload_of(source, role), "test", source)

    return create_database


@pytest.fixture
def dataset(tmp_path: Path) -> WriteDataset:
    """A dataset with the given frames, by table; a list of frames becomes several files."""

    def write(tables: dict[str, pl.DataFrame | list[pl.DataFrame]]) -> Dataset:
        return Dataset("test", tuple(_write(tmp_path, name, frames) for name, frames in tables.items()))

    return write


def workload_of(source: SourceText, role: str | None = None) -> Workload:
    """A workload that is nothing but its schema."""
    return Workload("test", Path("test.yaml"), source, (), (), "digest", session=SessionSettings(role))


def _write(folder: Path, table: str, frames: pl.DataFrame | list[pl.DataFrame]) -> TableRows:
    parts = frames if isinstance(frames, list) else [frames]
    schema, _, name = table.rpartition(".")
    files = []
    for number, frame in enumerate(parts):
        files.append(folder / f"{table}-{number}.parquet")
        frame.write_parquet(files[-1])
    rows = sum(frame.height for frame in parts)
    return TableRows(TableName(schema or "public", name), rows, tuple(parts[0].columns), tuple(files))
