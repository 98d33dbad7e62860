from __future__ import annotations

import pytest

from optimizer.engines.providers.postgres.endpoint import PostgresEndpoint
from optimizer.engines.providers.timescale.endpoint import TimescaleEndpoint
from optimizer.engines.providers.timescale.external import External
from optimizer.engines.values import ServerRequest
from optimizer.errors import EngineUnavailable


def test_a_server_without_the_extension_is_refused(server: PostgresEndpoint) -> None:
    with pytest.raises(EngineUnavailable, match="hasn't got the extension timescaledb") as caught:
        External().start(ServerRequest("external", dsn=server.conninfo))
    assert "--provider" in (caught.value.hint or "")


def test_a_server_that_does_not_preload_it_is_refused(timescale: TimescaleEndpoint) -> None:
    with pytest.raises(EngineUnavailable, match="doesn't preload"):
        External().start(ServerRequest("external", dsn=timescale.conninfo))


def test_the_answer_says_how_a_dsn_is_written() -> None:
    with pytest.raises(EngineUnavailable, match="--dsn timescale=postgresql://"):
        External().start(ServerRequest("external", dsn="nonsense"))
