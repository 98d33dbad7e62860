"""What statements lock, and that what they rely on holds beside others that run at the same time."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from pymongo.collection import Collection
from pymongo.errors import WriteError

from optimizer.design.documents.layout import Layout
from optimizer.engines.mongo import running
from optimizer.engines.mongo.client import Client
from optimizer.engines.mongo.compile.query import compile_query
from optimizer.engines.mongo.compiling import Compiler
from optimizer.engines.mongo.connection import Connection
from optimizer.engines.mongo.database import MongoDatabase
from optimizer.engines.mongo.locks import NO_LOCKS, Locks, lock_field, locks
from optimizer.engines.mongo.program import Fetch, Require, Update
from optimizer.engines.mongo.server import MongoServer
from optimizer.engines.mongo.session import MongoSession
from optimizer.model.denormalisation import Computed, ExtendedReference
from optimizer.model.design import Design
from optimizer.model.documents import Embed, Subset
from optimizer.model.measurement import Status
from optimizer.model.query import Query, SourceText, Target
from optimizer.model.schema import Column, ColumnType, Schema
from optimizer.model.structure import Structure
from optimizer.model.workload import SessionSettings, Workload
from tests.engines.mongo.programs import bind
from tests.engines.mongo.writes_by_hand import DESIGNS
from tests.engines.mongo.writes_schema import SCHEMA

OWNERS, BOXES, THINGS, COVERS, NOTES = (table.name for table in SCHEMA.tables)
KEY = "things_box_id_fkey"
COPY = ExtendedReference(BOXES, OWNERS, "boxes_owner_id_fkey", "owner", ("name",))
AREA = ExtendedReference(THINGS, BOXES, KEY, "box", ("area",))
SUM = Computed(BOXES, THINGS, KEY, "price", "sum", "price")
SIZED = Computed(BOXES, THINGS, KEY, "sized", "count", "size")
EMBED = Embed(THINGS, BOXES, KEY, "things")
FEW = Subset(BOXES, THINGS, KEY, "few", (("id", False),), 1, ("id",))

BEFORE = (
    "INSERT INTO owners (id, name) VALUES (1, 'ann'), (2, 'bob'), (3, 'cy')",
    "INSERT INTO boxes (id, name, owner_id) VALUES (1, 'one', 1), (2, 'two', NULL)",
    "INSERT INTO things (id, box_id, price) VALUES (1, 1, 7)",
)
BOX = "INSERT INTO boxes (id, name, owner_id) VALUES (9, 'nine', 2)"
MOVED = "UPDATE boxes SET owner_id = 2 WHERE id = 2"
THING = "INSERT INTO things (id, box_id, price) VALUES (9, 1, 0)"
SIZELESS = "INSERT INTO things (id, box_id, size) VALUES (9, 2, :size)"
BARE = "INSERT INTO things (id, box_id) VALUES (9, 2)"
MADE = "INSERT INTO things (id, box_id, maker_id) VALUES (9, 1, 3)"
COVER = "INSERT INTO covers (box_id, color) VALUES (2, 'red')"
NOTE = "INSERT INTO notes (box_id, body) VALUES (2, 'n') ON CONFLICT (box_id, body) DO NOTHING"
RENAMED = "UPDATE owners SET name = 'new' WHERE id = 2"
NO_OWNER = "DELETE FROM owners WHERE id = 2"
NO_MAKER = "DELETE FROM owners WHERE id = 3"
NO_BOX = "DELETE FROM boxes WHERE id = 2"
NO_FIRST_BOX = "DELETE FROM boxes WHERE id = 1"
NO_THING = "DELETE FROM things WHERE id = 1"

PAIRS: dict[str, tuple[frozenset[Structure], str, str]] = {
    "a copy made": (frozenset({COPY}), BOX, RENAMED),
    "a copy by an upsert": (frozenset({COPY}), f"{BOX} ON CONFLICT (id) DO NOTHING", RENAMED),
    "a copy of another parent": (frozenset({COPY}), MOVED, RENAMED),
    "a copy of a parent that goes": (frozenset({COPY}), BOX, NO_OWNER),
    "a parent that leaves its children": (frozenset(), BOX, NO_OWNER),
    "another parent": (frozenset(), MOVED, NO_OWNER),
    "a parent that takes its children along": (frozenset(), BARE, NO_BOX),
    "a parent without children": (frozenset(), COVER, NO_BOX),
    "a parent of what may be there": (frozenset(), NOTE, NO_BOX),
    "another parent than the one embedded in": (frozenset({EMBED}), MADE, NO_MAKER),
    "a sum that nothing is added to": (frozenset({SUM}), BARE, NO_BOX),
    "a sum that zero is added to": (frozenset({SUM}), THING, NO_THING),
    "a sum that zero is added to where all goes": (frozenset({SUM}), THING, NO_FIRST_BOX),
    "a count that nothing is added to": (frozenset({SIZED}), BARE, NO_BOX),
    "a count that a parameter adds nothing to": (frozenset({SIZED}), SIZELESS, NO_BOX),
}


@dataclass(frozen=True)
class Pair:
    """Two statements on a database, whose first waits before its commit for the second."""

    database: MongoDatabase
    first: Query
    second: Query

    def run(self, monkeypatch: pytest.MonkeyPatch) -> list[Status]:
        """How the second ended, each time that it was run: again where it met the first."""
        ends: list[Status] = []
        with closing(self.database.session()) as one, closing(self.database.session()) as other:
            commit = running._commit

            def commit_later(connection: Connection) -> None:
                monkeypatch.undo()
                ends.append(other.time(self.second, bind(), keep=True, timeout_ms=100).status)
                commit(connection)

            monkeypatch.setattr(running, "_commit", commit_later)
            assert one.time(self.first, bind(size=None), keep=True).status is Status.OK
            if ends != [Status.OK]:
                ends.append(other.time(self.second, bind(), keep=True).status)
        return ends

    def faults(self) -> list[str]:
        """What doesn't hold."""
        return [*self.database.disagreements(), *_orphans(self.database)]


def _query(sql: str) -> Query:
    return Query(sql, 1.0, Target(), (SourceText(sql, "locks"),))


def _workload(*sql: str, relax: tuple[str, ...] = ()) -> Workload:
    ddl, queries = SourceText("", "locks.sql"), tuple(map(_query, sql))
    return Workload("locks", Path("locks.yaml"), ddl, queries, (), "digest", relax=relax)


@contextmanager
def _pair(mongo: MongoServer, label: str) -> Iterator[Pair]:
    structures, first, second = PAIRS[label]
    database = mongo.create(_workload(first, second), "locks", SCHEMA, Design(structures=structures))
    with ExitStack() as stack:
        stack.callback(database.drop)
        with closing(database.session()) as session:
            for sql in BEFORE:
                assert session.time(_query(sql), bind(), keep=True).status is Status.OK
        yield Pair(database, _query(first), _query(second))


def _orphans(database: MongoDatabase) -> list[str]:
    """The foreign keys whose parents aren't there."""
    frames = {table.name: database.rows(table.name) for table in database.schema.tables}
    found = []
    for table in database.schema.tables:
        for key in table.foreign_keys:
            there = set(frames[key.target][key.referenced[0]])
            lost = set(frames[table.name][key.columns[0]].drop_nulls()) - there
            found += [f"{key.name}: {lost}"] if lost else []
    return found


@pytest.mark.parametrize("label", PAIRS)
def test_what_a_statement_relies_on_holds(
    mongo: MongoServer, label: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second is tried again until its time is over; then it finds what the first has done."""
    with _pair(mongo, label) as pair:
        assert pair.run(monkeypatch)[0] is Status.TIMED_OUT
        assert pair.faults() == []


@pytest.mark.parametrize("label", PAIRS)
def test_it_does_not_without_a_lock(mongo: MongoServer, label: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with _pair(mongo, label) as pair:
        layout = Layout(SCHEMA, PAIRS[label][0])
        pair.database._compile = Compiler(layout, SessionSettings(), frozenset(), NO_LOCKS)
        assert pair.run(monkeypatch) == [Status.OK]
        assert pair.faults() != []


def _locked(sql: str, structures: frozenset[Structure], needed: Locks, schema: Schema = SCHEMA) -> list[str]:
    """The collections that a statement locks."""
    program = compile_query(_query(sql), Layout(schema, structures), locks=needed)
    return [
        one.find.collection
        for statement in program.statements
        for one in statement.operations
        if isinstance(one, Fetch | Require) and one.lock
    ]


@pytest.mark.parametrize(
    ("structures", "sql", "others", "locked"),
    [
        ({COPY}, BOX, (), []),
        ({COPY}, BOX, ("UPDATE owners SET email = 'e' WHERE id = 1",), []),
        ({COPY}, BOX, ("INSERT INTO owners (id, name) VALUES (4, 'd')",), []),
        ({COPY}, BOX, (RENAMED,), ["owners"]),
        ({COPY}, BOX, (NO_OWNER,), ["owners"]),
        ({COPY}, BOX, (f"{BEFORE[0]} ON CONFLICT (id) DO UPDATE SET name = EXCLUDED.name",), ["owners"]),
        ({COPY}, BOX, (f"{BEFORE[0]} ON CONFLICT (id) DO NOTHING",), []),
        ({COPY}, "UPDATE boxes SET name = 'n' WHERE id = 1", (RENAMED,), []),
        ({COPY}, MOVED, (RENAMED,), ["owners"]),
        ({COPY}, "DELETE FROM boxes WHERE id = 1", (RENAMED,), []),
        (set(), BOX, (RENAMED,), []),
        (set(), BOX, (NO_OWNER,), ["owners"]),
        (set(), COVER, (NO_OWNER,), []),
        ({AREA}, BARE, ("UPDATE boxes SET width = 1 WHERE id = 1",), ["boxes"]),
        ({AREA}, BARE, ("UPDATE covers SET layers = 1",), []),
        ({EMBED}, BARE, (NO_BOX,), []),
        ({FEW}, BARE, (NO_BOX,), []),
    ],
)
def test_only_what_other_statements_change_is_locked(
    structures: set[Structure], sql: str, others: tuple[str, ...], locked: list[str]
) -> None:
    needed = locks(_workload(sql, *others), SCHEMA)
    assert _locked(sql, frozenset(structures), needed) == locked


def test_a_parent_that_goes_with_its_own_is_locked() -> None:
    """Boxes are made to go with their owners."""
    boxes = SCHEMA.by_name[BOXES]
    cascading = replace(boxes, foreign_keys=(replace(boxes.foreign_keys[0], on_delete="CASCADE"),))
    schema = replace(SCHEMA, tables=tuple(cascading if t is boxes else t for t in SCHEMA.tables))
    needed = locks(_workload("DELETE FROM owners WHERE id = 1"), schema)
    assert needed.deleted == {OWNERS, BOXES, THINGS}
    assert _locked(COVER, frozenset(), needed, schema) == ["boxes"]


def test_a_column_that_is_set_to_null_has_changed() -> None:
    needed = locks(_workload(NO_OWNER), SCHEMA)
    assert needed.changed == {(BOXES, "owner_id")}


def test_a_key_that_is_given_up_is_not_locked() -> None:
    for relax in ("foreign_keys", "boxes_owner_id_fkey"):
        assert _locked(BOX, frozenset(), locks(_workload(NO_OWNER, relax=(relax,)), SCHEMA)) == []


def test_a_parent_is_locked_once() -> None:
    query = replace(_query(BOX), statements=(*_query(BOX).statements, *_query(MOVED).statements))
    needed = locks(_workload(NO_OWNER), SCHEMA)
    program = compile_query(query, Layout(SCHEMA, frozenset({COPY})), locks=needed)
    every = [one for statement in program.statements for one in statement.operations]
    assert len([one for one in every if isinstance(one, Fetch | Require) and one.lock]) == 1


def test_a_count_of_rows_is_lock_enough() -> None:
    count = Computed(BOXES, THINGS, KEY, "n", "count")
    needed = locks(_workload(BARE, NO_BOX), SCHEMA)
    program = compile_query(_query(BARE), Layout(SCHEMA, frozenset({count})), locks=needed)
    [update] = [one for one in program.statements[0].operations if isinstance(one, Update)]
    assert update.update == {"$inc": {"n": 1}}


def _with_column(name: str) -> Schema:
    owners = SCHEMA.by_name[OWNERS]
    more = replace(owners, columns=(*owners.columns, Column(name, ColumnType("integer", "int4"))))
    return replace(SCHEMA, tables=tuple(more if t is owners else t for t in SCHEMA.tables))


def test_the_field_is_nobody_elses() -> None:
    assert lock_field(Layout(SCHEMA), OWNERS) == "_lock"
    assert lock_field(Layout(_with_column("_lock")), OWNERS) == "_lock_"
    count = Computed(OWNERS, BOXES, "boxes_owner_id_fkey", "_lock", "count")
    assert lock_field(Layout(SCHEMA, frozenset({count})), OWNERS) == "_lock_"
    assert lock_field(Layout(_with_column("_lock"), frozenset({EMBED})), THINGS) == "_lock"


@pytest.mark.parametrize("label", DESIGNS)
def test_collections_take_the_field_only_where_it_is_written(
    mongo: MongoServer, mongo_client: Client, label: str
) -> None:
    design = Design(structures=DESIGNS[label])
    for other, taken in {NO_OWNER: True, "UPDATE owners SET email = NULL WHERE id = 1": False}.items():
        database = mongo.create(_workload(BEFORE[0], BOX, other), "locks", SCHEMA, design)
        with closing(database.session()) as session:
            session.time(_query(BEFORE[0]), bind(), keep=True)
        owners = mongo_client[database.name].owners
        assert _takes(owners, {"$inc": {"_lock": 1}}) is taken
        assert not _takes(owners, {"$set": {"_lock": "x"}})


def _takes(collection: Collection[dict[str, Any]], change: dict[str, Any]) -> bool:
    try:
        collection.update_one({"_id": 1}, change)
    except WriteError:
        return False
    return True


def test_a_lock_is_seen_nowhere(mongo: MongoServer, mongo_client: Client) -> None:
    design = Design(structures=frozenset({COPY}))
    database = mongo.create(_workload(*BEFORE, NO_OWNER), "locks", SCHEMA, design)
    box = _query(BEFORE[1])

    def seen(session: MongoSession) -> tuple[object, ...]:
        owners = _query("SELECT * FROM owners ORDER BY id")
        digest = database.fingerprint_rows()[OWNERS]
        return digest, session.answer(owners, bind()), session.plan(box, bind()), _sample(database)["owners"]

    def locked() -> int:
        return mongo_client[database.name].owners.count_documents({"_lock": 1})

    with closing(database.session()) as session:
        session.time(_query(BEFORE[0]), bind(), keep=True)
        before = seen(session)
        assert locked() == 0, "a plan is only asked for"
        assert session.time(box, bind(), keep=True).status is Status.OK
        assert locked() == 1
        assert seen(session) == before


def _sample(database: MongoDatabase) -> dict[str, Any]:
    sample: dict[str, Any] = json.loads(database.samples()["documents.json"])
    return sample
