"""One real PostgreSQL for a test run, and a new database on it for each test that wants one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import count

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from optimizer.engines.base import ServerRequest
from optimizer.engines.providers.choice import start
from optimizer.engines.providers.endpoint import Endpoint
from optimizer.errors import EngineUnavailable

MEMORY_BYTES = 128 << 20

_numbers = count(1)


@pytest.fixture(scope="session")
def server() -> Iterator[Endpoint]:
    """The embedded server of this test process; without one, tests skip at a desk and fail in CI."""
    try:
        running = start(ServerRequest("embedded", memory_bytes=MEMORY_BYTES))
    except EngineUnavailable as error:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(str(error))
    with running:
        yield running.endpoint


@pytest.fixture
def database(server: Endpoint) -> Iterator[str]:
    """The conninfo of an empty database, dropped afterwards with whoever is still connected."""
    name = f"test_{next(_numbers)}"
    with psycopg.connect(server.conninfo, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        yield make_conninfo(server.conninfo, dbname=name)
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
