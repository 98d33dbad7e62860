"""TimescaleDB in a container."""

from __future__ import annotations

import psycopg
from psycopg.conninfo import make_conninfo

from optimizer.engines.providers.container import ContainerProvider, Recipe
from optimizer.engines.providers.postgres import container as postgres
from optimizer.engines.providers.postgres.settings import INITDB_ARGUMENTS, MIB, as_arguments
from optimizer.engines.providers.timescale import extension
from optimizer.engines.providers.timescale.endpoint import TimescaleEndpoint
from optimizer.engines.providers.timescale.provider import TimescaleProvider
from optimizer.engines.providers.timescale.settings import native_settings
from optimizer.errors import EngineUnavailable

IMAGE_VARIABLE = "OPTIMIZER_TIMESCALE_IMAGE"


class Container(TimescaleProvider, ContainerProvider[TimescaleEndpoint]):
    """The official image of TimescaleDB on PostgreSQL 17 or later."""

    official = "timescale/timescaledb:latest-pg17"
    variable = IMAGE_VARIABLE
    port = 5432

    def recipe(self, password: str, memory_bytes: int) -> Recipe:
        environment = {
            "POSTGRES_USER": postgres.SUPERUSER,
            "POSTGRES_PASSWORD": password,
            "POSTGRES_DB": postgres.SUPERUSER,
            "POSTGRES_INITDB_ARGS": " ".join(INITDB_ARGUMENTS),
            "NO_TS_TUNE": "true",
        }
        command = ["postgres", *as_arguments(native_settings(memory_bytes))]
        shared = max(memory_bytes, postgres.SHARED_MEMORY_BYTES) // MIB * MIB
        return Recipe(environment, command, {"shm_size": shared})

    def reach(
        self, host: str, port: int, password: str, claim_id: str, memory_bytes: int
    ) -> TimescaleEndpoint | None:
        conninfo = make_conninfo(
            host=host,
            port=port,
            user=postgres.SUPERUSER,
            dbname=postgres.SUPERUSER,
            password=password,
            require_auth=postgres.AUTH,
        )
        found = _versions(conninfo)
        if found is None:
            return None
        version, extension_version = found
        if not extension_version:
            raise EngineUnavailable(
                f"the image {self.image} hasn't got the extension timescaledb",
                f"name another by {self.variable}",
            )
        return TimescaleEndpoint(
            conninfo=conninfo,
            provider=self.name,
            own=True,
            superuser=True,
            version=version,
            claim=claim_id,
            extension=extension_version,
        )


def _versions(conninfo: str) -> tuple[int, str] | None:
    """PostgreSQL's number and the extension's version; None where nothing takes connections there (yet)."""
    try:
        with psycopg.connect(conninfo, connect_timeout=postgres.CONNECT_SECONDS) as connection:
            return connection.info.server_version, extension.version(connection)
    except psycopg.OperationalError:
        return None
