"""The external provider of TimescaleDB."""

from __future__ import annotations

import dataclasses

import psycopg

from optimizer.engines.providers.external import ExternalProvider
from optimizer.engines.providers.postgres import external as postgres
from optimizer.engines.providers.postgres.endpoint import PostgresEndpoint
from optimizer.engines.providers.timescale import extension
from optimizer.engines.providers.timescale.endpoint import TimescaleEndpoint
from optimizer.engines.providers.timescale.provider import TimescaleProvider
from optimizer.errors import EngineUnavailable

FORMS = postgres.FORMS.replace("--dsn postgres=", "--dsn timescale=")


class External(TimescaleProvider, ExternalProvider[TimescaleEndpoint]):
    """A TimescaleDB that runs already, named like a PostgreSQL."""

    forms = FORMS

    def describe(self, dsn: str) -> str:
        return postgres.describe(_parse(dsn))

    def reach(self, dsn: str, claim_id: str) -> TimescaleEndpoint:
        _parse(dsn)
        server = postgres.External().reach(dsn, claim_id)
        with psycopg.connect(server.conninfo) as connection:
            version = _check(connection, server)
        fields = {field.name: getattr(server, field.name) for field in dataclasses.fields(server)}
        return TimescaleEndpoint(**fields, extension=version)


def _parse(dsn: str) -> dict[str, str]:
    try:
        return postgres.parse(dsn)
    except EngineUnavailable as error:
        raise EngineUnavailable(error.message, FORMS) from None


def _check(connection: psycopg.Connection, server: PostgresEndpoint) -> str:
    """The extension's version; EngineUnavailable where it can't be created."""
    version = extension.version(connection)
    if not version:
        raise EngineUnavailable(
            "the external server hasn't got the extension timescaledb",
            "install TimescaleDB there, or use --provider container or embedded",
        )
    if server.superuser and not extension.is_preloaded(connection):
        raise EngineUnavailable(
            "the external server doesn't preload the extension timescaledb",
            "set shared_preload_libraries = 'timescaledb' there, and restart it",
        )
    return version
