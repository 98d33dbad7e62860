"""A document design whose copies, totals or subsets don't hold under concurrent writes loses the finals."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from typing import Any

import pytest
from pymongo.database import Database as Collections

from optimizer.design.documents.layout import Layout
from optimizer.engines import REFERENCE
from optimizer.engines.base import Database
from optimizer.engines.mongo import running
from optimizer.engines.mongo.client import Client
from optimizer.engines.mongo.compiling import Compiler
from optimizer.engines.mongo.database import MongoDatabase
from optimizer.engines.mongo.engine import MongoEngine
from optimizer.engines.mongo.loading.keeping import DISAGREEMENTS
from optimizer.engines.mongo.locks import NO_LOCKS
from optimizer.engines.mongo.program import Fetch
from optimizer.engines.mongo.running import Documents, fetched
from optimizer.engines.mongo.server import connect_server
from optimizer.engines.postgres.server import connect_server as connect_postgres
from optimizer.engines.providers.endpoint import Endpoint
from optimizer.engines.providers.mongo.endpoint import MongoEndpoint
from optimizer.model.denormalisation import Computed, ExtendedReference
from optimizer.model.design import Design
from optimizer.model.documents import Embed, Subset
from optimizer.model.measurement import Status
from optimizer.model.names import TableName
from optimizer.model.query import Query
from optimizer.model.structure import Structure
from optimizer.preparation import prepare
from optimizer.search.finals.agreement import agree_inside
from optimizer.search.finals.bindings import Sets
from optimizer.search.finals.champion import find_champion
from optimizer.search.finals.soundness import faults
from optimizer.search.finals.staging import Finalist, Stage, build_until
from optimizer.watch import Clock, Watcher
from optimizer.workload.read import read
from tests.queries_by_hand import bind

WORKLOAD = """
version: 1
name: sound
schema: |
  CREATE TABLE authors (id int PRIMARY KEY, name text NOT NULL);
  CREATE TABLE posts (id int PRIMARY KEY, author_id int NOT NULL REFERENCES authors, title text NOT NULL);
volumes: {authors: 20, posts: 400}
queries:
  - name: page
    weight: 9
    sql: SELECT p.title, a.name FROM posts p JOIN authors a ON a.id = p.author_id WHERE p.id = :id
  - {name: rename, weight: 1, sql: "UPDATE authors SET name = name || '.' WHERE id = :id"}
  - {name: post, weight: 1, sql: "INSERT INTO posts VALUES (:id, :author_id, :title)"}
  - {name: unpost, weight: 1, sql: "DELETE FROM posts WHERE id = :id"}
"""
AUTHORS, POSTS = TableName("public", "authors"), TableName("public", "posts")
KEY = "posts_author_id_fkey"
COPY = ExtendedReference(POSTS, AUTHORS, KEY, "author", ("name",))
COUNT = Computed(AUTHORS, POSTS, KEY, "post_count", "count")
NEWEST = Subset(AUTHORS, POSTS, KEY, "newest", (("id", True),), 3, ("id", "title"))
EMBED = Embed(POSTS, AUTHORS, KEY, "posts")

Fault = Callable[[Collections[dict[str, Any]]], object]


@dataclass(frozen=True)
class Final:
    """The finals of the workload on the run's server."""

    stage: Stage
    sets: Sets
    cleanup: ExitStack

    def built(self, label: str, *structures: Structure) -> Finalist:
        return build_until(self.cleanup, self.stage, label, Design(structures=frozenset(structures)))

    def faults(self, finalist: Finalist) -> tuple[str, ...]:
        """What is found after the concurrent writes."""
        return faults(self.stage, finalist, finalist.design, self.sets, 1)

    def query(self, name: str) -> Query:
        return next(query for query in self.stage.workload.queries if query.name == name)


@pytest.fixture(scope="module")
def prepared(
    server: Endpoint, mongo_endpoint: MongoEndpoint, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Stage, Sets]]:
    folder = tmp_path_factory.mktemp("sound")
    path = folder / "sound.yaml"
    path.write_text(WORKLOAD)
    workload, watch, clock = read(path), Watcher(), Clock(600.0)
    with connect_postgres(server) as postgres, connect_server(mongo_endpoint) as mongo:
        inputs = prepare(workload, (REFERENCE, postgres), [], folder, watch, clock)
        stage = Stage(MongoEngine(), mongo, workload, inputs.schema, inputs.dataset, {}, watch, clock)
        yield stage, inputs.sets


@pytest.fixture
def final(prepared: tuple[Stage, Sets]) -> Iterator[Final]:
    with ExitStack() as cleanup:
        yield Final(*prepared, cleanup)


def _neglect(final: Final, database: Database) -> None:
    """Let the database's statements write the rows alone, as if it had no structures."""
    assert isinstance(database, MongoDatabase)
    settings = final.stage.workload.session
    database._compile = Compiler(Layout(database.schema), settings, frozenset(), NO_LOCKS)


@pytest.mark.parametrize(
    "structures", [(COPY,), (COUNT, NEWEST), (EMBED,)], ids=["copy", "totals", "embedded"]
)
def test_structures_that_hold_have_no_faults(final: Final, structures: tuple[Structure, ...]) -> None:
    finalist = final.built("right", *structures)
    before = finalist.database.fingerprint_rows()
    assert final.faults(finalist) == ()
    after = finalist.database.fingerprint_rows()
    assert all(after[table] != before[table] for table in (AUTHORS, POSTS)), "the writes were committed"


def test_a_copy_that_is_made_while_its_parent_changes(final: Final, monkeypatch: pytest.MonkeyPatch) -> None:
    finalist = final.built("copy", COPY)
    post, rename = final.query("post"), final.query("rename")
    binding = final.sets.fresh["post"][0]
    renamed = bind(id=dict(binding.values)["author_id"])
    with closing(finalist.database.session()) as other:

        def rename_meanwhile(operation: Fetch, found: Documents) -> dict[str, Any]:
            monkeypatch.undo()
            other.time(rename, renamed, keep=True, timeout_ms=500)
            return fetched(operation, found)

        monkeypatch.setattr(running, "fetched", rename_meanwhile)
        assert finalist.session.time(post, binding, keep=True).status is Status.OK
    assert finalist.database.disagreements() == ()


@pytest.mark.parametrize("structure", [COPY, COUNT])
def test_what_the_writes_do_not_keep_is_told(final: Final, structure: Structure) -> None:
    finalist = final.built("wrong", structure)
    _neglect(final, finalist.database)
    found = final.faults(finalist)
    assert 0 < len(found) <= DISAGREEMENTS
    assert all(line.startswith(structure.definition) and "instead of" in line for line in found)


@pytest.mark.parametrize(
    ("structure", "fault", "told"),
    [
        (COPY, lambda db: db.authors.update_one({"_id": 1}, {"$set": {"name": "new"}}), "instead of {'name'"),
        (COUNT, lambda db: db.authors.update_one({"_id": 2}, {"$inc": {"post_count": 1}}), "authors 2 has"),
        (NEWEST, lambda db: db.authors.update_one({"_id": 3}, {"$pop": {"newest": -1}}), "authors 3 has ["),
        (NEWEST, lambda db: db.authors.update_one({"_id": 4}, {"$pop": {"newest": 1}}), "from element 3 on"),
    ],
)
def test_planted_faults_are_found(
    final: Final, mongo_client: Client, structure: Structure, fault: Fault, told: str
) -> None:
    finalist = final.built("faulty", structure)
    assert finalist.database.disagreements() == ()
    fault(mongo_client[finalist.database.name])
    lines = finalist.database.disagreements()
    assert 0 < len(lines) <= DISAGREEMENTS
    assert all(told in line for line in lines)
    assert agree_inside([final.built("fine", COPY), final.built("plain"), finalist]).wrong == {"faulty"}


def test_lines_are_few_and_short(final: Final, mongo_client: Client) -> None:
    finalist = final.built("faulty", COPY)
    mongo_client[finalist.database.name].posts.update_many({}, {"$set": {"author.name": "x" * 10_000}})
    lines = finalist.database.disagreements()
    assert len(lines) == DISAGREEMENTS
    assert max(map(len, lines)) < 1_000


def test_the_next_design_wins_where_the_best_one_has_faults(
    final: Final, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = final.stage.server.create

    def faulty(*arguments: Any) -> Database:
        database = made(*arguments)
        if Design(structures=frozenset({COPY})) in arguments:
            _neglect(final, database)
        return database

    monkeypatch.setattr(final.stage.server, "create", faulty)
    baseline = final.built("baseline")
    shortlist = [Design(structures=frozenset({COPY})), Design()]
    champion = find_champion(final.stage, [baseline], shortlist, final.sets, 1)
    assert champion.design == Design()
