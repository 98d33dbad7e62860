"""An embedded TimescaleDB of this folder's tests; without one, tests skip at a desk and fail in CI."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import count

import pytest

from optimizer.engines.providers.timescale.embedded import Embedded
from optimizer.engines.providers.timescale.endpoint import TimescaleEndpoint
from optimizer.engines.providers.timescale.processes import DatabaseProcesses
from optimizer.engines.values import ServerRequest
from optimizer.errors import EngineUnavailable

MEMORY_BYTES = 32 << 20

_numbers = count(1)


@pytest.fixture(scope="session")
def timescale() -> Iterator[TimescaleEndpoint]:
    """The embedded server of this test process."""
    try:
        running = Embedded().start(ServerRequest("embedded", memory_bytes=MEMORY_BYTES))
    except EngineUnavailable as error:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(str(error))
    with running:
        yield running.endpoint


@pytest.fixture(scope="session")
def processes(timescale: TimescaleEndpoint) -> DatabaseProcesses:
    """What makes databases on it."""
    assert timescale.processes is not None
    return timescale.processes


@pytest.fixture(scope="module")
def shared(processes: DatabaseProcesses) -> Iterator[str]:
    """The conninfo of a database of this module's tests."""
    name = f"shared_{next(_numbers)}"
    yield processes.create(name)
    processes.drop(name)
