"""Whole runs on small workloads: from the file to the folder, and nothing left on a server of the user's."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from optimizer.deliver.files import write_files
from optimizer.engines.providers.postgres.endpoint import PostgresEndpoint
from optimizer.model.result import EngineResult
from optimizer.run import Finished, RunRequest, run
from optimizer.search.finals import champion, crowd
from optimizer.search.finals import run as finals
from optimizer.watch import Clock, Watcher
from optimizer.workload.read import read
from tests.conftest import CreateDatabase

HERE = Path(__file__).parent / "workloads"
LIBRARY = Path(__file__).parents[1] / "workloads"
SECONDS = 16.0


@dataclass(frozen=True, slots=True)
class Ran:
    """A finished run with its files."""

    finished: Finished

    @property
    def folder(self) -> Path:
        return self.finished.folder.path

    @property
    def postgres(self) -> EngineResult:
        return self.finished.result.engines["postgres"]


def ran(
    path: Path,
    out: Path,
    request: RunRequest | None = None,
    scale: float | None = None,
    seconds: float = SECONDS,
) -> Ran:
    """A run with short finals; its figures mean little, all else is as always."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(crowd, "SECONDS", 0.3)
        patch.setattr(finals, "FINAL_ROUNDS", 7)
        patch.setattr(champion, "QUALIFYING_ROUNDS", 7)
        workload = read(path, scale=scale, seconds=seconds)
        finished = run(workload, request or RunRequest(out, "embedded"), Watcher(), Clock(seconds))
        write_files(finished.result, finished.folder, finished.files)
    return Ran(finished)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    return ran(HERE / "library.yaml", tmp_path_factory.mktemp("library"))


@pytest.fixture(scope="module")
def dump(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    return ran(HERE / "clinic-dump.yaml", tmp_path_factory.mktemp("dump"), scale=0.3)


@pytest.fixture(scope="module")
def saas(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    return ran(LIBRARY / "saas.yaml", tmp_path_factory.mktemp("saas"), scale=0.01)


@pytest.fixture(params=["library", "dump", "saas"])
def each(request: pytest.FixtureRequest) -> Ran:
    found: Ran = request.getfixturevalue(request.param)
    return found


def test_every_query_ran_and_every_answer_agreed(each: Ran) -> None:
    assert [query.errors for query in each.postgres.queries if query.errors] == []
    assert each.postgres.equivalence.compared > 0
    assert each.postgres.equivalence.mismatched == ()


def test_the_delivered_ddl_makes_exactly_the_winners_indexes(each: Ran, create: CreateDatabase) -> None:
    text = (each.folder / "postgres" / "schema.sql").read_text()
    made = create(text).schema
    assert set(made.given) == set(each.postgres.winner.design.indexes)


def test_every_index_that_stays_has_its_reason(each: Ran) -> None:
    assert all(one.because for one in each.postgres.winner.indexes)
    text = (each.folder / "postgres" / "schema.sql").read_text()
    assert text.count("times faster)") >= len(each.postgres.winner.indexes)


def test_the_files_agree_with_the_result(each: Ran) -> None:
    document = json.loads((each.folder / "result.json").read_text())
    assert document["workload"] == each.finished.result.workload
    trials = pl.read_parquet(each.folder / "trials.parquet")
    assert trials["label"].head(2).to_list() == ["baseline", "given"]
    assert trials.height == each.postgres.search.trials
    report = (each.folder / "report.md").read_text()
    assert [q.query.name for q in each.postgres.queries if q.query.name not in report] == []


def test_a_contender_is_measured_as_it_stands(library: Ran) -> None:
    dba = library.postgres.designs["dba"].design.indexes
    assert {(index.table.name, index.keys[0].column) for index in dba} == {
        ("loans", "member_id"),
        ("books", "author_id"),
    }
    assert all("dba" in query.latencies for query in library.postgres.queries)


def test_the_winner_keeps_the_limits(library: Ran) -> None:
    winner = library.postgres.winner
    assert max(Counter(index.table for index in winner.design.indexes).values()) == 1
    assert winner.bytes < 40 << 20
    assert winner.breaks == ()


def test_rows_from_files_are_not_scaled(library: Ran) -> None:
    rows = library.postgres.rows
    assert (rows["countries"], rows["shelves"], rows["authors"]) == (4, 4, 400)


def test_the_delivered_ddl_makes_the_role_that_it_grants_to(saas: Ran) -> None:
    text = (saas.folder / "postgres" / "schema.sql").read_text()
    assert text.index("CREATE ROLE app NOLOGIN") < text.index("GRANT USAGE ON SCHEMA public TO app")


@pytest.fixture
def user(server: PostgresEndpoint) -> Iterator[str]:
    """The conninfo of a role that may create databases, and no more."""
    with psycopg.connect(server.conninfo, autocommit=True) as connection:
        connection.execute("CREATE ROLE somebody LOGIN CREATEDB")
        yield make_conninfo(server.conninfo, user="somebody", password="none")
        connection.execute("DROP ROLE somebody")


def test_a_server_of_the_users_stays_as_it_was(
    server: PostgresEndpoint, database: str, user: str, tmp_path: Path
) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("CREATE TABLE kept (id int PRIMARY KEY); CREATE INDEX kept_idx ON kept (id)")
        before = _catalog(connection)
        request = RunRequest(tmp_path, "external", {"postgres": user})
        result = ran(LIBRARY / "events.yaml", tmp_path, request, scale=0.01).postgres
        assert _catalog(connection) == before
    assert result.provider == "external"
    assert any("created and dropped" in note for note in result.notes)
    assert result.equivalence.mismatched == ()
    assert result.winner.indexes


def _catalog(connection: psycopg.Connection) -> list[list[tuple[object, ...]]]:
    """The server's databases and roles, and this database's relations with the flags of indexes."""
    queries = (
        sql.SQL("SELECT datname, datdba FROM pg_database ORDER BY 1"),
        sql.SQL("SELECT rolname FROM pg_roles ORDER BY 1"),
        sql.SQL("SELECT oid, relname, relfilenode FROM pg_class WHERE oid > 16383 ORDER BY 1"),
        sql.SQL("SELECT indexrelid, indisvalid, indisready, indislive FROM pg_index ORDER BY 1"),
    )
    return [connection.execute(query).fetchall() for query in queries]
