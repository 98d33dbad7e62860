"""Only our own databases are made and dropped, with or without a superuser's rights."""

from __future__ import annotations

import dataclasses
import pickle
from collections.abc import Iterator

import polars as pl
import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from optimizer.engines.postgres import scratch
from optimizer.engines.postgres.server import PostgresServer, connect_server
from optimizer.engines.providers.home import open_home
from optimizer.engines.providers.postgres.endpoint import PostgresEndpoint
from optimizer.errors import MeasurementLost
from optimizer.model.index import Index, IndexKey
from optimizer.model.names import TableName
from optimizer.model.query import SourceText
from tests.engines.postgres.conftest import CreateDatabase, WriteDataset, workload_of

OURS = "SELECT datname FROM pg_database WHERE starts_with(datname, 'optimizer_')"
DDL = SourceText(
    "CREATE TABLE t (id serial PRIMARY KEY, a int); ALTER TABLE t OWNER TO somebody;", "schema.sql"
)
A = Index(TableName("public", "t"), (IndexKey("a", "a"),))


def quiet(what: str, part: float) -> None:
    """Progress that nobody watches."""


def ours(server: PostgresEndpoint) -> set[str]:
    with psycopg.connect(server.conninfo) as connection:
        return {name for (name,) in connection.execute(OURS)}


@pytest.fixture
def limited(server: PostgresEndpoint) -> Iterator[PostgresServer]:
    """The same server, by a user who may only create databases."""
    with psycopg.connect(server.conninfo, autocommit=True) as admin:
        admin.execute("CREATE ROLE limited LOGIN CREATEDB")
        conninfo = make_conninfo(server.conninfo, user="limited")
        endpoint = dataclasses.replace(
            server, conninfo=conninfo, own=False, superuser=False, provider="external"
        )
        try:
            with connect_server(endpoint) as opened:
                yield opened
        finally:
            admin.execute("DROP ROLE limited")


def test_closing_leaves_nothing(server: PostgresEndpoint) -> None:
    before = ours(server)
    with connect_server(server) as opened:
        database = opened.read(workload_of(DDL), "A Label, with signs!", DDL)
        assert ours(server) - before == {database.name}
        assert database.name.endswith("_a_label_with_signs")
    assert ours(server) == before


def test_an_open_session_does_not_keep_a_database(server: PostgresEndpoint, create: CreateDatabase) -> None:
    database = create("CREATE TABLE t (a int)")
    session = database.session()
    database.drop()
    assert database.name not in ours(server)
    session.close()


def test_what_a_dead_run_left_is_dropped_and_nothing_else(server: PostgresEndpoint) -> None:
    home = open_home()
    dead = f"{home.id}-00000000"
    names = {what: scratch.new_name(server.claim, what) for what in ("dead", "alive", "unmarked")}
    with psycopg.connect(server.conninfo, autocommit=True) as admin:
        scratch.create(admin, names["dead"], scratch.mark(dead))
        scratch.create(admin, names["alive"], scratch.mark(server.claim))
        scratch.create(admin, names["unmarked"], "a database of somebody else")
        assert scratch.clean(admin, home) == (names["dead"],)
        assert ours(server) >= {names["alive"], names["unmarked"]}
        for what in ("alive", "unmarked"):
            scratch.drop(admin, names[what])


def test_a_name_that_is_not_ours_is_never_dropped(server: PostgresEndpoint) -> None:
    with psycopg.connect(server.conninfo, autocommit=True) as admin, pytest.raises(ValueError, match="own"):
        scratch.drop(admin, "postgres")


def test_without_a_superusers_rights_everything_works_by_creating_and_dropping(
    limited: PostgresServer, dataset: WriteDataset
) -> None:
    assert any("created and dropped" in note for note in limited.identity.notes)
    database = limited.read(workload_of(DDL), "limited", DDL)
    assert any("OWNER TO somebody" in note for note in database.notes)
    database.load(dataset({"t": pl.DataFrame({"id": [1, 2, 3], "a": [1, 2, 3]})}), quiet)
    (built,) = database.build([A], quiet)
    assert built.error == ""
    database.restore_statistics(database.statistics())
    for shown in ([], [A]):
        database.show(shown)
        assert ("t_a_idx" in database._taken()) is bool(shown)


def test_a_lost_server_is_told(postgres: PostgresServer, create: CreateDatabase) -> None:
    database, other = create("CREATE TABLE t (a int)"), create("SELECT 1")
    pid = database._connection.info.backend_pid
    other._connection.execute("SELECT pg_terminate_backend(%s)", [pid])
    with pytest.raises(MeasurementLost, match="gone"):
        database.bytes()


def test_the_identity_says_what_runs(postgres: PostgresServer) -> None:
    assert postgres.identity.engine == "postgres"
    assert postgres.identity.server.startswith("PostgreSQL 18")
    settings = dict(postgres.identity.settings)
    assert (settings["jit"], settings["synchronous_commit"]) == ("off", "on")


def test_a_session_can_be_opened_from_another_process(create: CreateDatabase, dataset: WriteDataset) -> None:
    database = create(DDL.text)
    database.load(dataset({"t": pl.DataFrame({"id": [1], "a": [1]})}), quiet)
    database.build([A], quiet)
    opener = pickle.loads(pickle.dumps(database.opener()))
    assert opener.indexes == {"t_a_idx": A}
    assert "host" not in repr(opener)
    session = opener()
    assert session.floor_ms() > 0
    session.close()
