"""One real PostgreSQL for a test run, and a new database on it for each test that wants one."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import polars as pl
import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from optimizer.dataset.dataset import Dataset, TableRows
from optimizer.engines.postgres.database import PostgresDatabase
from optimizer.engines.postgres.server import PostgresServer, connect_server
from optimizer.engines.providers import choice
from optimizer.engines.providers.leftovers import remove_folder
from optimizer.engines.providers.postgres.endpoint import PostgresEndpoint
from optimizer.engines.providers.postgres.providers import POSTGRES_PROVIDERS
from optimizer.engines.values import ServerRequest
from optimizer.errors import EngineUnavailable
from optimizer.model.names import TableName
from optimizer.model.query import SourceText
from optimizer.model.workload import SessionSettings, Workload
from tests.command import Place

MEMORY_BYTES = 128 << 20

CreateDatabase = Callable[..., PostgresDatabase]
WriteDataset = Callable[..., Dataset]

_numbers = count(1)


@pytest.fixture(scope="session")
def server() -> Iterator[PostgresEndpoint]:
    """The embedded server of this test process; without one, tests skip at a desk and fail in CI."""
    try:
        running = choice.start(POSTGRES_PROVIDERS, ServerRequest("embedded", memory_bytes=MEMORY_BYTES))
    except EngineUnavailable as error:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(str(error))
    with running:
        yield running.endpoint


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """Where commands run in processes of their own; what they leave running is ended with it."""
    home = Path(tempfile.mkdtemp(prefix="so-", dir="/var/tmp"))
    home.chmod(0o711)
    made = Place(home, tmp_path)
    yield made
    for process in made.servers():
        process.kill()
    remove_folder(home)


@pytest.fixture
def database(server: PostgresEndpoint) -> Iterator[str]:
    """The conninfo of an empty database, dropped afterwards with whoever is still connected."""
    name = f"test_{next(_numbers)}"
    with psycopg.connect(server.conninfo, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        yield make_conninfo(server.conninfo, dbname=name)
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
def postgres(server: PostgresEndpoint) -> Iterator[PostgresServer]:
    """A PostgresServer on the run's server; closing it drops all that a test has made, and no more."""
    with connect_server(server) as opened:
        yield opened


@pytest.fixture
def create(postgres: PostgresServer) -> CreateDatabase:
    """A database with the DDL applied; `role` is the workload's."""

    def create_database(ddl: str, role: str | None = None) -> PostgresDatabase:
        source = SourceText(ddl, "schema.sql")
        return postgres.read(workload_of(source, role), "test", source)

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
