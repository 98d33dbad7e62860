"""Keys of embedded rows: refused as PostgreSQL refuses them, in one write where an index or a filter can."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from optimizer.dataset.dataset import Dataset, TableRows
from optimizer.design.documents.layout import Layout
from optimizer.engines.base import Database, Session
from optimizer.engines.mongo.compile.query import compile_query
from optimizer.engines.mongo.program import Require, Update
from optimizer.engines.mongo.server import connect_server
from optimizer.engines.postgres.server import connect_server as connect_postgres
from optimizer.engines.providers.endpoint import Endpoint
from optimizer.engines.providers.mongo.endpoint import MongoEndpoint
from optimizer.model.design import Design
from optimizer.model.documents import Embed
from optimizer.model.measurement import Status
from optimizer.model.names import TableName
from optimizer.model.query import Binding, Query, SourceText, Target
from optimizer.model.workload import Workload
from optimizer.search.finals.row_difference import difference

DDL = """
CREATE TABLE boxes (id int PRIMARY KEY, kind int NOT NULL, UNIQUE (id, kind));
CREATE TABLE parts (
  id int PRIMARY KEY, box_id int NOT NULL REFERENCES boxes(id), slot int NOT NULL, serial text UNIQUE,
  a int NOT NULL, b int NOT NULL, UNIQUE (box_id, slot), UNIQUE (a, b)
);
CREATE TABLE marks (
  box_id int NOT NULL, kind int NOT NULL, rank int NOT NULL, n int,
  PRIMARY KEY (kind, rank), FOREIGN KEY (box_id, kind) REFERENCES boxes(id, kind)
);
CREATE TABLE covers (box_id int PRIMARY KEY REFERENCES boxes(id), code text UNIQUE, n int NOT NULL);
"""
_T = {name: TableName("public", name) for name in ("boxes", "parts", "marks", "covers")}
STRUCTURES = frozenset(
    {
        Embed(_T["parts"], _T["boxes"], "parts_box_id_fkey", "parts"),
        Embed(_T["marks"], _T["boxes"], "marks_box_id_kind_fkey", "marks"),
        Embed(_T["covers"], _T["boxes"], "covers_box_id_fkey", "cover", many=False),
    }
)
PART = "INSERT INTO parts (id, box_id, slot, serial, a, b) VALUES (:id, :box, :slot, :serial, :a, :b)"
MARK = "INSERT INTO marks (box_id, kind, rank) VALUES (:box, :kind, :rank)"
COVER = "INSERT INTO covers (box_id, code, n) VALUES (:box, :code, 1)"
SLOT = f"{PART} ON CONFLICT (box_id, slot) DO UPDATE SET serial = EXCLUDED.serial"
DUPLICATE, MISSING, NULL = "duplicate key", "missing parent", "null in a required column"


def part(id: int, box: int | None, slot: int, serial: str | None, a: int, b: int) -> dict[str, object]:
    return {"id": id, "box": box, "slot": slot, "serial": serial, "a": a, "b": b}


STEPS: tuple[tuple[str, dict[str, object], str], ...] = (
    ("INSERT INTO boxes VALUES (1, 1), (2, 1), (3, 2)", {}, ""),
    (PART, part(1, 1, 1, "x", 1, 1), ""),
    (PART, part(2, 1, 2, None, 1, 2), ""),
    (PART, part(3, 1, 3, None, 2, 1), ""),
    (PART, part(4, 2, 1, None, 2, 2), ""),
    (PART, part(1, 1, 9, None, 9, 9), DUPLICATE),
    (PART, part(1, 2, 9, None, 9, 9), DUPLICATE),
    (PART, part(1, 9, 9, None, 9, 9), DUPLICATE),
    (PART, part(9, 9, 9, None, 9, 9), MISSING),
    (PART, part(9, 9, 1, None, 9, 9), MISSING),
    (PART, part(9, None, 9, None, 9, 9), NULL),
    (PART, part(1, None, 9, None, 9, 9), NULL),
    (PART, part(9, 1, 3, None, 9, 9), DUPLICATE),
    (PART, part(9, 1, 9, "x", 9, 9), DUPLICATE),
    (PART, part(9, 2, 9, "x", 9, 9), DUPLICATE),
    (PART, part(9, 1, 9, None, 1, 2), DUPLICATE),
    (PART, part(9, 2, 9, None, 1, 2), DUPLICATE),
    (PART, part(9, 9, 9, None, 1, 2), DUPLICATE),
    (PART, part(5, 2, 2, "y", 3, 1), ""),
    (MARK, {"box": 1, "kind": 1, "rank": 1}, ""),
    (MARK, {"box": 1, "kind": 1, "rank": 1}, DUPLICATE),
    (MARK, {"box": 2, "kind": 1, "rank": 1}, DUPLICATE),
    (MARK, {"box": 3, "kind": 1, "rank": 1}, DUPLICATE),
    (MARK, {"box": 3, "kind": 1, "rank": 2}, MISSING),
    (MARK, {"box": 3, "kind": None, "rank": 2}, NULL),
    (MARK, {"box": 3, "kind": 2, "rank": 1}, ""),
    (COVER, {"box": 1, "code": "c"}, ""),
    (COVER, {"box": 1, "code": "d"}, DUPLICATE),
    (COVER, {"box": 2, "code": "c"}, DUPLICATE),
    (COVER, {"box": 9, "code": "c"}, DUPLICATE),
    (COVER, {"box": 9, "code": "d"}, MISSING),
    (COVER, {"box": None, "code": "d"}, NULL),
    (COVER, {"box": 2, "code": None}, ""),
    (COVER, {"box": 3, "code": None}, ""),
    (SLOT, part(10, 1, 1, "z", 10, 10), ""),
    (SLOT, part(1, 2, 7, None, 10, 10), DUPLICATE),
    (SLOT, part(10, 9, 1, None, 10, 10), MISSING),
    (SLOT, part(10, None, 1, None, 10, 10), NULL),
    (SLOT, part(10, 3, 1, "w", 10, 10), ""),
)


@dataclass(frozen=True)
class Both:
    """The same rows in PostgreSQL and embedded in MongoDB."""

    origin: Database
    documents: Database
    reference: Session
    session: Session

    def layout(self) -> Layout:
        return Layout(self.origin.schema, STRUCTURES)


@pytest.fixture(scope="module")
def both(
    server: Endpoint, mongo_endpoint: MongoEndpoint, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Both]:
    workload = Workload("keys", Path("keys.yaml"), SourceText(DDL, "keys.sql"), (), (), "digest")
    with ExitStack() as opened:
        origin = opened.enter_context(connect_postgres(server)).read(workload, "keys", workload.ddl)
        mongo = opened.enter_context(connect_server(mongo_endpoint))
        documents = mongo.create(workload, "keys", origin.schema, Design(structures=STRUCTURES))
        documents.load(_empty(origin, tmp_path_factory.mktemp("keys")), lambda *_: None)
        sessions = [opened.enter_context(closing(one.session())) for one in (origin, documents)]
        yield Both(origin, documents, *sessions)


def test_keys_and_parents_are_refused_alike(both: Both) -> None:
    """In a transaction that is rolled back, and as it is kept: without one, where it needs none."""
    for number, (sql, values, error) in enumerate(STEPS):
        query, binding = _query(sql, number), Binding(tuple(values.items()))
        assert both.reference.answer(query, binding).error == error, (sql, values)
        assert both.session.answer(query, binding).error == error, (sql, values)
        if error:
            kept = both.session.time(query, binding, keep=True)
            assert kept.status is Status.FAILED, (sql, values)
            assert error in kept.error or "E11000" in kept.error, (sql, values, kept)
        else:
            for session in (both.reference, both.session):
                assert session.time(query, binding, keep=True).status is Status.OK, (sql, values)
        assert _differences(both) == [], (sql, values)


@pytest.mark.parametrize(
    ("sql", "asked_before"), [(PART, ["parts.serial"]), (MARK, ["kind", "marks.rank"]), (COVER, [])]
)
def test_only_what_no_index_keeps_is_asked_before(both: Both, sql: str, asked_before: list[str]) -> None:
    program = compile_query(_query(sql, 0), both.layout())
    *guards, written = program.statements[0].operations
    assert [path for one in guards if isinstance(one, Require) for path in one.find.filter] == asked_before
    assert isinstance(written, Update)
    assert written.expect == MISSING
    assert program.transaction is bool(asked_before)


def _differences(both: Both) -> list[str]:
    tables = both.origin.schema.tables
    found = [difference(both.origin.rows(t.name), both.documents.rows(t.name), t) for t in tables]
    return [detail for detail in found if detail]


def _query(sql: str, number: int) -> Query:
    return Query(f"step {number}", 1.0, Target(), (SourceText(sql, "keys"),))


def _empty(origin: Database, folder: Path) -> Dataset:
    made = []
    for table in origin.schema.tables:
        frame, path = origin.rows(table.name), folder / f"{table.name.name}.parquet"
        frame.write_parquet(path)
        made.append(TableRows(table.name, 0, tuple(frame.columns), (path,)))
    return Dataset("empty", tuple(made))
