"""One real MongoDB for a test run, and a new database on it for each test that wants one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest
from pymongo.database import Database

from optimizer.engines.mongo.client import Client, client
from optimizer.engines.mongo.server import MongoServer, connect_server
from optimizer.engines.providers import choice
from optimizer.engines.providers.mongo.endpoint import MongoEndpoint
from optimizer.engines.providers.mongo.providers import MONGO_PROVIDERS
from optimizer.engines.values import ServerRequest
from optimizer.errors import EngineUnavailable

MEMORY_BYTES = 256 << 20

_numbers = count(1)


@pytest.fixture(scope="session")
def mongo_endpoint() -> Iterator[MongoEndpoint]:
    """The embedded server of this test process; without one, tests skip at a desk and fail in CI."""
    try:
        running = choice.start(MONGO_PROVIDERS, ServerRequest("embedded", memory_bytes=MEMORY_BYTES))
    except EngineUnavailable as error:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(str(error))
    with running:
        yield running.endpoint


@pytest.fixture(scope="session")
def mongo_uri(mongo_endpoint: MongoEndpoint) -> str:
    """Where the server is."""
    return mongo_endpoint.uri


@pytest.fixture(scope="session")
def mongo_client(mongo_uri: str) -> Iterator[Client]:
    """A client of the run's server."""
    with client(mongo_uri) as opened:
        yield opened


@pytest.fixture
def mongo_database(mongo_client: Client) -> Iterator[Database[dict[str, Any]]]:
    """An empty database, dropped afterwards."""
    name = f"test_{os.getpid()}_{next(_numbers)}"
    yield mongo_client[name]
    mongo_client.drop_database(name)


@pytest.fixture
def mongo(mongo_endpoint: MongoEndpoint) -> Iterator[MongoServer]:
    """A MongoServer on the run's server; closing it drops all that a test has made, and no more."""
    with connect_server(mongo_endpoint) as opened:
        yield opened
