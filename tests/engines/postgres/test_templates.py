"""A dataset is loaded once; databases of the same tables are copied from it."""

from __future__ import annotations

import polars as pl
import psycopg
import pytest

from optimizer.engines.postgres.database import PostgresDatabase
from optimizer.engines.postgres.databases import ServerDatabases
from optimizer.engines.postgres.loading import load
from optimizer.engines.postgres.loading.templates import LEAST_ROWS
from optimizer.engines.postgres.server import PostgresServer, connect_server
from optimizer.engines.providers.postgres.endpoint import PostgresEndpoint
from optimizer.model.denormalisation import Computed, ExtendedReference
from optimizer.model.index import Index, IndexKey
from optimizer.model.names import TableName
from optimizer.model.query import SourceText
from optimizer.model.structure import Structure
from optimizer.model.tables import Fillfactor, Toast
from tests.conftest import WriteDataset, workload_of
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
LABELLED = "SELECT datname FROM pg_database WHERE datname LIKE %s ORDER BY 1"
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


def test_a_copy_took_what_its_load_took(large: Scene) -> None:
    loaded, copied = (large.created().load(large.dataset, quiet) for _ in range(2))
    assert loaded.seconds <= copied.seconds < loaded.seconds + 1
    built = large.created(*STRUCTURES).load(large.dataset, quiet, anew=False)
    assert built.seconds > loaded.seconds


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


def test_rows_lie_as_they_would_after_a_load(large: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    filled = Fillfactor(POSTS, 70)
    plain, loaded = _pages(_made(large)), _pages(_made(large, filled))
    loads = _loads(monkeypatch)
    copied = _made(large, filled, anew=False)
    assert loads == []
    assert _pages(copied) == loaded > plain
    assert catalog(conninfo(copied)) == catalog(conninfo(_made(large, filled)))


def test_the_next_copy_is_made_while_indexes_are_built(
    large: Scene, server: PostgresEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    _made(large).build([BY_AUTHOR], quiet)
    assert _named(server, "spare") == 0
    first = _made(large, *STRUCTURES, anew=False)
    before = catalog(conninfo(first))
    first.build([BY_AUTHOR], quiet)
    assert _named(server, "spare") == 1
    run(first, "DELETE FROM posts")
    monkeypatch.setattr(ServerDatabases, "copy", None)
    second = _made(large, *STRUCTURES, anew=False)
    assert (_named(server, "spare"), _named(server, "aside")) == (0, 1)
    assert catalog(conninfo(second)) == before
    assert second.rows(POSTS).height == LEAST_ROWS
    monkeypatch.undo()
    second.build([], quiet)
    assert (_named(server, "spare"), _named(server, "aside")) == (1, 0)
    first.drop()
    second.drop()


def _pages(database: PostgresDatabase) -> int:
    with psycopg.connect(conninfo(database)) as connection:
        row = connection.execute("SELECT pg_relation_size('posts') / 8192").fetchone()
        return int((row or [0])[0])


def _named(server: PostgresEndpoint, label: str) -> int:
    """How many databases have a label."""
    with psycopg.connect(server.conninfo) as connection:
        return len(connection.execute(LABELLED, [f"optimizer%{label}"]).fetchall())


@pytest.mark.parametrize(
    ("structures", "anew"),
    [(STRUCTURES, True), ((Toast(POSTS, "title", 128),), False)],
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


def test_tables_of_another_text_are_no_template(large: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the same workload, whose own text has keys."""
    text = DDL.replace(" PRIMARY KEY", "").replace(" REFERENCES authors", "")
    bare = large.server.read(workload_of(SourceText(DDL, "schema.sql")), "bare", SourceText(text, "bare.sql"))
    bare.load(large.dataset, quiet)
    loads = _loads(monkeypatch)
    assert loads == [_made(large).name]


def test_nothing_is_left(server: PostgresEndpoint, dataset: WriteDataset) -> None:
    with psycopg.connect(server.conninfo, autocommit=True) as connection:
        before = connection.execute(LABELLED, ["optimizer%"]).fetchall()
        with connect_server(server) as opened:
            large = _scene(opened, dataset, DDL)
            for _ in range(3):
                _made(large).build([], quiet)
            for label in ("template", "spare"):
                assert len(connection.execute(LABELLED, [f"optimizer%{label}"]).fetchall()) == 1
        assert connection.execute(LABELLED, ["optimizer%"]).fetchall() == before
