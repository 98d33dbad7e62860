"""A dataset is loaded once; databases of the same tables are copied from it."""

from __future__ import annotations

import polars as pl
import psycopg
import pytest

from optimizer.engines.postgres.database import PostgresDatabase
from optimizer.engines.postgres.loading import load
from optimizer.engines.postgres.loading.templates import LEAST_ROWS
from optimizer.engines.postgres.server import PostgresServer, connect_server
from optimizer.engines.providers.postgres.endpoint import PostgresEndpoint
from optimizer.model.denormalisation import Computed, ExtendedReference
from optimizer.model.index import Index, IndexKey
from optimizer.model.names import TableName
from optimizer.model.structure import Structure
from optimizer.model.tables import Fillfactor
from tests.conftest import WriteDataset
from tests.engines.postgres.structures.catalog import catalog
from tests.engines.postgres.structures.scene import Scene, conninfo, quiet, run, scene

DDL = """
CREATE TABLE authors (id int PRIMARY KEY, name text NOT NULL);
CREATE TABLE posts (id int PRIMARY KEY, author_id int NOT NULL REFERENCES authors, title text NOT NULL);
"""
AUTHORS, POSTS = TableName("public", "authors"), TableName("public", "posts")
STRUCTURES = (
    ExtendedReference(POSTS, AUTHORS, "posts_author_id_fkey", "author", ("name",)),
    Computed(AUTHORS, POSTS, "posts_author_id_fkey", "posts_count", "count"),
)
BY_AUTHOR = Index(POSTS, (IndexKey("author_id", "author_id"),))


@pytest.fixture
def large(postgres: PostgresServer, dataset: WriteDataset) -> Scene:
    """Just enough rows for a copy to be worth it."""
    return _scene(postgres, dataset, DDL)


def _scene(postgres: PostgresServer, dataset: WriteDataset, ddl: str) -> Scene:
    whole = {"id": pl.Int32, "author_id": pl.Int32}
    authors = pl.DataFrame({"id": range(100), "name": [f"a{n}" for n in range(100)]}).cast({"id": pl.Int32})
    posts = pl.DataFrame(
        {
            "id": range(LEAST_ROWS),
            "author_id": [n * n % 90 for n in range(LEAST_ROWS)],
            "title": ["title"] * LEAST_ROWS,
        }
    )
    return scene(postgres, dataset, ddl, {"authors": authors, "posts": posts.cast(whole)})


def _loads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The databases that are filled from files from now on."""
    seen: list[str] = []
    real = load.load

    def counted(connection: psycopg.Connection[object], *rest: object) -> object:
        seen.append(connection.info.dbname)
        return real(connection, *rest)

    monkeypatch.setattr(load, "load", counted)
    return seen


def _made(large: Scene, *structures: Structure, anew: bool = True) -> PostgresDatabase:
    database = large.created(*structures)
    database.load(large.dataset, quiet, anew=anew)
    return database


def test_a_copy_is_as_it_was_loaded(large: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    loads = _loads(monkeypatch)
    first = _made(large)
    before = catalog(conninfo(first))
    first.build([BY_AUTHOR], quiet)
    run(first, "DELETE FROM posts", "DROP TABLE authors CASCADE")
    second = _made(large)
    assert loads == [first.name]
    assert catalog(conninfo(second)) == before
    assert second.rows(POSTS).height == LEAST_ROWS
    assert second.build([BY_AUTHOR], quiet)[0].error == ""
    second.show([])


def test_its_report_has_the_rows(large: Scene) -> None:
    reports = [large.created().load(large.dataset, quiet) for _ in range(2)]
    assert reports[0].rows == reports[1].rows == ((AUTHORS, 100), (POSTS, LEAST_ROWS))
    assert reports[0].bytes == reports[1].bytes


def test_structures_are_brought_into_a_copy(large: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = _made(large, *STRUCTURES)
    _made(large)
    loads = _loads(monkeypatch)
    copied = _made(large, *STRUCTURES, anew=False)
    assert loads == []
    assert catalog(conninfo(copied)) == catalog(conninfo(loaded))
    assert copied.fingerprint_rows() == loaded.fingerprint_rows()
    assert copied.schema == loaded.schema
    run(copied, "UPDATE authors SET name = name || '!' WHERE id < 9", "DELETE FROM posts WHERE id % 7 = 0")
    assert not copied.disagreements()


@pytest.mark.parametrize(
    ("structures", "anew"),
    [(STRUCTURES, True), ((Fillfactor(POSTS, 70),), False)],
    ids=["a design as it is delivered", "an option for new rows alone"],
)
def test_what_is_loaded_from_files_all_the_same(
    large: Scene,
    monkeypatch: pytest.MonkeyPatch,
    structures: tuple[Structure, ...],
    anew: bool,
) -> None:
    _made(large)
    loads = _loads(monkeypatch)
    assert loads == [_made(large, *structures, anew=anew).name]


def test_settings_of_a_database_are_not_copied(
    postgres: PostgresServer, dataset: WriteDataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    setting = (
        "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET enable_sort = off', current_database()); END $$;"
    )
    set_ = _scene(postgres, dataset, DDL + setting)
    loads = _loads(monkeypatch)
    assert loads == [_made(set_).name, _made(set_).name]


def test_another_schema_of_the_same_rows_is_no_template(
    postgres: PostgresServer, dataset: WriteDataset, large: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    _made(large)
    other = _scene(postgres, dataset, DDL + "COMMENT ON TABLE posts IS 'another';")
    loads = _loads(monkeypatch)
    assert loads == [_made(other).name]


def test_nothing_is_left(server: PostgresEndpoint, dataset: WriteDataset) -> None:
    templates = "SELECT datname FROM pg_database WHERE datname LIKE 'optimizer%template'"
    with psycopg.connect(server.conninfo) as connection:
        with connect_server(server) as opened:
            large = _scene(opened, dataset, DDL)
            _made(large)
            connection.rollback()
            assert len(connection.execute(templates).fetchall()) == 1
        connection.rollback()
        assert connection.execute(templates).fetchall() == []
