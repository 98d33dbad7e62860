from __future__ import annotations

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from optimizer.engines.providers.postgres.container import Container
from optimizer.engines.providers.postgres.endpoint import PostgresEndpoint
from optimizer.engines.providers.postgres.providers import POSTGRES_PROVIDERS
from optimizer.engines.values import ServerRequest
from tests.engines.providers.container_contract import ContainerContract


class TestContainer(ContainerContract):
    provider = Container()
    providers = POSTGRES_PROVIDERS
    request = ServerRequest("container", memory_bytes=64 << 20)
    too_much = 1 << 50
    complaint = "FATAL"

    @pytest.fixture
    def embedded(self, server: PostgresEndpoint) -> PostgresEndpoint:
        return server

    def password_of(self, endpoint: PostgresEndpoint) -> str:
        return str(conninfo_to_dict(endpoint.conninfo)["password"])

    def check(self, endpoint: PostgresEndpoint) -> None:
        with psycopg.connect(endpoint.conninfo) as connection:
            row = connection.execute(
                "SELECT current_setting('shared_buffers'), current_setting('jit'), current_setting('fsync'), "
                "rolsuper, lower('É') FROM pg_roles WHERE rolname = current_user"
            ).fetchone()
        assert row == ("64MB", "off", "on", True, "é")

    def check_that_strangers_are_refused(self, endpoint: PostgresEndpoint) -> None:
        wrong = make_conninfo(endpoint.conninfo, password="wrong")
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(wrong)
