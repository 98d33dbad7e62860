"""A mongod of this folder's tests; without one, tests skip at a desk and fail in CI."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from optimizer.engines.providers.home import VARIABLE
from optimizer.engines.providers.leftovers import remove_folder
from optimizer.engines.providers.mongo.embedded import Embedded
from optimizer.engines.providers.mongo.endpoint import MongoEndpoint
from optimizer.engines.values import ServerRequest
from optimizer.errors import EngineUnavailable


@pytest.fixture(scope="session")
def mongod() -> Iterator[MongoEndpoint]:
    """The embedded server of this test process, in a home of its own."""
    folder = Path(tempfile.mkdtemp(prefix="so-", dir="/var/tmp"))
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv(VARIABLE, str(folder))
        try:
            running = Embedded().start(ServerRequest("embedded", memory_bytes=256 << 20))
        except EngineUnavailable as error:
            if os.environ.get("CI") == "true":
                raise
            pytest.skip(str(error))
    with running:
        yield running.endpoint
    remove_folder(folder)
