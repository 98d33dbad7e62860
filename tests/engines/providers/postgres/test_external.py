from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from optimizer.engines.providers.postgres.endpoint import PostgresEndpoint
from optimizer.engines.providers.postgres.external import External, parse
from optimizer.engines.values import ServerRequest
from optimizer.errors import EngineUnavailable

SECRET = "geheim-5f1c"


@contextmanager
def role(server: PostgresEndpoint, options: str) -> Iterator[str]:
    """The conninfo of a new role with the options."""
    name = sql.Identifier("a_role")
    with psycopg.connect(server.conninfo, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE ROLE {} LOGIN " + options).format(name))
        yield make_conninfo(server.conninfo, user="a_role", password=SECRET)
        connection.execute(sql.SQL("DROP ROLE {}").format(name))


def test_a_superuser_is_reported_but_the_server_is_not_ours(server: PostgresEndpoint) -> None:
    with External().start(ServerRequest("external", dsn=server.conninfo)) as running:
        assert running.endpoint.superuser
        assert not running.endpoint.own
        assert running.endpoint.version == server.version
        assert any("settings stay" in note for note in running.endpoint.notes)
    with psycopg.connect(server.conninfo) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_the_right_to_create_databases_is_enough(server: PostgresEndpoint) -> None:
    with (
        role(server, "CREATEDB") as dsn,
        External().start(ServerRequest("external", dsn=dsn)) as running,
    ):
        assert not running.endpoint.superuser
        assert conninfo_to_dict(running.endpoint.conninfo)["user"] == "a_role"
        assert SECRET in running.endpoint.conninfo
        assert SECRET not in repr(running.endpoint)


def test_without_that_right_the_answer_says_what_to_do(server: PostgresEndpoint) -> None:
    with (
        role(server, "NOCREATEDB") as dsn,
        pytest.raises(EngineUnavailable, match=r'may not create databases.*\n.*ALTER ROLE "a_role" CREATEDB'),
    ):
        External().start(ServerRequest("external", dsn=dsn))


def test_a_server_that_does_not_answer_is_named_without_the_password() -> None:
    request = ServerRequest("external", dsn=f"postgresql://me:{SECRET}@127.0.0.1:1/shop")
    with pytest.raises(EngineUnavailable, match=r"can't connect to host=127\.0\.0\.1 port=1") as caught:
        External().start(request)
    assert SECRET not in str(caught.value)
    assert SECRET not in repr(request)


@pytest.mark.parametrize("dsn", [f"postgresq//me:{SECRET}@h/d", f"host=h pasword={SECRET}", "a=b"])
def test_a_dsn_that_cannot_be_read_is_not_quoted(dsn: str) -> None:
    answer = External().availability(ServerRequest(dsn=dsn))
    assert not answer.available
    assert "can't be read" in answer.reason
    with pytest.raises(EngineUnavailable, match="postgresql://user@host") as caught:
        External().start(ServerRequest("external", dsn=dsn))
    assert SECRET not in str(caught.value)
    assert caught.value.__cause__ is None


def test_availability_asks_nobody() -> None:
    answer = External().availability(ServerRequest(dsn=f"postgresql://me:{SECRET}@nowhere.invalid/shop"))
    assert answer.available
    assert answer.reason == "host=nowhere.invalid user=me dbname=shop"
    assert not External().availability(ServerRequest()).available


def test_the_database_defaults_to_one_that_is_always_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PGDATABASE", raising=False)
    monkeypatch.delenv("PGSERVICE", raising=False)
    assert parse("postgresql://me@host")["dbname"] == "postgres"
    assert parse("postgresql://me@host/shop")["dbname"] == "shop"
    assert "dbname" not in parse("service=prod")


def test_an_external_server_must_be_named() -> None:
    with pytest.raises(EngineUnavailable, match="--dsn postgres="):
        External().start(ServerRequest("external"))
