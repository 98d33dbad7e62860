"""PostgreSQL in a container."""

from __future__ import annotations

import psycopg
from psycopg.conninfo import make_conninfo

from optimizer.engines.providers.container import ContainerProvider, Recipe
from optimizer.engines.providers.postgres.endpoint import PostgresEndpoint
from optimizer.engines.providers.postgres.provider import PostgresProvider
from optimizer.engines.providers.postgres.settings import (
    INITDB_ARGUMENTS,
    MIB,
    as_arguments,
    server_settings,
)

IMAGE_VARIABLE = "OPTIMIZER_POSTGRES_IMAGE"
SUPERUSER = "postgres"
AUTH = "scram-sha-256"
CONNECT_SECONDS = 2
SHARED_MEMORY_BYTES = 1 << 30


class Container(PostgresProvider, ContainerProvider[PostgresEndpoint]):
    """The official PostgreSQL image (17 or later)."""

    official = "postgres:18"
    variable = IMAGE_VARIABLE
    port = 5432

    def recipe(self, password: str, memory_bytes: int) -> Recipe:
        environment = {
            "POSTGRES_USER": SUPERUSER,
            "POSTGRES_PASSWORD": password,
            "POSTGRES_DB": SUPERUSER,
            "POSTGRES_INITDB_ARGS": " ".join(INITDB_ARGUMENTS),
        }
        command = ["postgres", *as_arguments(server_settings(memory_bytes))]
        shared = max(memory_bytes, SHARED_MEMORY_BYTES) // MIB * MIB
        return Recipe(environment, command, {"shm_size": shared})

    def reach(
        self, host: str, port: int, password: str, claim_id: str, memory_bytes: int
    ) -> PostgresEndpoint | None:
        conninfo = make_conninfo(
            host=host, port=port, user=SUPERUSER, dbname=SUPERUSER, password=password, require_auth=AUTH
        )
        version = _version(conninfo)
        if not version:
            return None
        return PostgresEndpoint(
            conninfo=conninfo,
            provider=self.name,
            own=True,
            superuser=True,
            version=version,
            claim=claim_id,
        )


def _version(conninfo: str) -> int:
    """The number of the server's version; 0 where it doesn't take connections there (yet)."""
    try:
        with psycopg.connect(conninfo, connect_timeout=CONNECT_SECONDS) as connection:
            return connection.info.server_version
    except psycopg.OperationalError:
        return 0
