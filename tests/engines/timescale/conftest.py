"""An embedded TimescaleDB of this folder's tests; without one, tests skip at a desk and fail in CI."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from optimizer.dataset.dataset import Dataset
from optimizer.engines.postgres.server import PostgresServer, connect_server
from optimizer.engines.providers.postgres.endpoint import PostgresEndpoint
from optimizer.engines.timescale.engine import TimescaleEngine
from optimizer.engines.timescale.server import TimescaleServer
from optimizer.engines.values import ServerRequest
from optimizer.errors import EngineUnavailable
from tests.conftest import _write
from tests.engines.postgres.structures.scene import Scene, scene
from tests.engines.timescale.scene import DDL, Readings, frames

MEMORY_BYTES = 32 << 20


@pytest.fixture(scope="session")
def timescale() -> Iterator[TimescaleServer]:
    """The embedded server of this test process."""
    try:
        server = TimescaleEngine().start(ServerRequest("embedded", memory_bytes=MEMORY_BYTES))
    except EngineUnavailable as error:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(str(error))
    with server:
        yield server


@pytest.fixture(scope="session")
def postgres_beside(server: PostgresEndpoint) -> Iterator[PostgresServer]:
    """A PostgreSQL for what plain tables answer."""
    with connect_server(server) as opened:
        yield opened


@pytest.fixture(scope="session")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    folder = tmp_path_factory.mktemp("readings")
    return Dataset("readings", tuple(_write(folder, name, frame) for name, frame in frames().items()))


@pytest.fixture(scope="session")
def beside(postgres_beside: PostgresServer, dataset: Dataset) -> Scene:
    """The readings in plain tables of PostgreSQL."""
    return scene(postgres_beside, lambda _: dataset, DDL, {})


@pytest.fixture(scope="session")
def small(timescale: TimescaleServer, beside: Scene) -> Readings:
    """The readings on TimescaleDB."""
    return Readings(timescale, DDL, beside.schema, beside.dataset)
