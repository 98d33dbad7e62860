"""The external provider of PostgreSQL."""

from __future__ import annotations

import os
import re

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from optimizer.engines.providers.external import SETTINGS_STAY, ExternalProvider
from optimizer.engines.providers.postgres.endpoint import PostgresEndpoint
from optimizer.engines.providers.postgres.provider import PostgresProvider
from optimizer.errors import EngineUnavailable

OLDEST = 14
CONNECT_SECONDS = "10"
FORMS = "write --dsn postgres=postgresql://user@host:5432/postgres, or 'host=... user=... dbname=...'"
NOT_SUPERUSER = "the role is no superuser: only trusted extensions can be had"
PASSWORD_HINT = "a password may also come from PGPASSWORD or ~/.pgpass"


class External(PostgresProvider, ExternalProvider[PostgresEndpoint]):
    """A PostgreSQL that runs already, named by a URL or by libpq's key=value pairs."""

    forms = FORMS

    def describe(self, dsn: str) -> str:
        return describe(parse(dsn))

    def reach(self, dsn: str, claim_id: str) -> PostgresEndpoint:
        parameters = parse(dsn)
        conninfo = make_conninfo("", **parameters)
        try:
            with psycopg.connect(conninfo) as connection:
                version, superuser = _check(connection)
        except psycopg.OperationalError as error:
            problem = f"can't connect to {describe(parameters)}: {_masked(str(error), parameters)}"
            raise EngineUnavailable(problem, PASSWORD_HINT) from None
        return PostgresEndpoint(
            conninfo=conninfo,
            provider=self.name,
            own=False,
            superuser=superuser,
            version=version,
            claim=claim_id,
            notes=(SETTINGS_STAY,) if superuser else (SETTINGS_STAY, NOT_SUPERUSER),
        )


def parse(dsn: str) -> dict[str, str]:
    """The parameters of a URL or of key=value pairs; the database is `postgres` where none is named.

    Text comes as text from a database in SQL_ASCII too.
    libpq's own message isn't passed on, since it may quote the password.
    """
    try:
        parameters = conninfo_to_dict(dsn)
    except psycopg.ProgrammingError:
        raise EngineUnavailable("the DSN of the external server can't be read", FORMS) from None
    given = {name: str(value) for name, value in parameters.items() if value is not None}
    if "service" not in given and "PGSERVICE" not in os.environ:
        given.setdefault("dbname", os.environ.get("PGDATABASE", "postgres"))
    return {"connect_timeout": CONNECT_SECONDS, "client_encoding": "UTF8"} | given


def describe(parameters: dict[str, str]) -> str:
    """Where the parameters lead, for people: no password, nor anything else that is secret."""
    shown = ("host", "hostaddr", "port", "user", "dbname", "service")
    return " ".join(f"{name}={parameters[name]}" for name in shown if name in parameters)


def _check(connection: psycopg.Connection) -> tuple[int, bool]:
    """The server's version number and whether we are superuser; EngineUnavailable where it won't do."""
    version = connection.info.server_version
    if version < OLDEST * 10_000:
        raise EngineUnavailable(
            f"the external server is PostgreSQL {version // 10_000}", f"{OLDEST} is the oldest that will do"
        )
    row = connection.execute(
        "SELECT rolsuper, rolcreatedb, rolname, pg_is_in_recovery() FROM pg_roles "
        "WHERE rolname = current_user"
    ).fetchone()
    superuser, creates, role, standby = row or (False, False, connection.info.user, False)
    if standby:
        raise EngineUnavailable("the external server is a standby, which can't be written to")
    if not (superuser or creates):
        raise EngineUnavailable(
            f"the role {role} may not create databases on the external server",
            f'a superuser there can allow it: ALTER ROLE "{role}" CREATEDB',
        )
    return version, bool(superuser)


def _masked(message: str, parameters: dict[str, str]) -> str:
    """libpq's message on one line, with the password blotted out should it be in there."""
    text = re.sub(r"\s+", " ", message).strip()
    secret = parameters.get("password") or os.environ.get("PGPASSWORD")
    return text.replace(secret, "***") if secret else text
