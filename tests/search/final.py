"""The finals of a small workload on a real server, and finalists with faults planted in them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

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
from optimizer.preparation import prepare
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


SLOW = """
CREATE FUNCTION {0}_slowly() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  PERFORM pg_sleep(0.02);
  RETURN NEW;
END $$;
CREATE TRIGGER {0}_slowly BEFORE INSERT OR UPDATE ON {1} FOR EACH ROW EXECUTE FUNCTION {0}_slowly();
"""
"""Makes writes to a table slow, under a name."""


def with_structures(*structures: Structure) -> Design:
    """A design without indexes."""
    return Design(structures=frozenset(structures))


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
        finalist = build_until(self.cleanup, self.stage, label, with_structures(*structures))
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
