"""A design whose structures don't hold under concurrent writes loses, with the reason."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest

from optimizer.engines import REFERENCE
from optimizer.engines.base import Database
from optimizer.engines.postgres.database import PostgresDatabase
from optimizer.engines.postgres.server import PostgresServer
from optimizer.model.denormalisation import ExtendedReference
from optimizer.model.design import Design
from optimizer.model.names import TableName
from optimizer.model.structure import Structure
from optimizer.model.tables import MaterializedView
from optimizer.preparation import prepare
from optimizer.search.finals.agreement import agree_inside
from optimizer.search.finals.champion import find_champion
from optimizer.search.finals.soundness import faults
from optimizer.search.finals.staging import Finalist, Stage, build_until
from optimizer.search.inputs import Inputs
from optimizer.watch import Clock, Watcher
from optimizer.workload.read import read

WORKLOAD = """
version: 1
name: sound
schema: |
  CREATE TABLE authors (id int PRIMARY KEY, name text NOT NULL, posts int NOT NULL);
  CREATE TABLE posts (id int PRIMARY KEY, author_id int NOT NULL REFERENCES authors, title text NOT NULL);
volumes: {authors: 20, posts: 400}
queries:
  - name: page
    weight: 9
    sql: SELECT p.title, a.name FROM posts p JOIN authors a ON a.id = p.author_id WHERE p.id = :id
  - {name: rename, weight: 1, sql: "UPDATE authors SET name = left(name, 9) || random() WHERE id = :id"}
  - {name: post, weight: 1, sql: "INSERT INTO posts VALUES (:id, :author_id, :title)"}
"""
COPY = ExtendedReference(
    TableName("public", "posts"),
    TableName("public", "authors"),
    "posts_author_id_fkey",
    "author",
    ("name",),
)
WITHOUT_TRIGGER = "DROP TRIGGER authors_to_posts_author ON authors"
IN_ANY_ORDER = """
CREATE FUNCTION authors_in_any_order() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  IF random() < 0.5 THEN
    UPDATE public.authors SET posts = posts + 1 WHERE id = 1;
    PERFORM pg_sleep(0.02);
    UPDATE public.authors SET posts = posts + 1 WHERE id = 2;
  ELSE
    UPDATE public.authors SET posts = posts + 1 WHERE id = 2;
    PERFORM pg_sleep(0.02);
    UPDATE public.authors SET posts = posts + 1 WHERE id = 1;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER authors_in_any_order AFTER INSERT ON posts
FOR EACH ROW EXECUTE FUNCTION authors_in_any_order();
"""


def execute(database: Database, sql: str) -> None:
    """Run SQL on a finalist's database, past everything that keeps it right."""
    assert isinstance(database, PostgresDatabase)
    with psycopg.connect(database.opener().conninfo, autocommit=True) as connection:
        connection.execute(sql.encode())


@dataclass(frozen=True)
class Final:
    """The finals of the workload, on the run's server."""

    stage: Stage
    inputs: Inputs
    cleanup: ExitStack

    def built(self, label: str, *structures: Structure, fault: str = "") -> Finalist:
        """A finalist with a fault planted in its database."""
        finalist = build_until(self.cleanup, self.stage, label, Design(structures=frozenset(structures)))
        execute(finalist.database, fault)
        return finalist

    def faults(self, finalist: Finalist) -> tuple[str, ...]:
        return faults(self.stage, finalist, finalist.design, self.inputs.sets, 1)


@pytest.fixture
def final(postgres: PostgresServer, tmp_path: Path) -> Iterator[Final]:
    path = tmp_path / "sound.yaml"
    path.write_text(WORKLOAD)
    workload, watch, clock = read(path), Watcher(), Clock(600.0)
    inputs = prepare(workload, (REFERENCE, postgres), [], tmp_path, watch, clock)
    stage = Stage(REFERENCE, postgres, workload, inputs.schema, inputs.dataset, {}, watch, clock)
    with ExitStack() as cleanup:
        yield Final(stage, inputs, cleanup)


def test_structures_that_hold_have_no_faults(final: Final) -> None:
    finalist = final.built("right", COPY)
    assert final.faults(finalist) == ()
    rows = finalist.database.rows(TableName("public", "posts"))
    assert rows.height > 400, "the writes were committed"


def test_what_is_not_kept_is_told(final: Final) -> None:
    found = final.faults(final.built("wrong", COPY, fault=WITHOUT_TRIGGER))
    assert found[0].startswith(COPY.definition)
    assert "instead of" in found[0]


def test_deadlocks_are_told(final: Final) -> None:
    found = final.faults(final.built("slow", COPY, fault=IN_ANY_ORDER))
    assert any("concurrent writes ended in a deadlock" in line for line in found)


@pytest.mark.parametrize(("staleness_s", "late"), [(0.0, True), (3600.0, False)])
def test_a_refresh_that_takes_too_long_is_told(final: Final, staleness_s: float, late: bool) -> None:
    sql = "SELECT author_id, count(*) AS posts FROM posts GROUP BY author_id"
    view = MaterializedView(
        TableName("public", "posts"), TableName("public", "by_author"), sql, ("author_id",), staleness_s
    )
    found = final.faults(final.built("stale", view))
    assert [line.partition(": ")[2].partition(" takes")[0] for line in found] == (
        ["a refresh of by_author"] if late else []
    )


def test_without_structures_nothing_is_run(final: Final) -> None:
    finalist = final.built("plain")
    assert final.faults(finalist) == ()
    assert finalist.database.rows(TableName("public", "posts")).height == 400


def test_the_next_design_wins_where_the_best_one_has_faults(
    final: Final, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = final.stage.server.create

    def faulty(*arguments: Any) -> Database:
        database = made(*arguments)
        if database.schema.by_name[COPY.table].by_name.get("author_name"):
            with psycopg.connect(database.opener().conninfo, autocommit=True) as connection:  # type: ignore[attr-defined]  # PostgreSQL's opener has it
                connection.execute(WITHOUT_TRIGGER.encode())
        return database

    monkeypatch.setattr(final.stage.server, "create", faulty)
    baseline = final.built("baseline")
    shortlist = [Design(structures=frozenset({COPY})), Design()]
    champion = find_champion(final.stage, [baseline], shortlist, final.inputs.sets, 1)
    assert champion.design == Design()


def test_the_rows_of_the_winner_are_looked_at_once_more(final: Final) -> None:
    broken = final.built("other", COPY)
    execute(broken.database, "ALTER TABLE posts DISABLE TRIGGER USER; UPDATE posts SET author_name = 'wrong'")
    result = agree_inside([final.built("fine", COPY), final.built("plain"), broken])
    assert (result.compared, result.wrong) == (2, {"other"})
