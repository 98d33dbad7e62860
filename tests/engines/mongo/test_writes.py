"""Writes one after the other: the same answers and the same rows as PostgreSQL's, in every design."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from optimizer.dataset.dataset import Dataset, TableRows
from optimizer.design.documents.layout import Layout
from optimizer.engines.mongo.client import Client
from optimizer.engines.mongo.compile.errors import NotCompiled
from optimizer.engines.mongo.compile.query import compile_query
from optimizer.engines.mongo.program import Insert, Require, Update
from optimizer.engines.mongo.server import connect_server
from optimizer.engines.postgres.server import connect_server as connect_postgres
from optimizer.engines.providers.endpoint import Endpoint
from optimizer.engines.providers.mongo.endpoint import MongoEndpoint
from optimizer.model.design import Design
from optimizer.model.documents import TimeSeries
from optimizer.model.measurement import Status
from optimizer.model.names import TableName
from optimizer.model.query import Binding, Query, SourceText, Target
from optimizer.model.workload import Workload
from optimizer.search.finals.row_difference import difference
from tests.engines.mongo.derived import disagreements
from tests.engines.mongo.writes_by_hand import DDL, DESIGNS, NOT_COMPILED, STEPS, Step
from tests.engines.mongo.writes_schema import SCHEMA


class Stage:
    """The same empty tables on PostgreSQL and in each design."""

    def __init__(self, postgres: Any, mongo: Any, client: Client, folder: Path, stack: ExitStack) -> None:
        ddl, queries = SourceText(DDL, "writes.sql"), tuple(map(query_of, STEPS, range(len(STEPS))))
        workload = Workload("writes", Path("writes.yaml"), ddl, queries, (), "digest")
        self.origin = postgres.read(workload, "writes", workload.ddl)
        self.schema = replace(SCHEMA, unique_indexes=self.origin.schema.unique_indexes)
        self.client = client
        tables = [self.origin.rows(table.name) for table in self.schema.tables]
        empty = Dataset("empty", tuple(map(_written, [folder] * 99, self.schema.tables, tables)))
        self.databases = {}
        for label, structures in DESIGNS.items():
            self.databases[label] = mongo.create(
                workload, "writes", self.schema, Design(structures=structures)
            )
            self.databases[label].load(empty, lambda *_: None)
        self.reference = self.origin.session()
        self.sessions = {label: database.session() for label, database in self.databases.items()}
        for session in (self.reference, *self.sessions.values()):
            stack.callback(session.close)

    def layout(self, label: str) -> Layout:
        return Layout(self.schema, DESIGNS[label])

    def labels(self, query: Query) -> list[str]:
        """The designs for which the query has a translation."""
        return [label for label in DESIGNS if self._has(query, label)]

    def _has(self, query: Query, label: str) -> bool:
        try:
            compile_query(query, self.layout(label))
        except NotCompiled:
            return False
        return True

    def differences(self) -> list[str]:
        """A line for each table whose rows differ, and for each copy and total that the rows don't give."""
        frames = {table.name: self.origin.rows(table.name) for table in self.schema.tables}
        rows = {name: frame.to_dicts() for name, frame in frames.items()}
        found = []
        for label, database in self.databases.items():
            for table in self.schema.tables:
                detail = difference(frames[table.name], database.rows(table.name), table)
                found += [f"{label}, {table.name}: {detail}"] if detail else []
            found += disagreements(self.client[database.name], self.layout(label), rows)
        return found


@pytest.fixture(scope="module")
def stage(
    server: Endpoint, mongo_endpoint: MongoEndpoint, mongo_client: Client, tmp_path_factory: Any
) -> Iterator[Stage]:
    with ExitStack() as stack:
        postgres = stack.enter_context(connect_postgres(server))
        mongo = stack.enter_context(connect_server(mongo_endpoint))
        yield Stage(postgres, mongo, mongo_client, tmp_path_factory.mktemp("writes"), stack)


def test_writes_in_order(stage: Stage) -> None:
    """Each step is answered, compared, and kept where it isn't refused."""
    for number, step in enumerate(STEPS):
        query, binding = query_of(step, number), Binding(tuple(step.values.items()))
        assert set(DESIGNS) - set(stage.labels(query)) == set(step.gaps), step
        expected = stage.reference.answer(query, binding)
        assert expected.error == step.error, (step, expected)
        if step.gaps:
            continue
        for label, session in stage.sessions.items():
            answer = session.answer(query, binding)
            assert answer.error == expected.error, (label, step)
            assert [*map(plain, answer.rows)] == [*map(plain, expected.rows)], (label, step)
        if not step.error:
            for session in (stage.reference, *stage.sessions.values()):
                assert session.time(query, binding, keep=True).status is Status.OK, step
            assert stage.differences() == [], step


def test_schema_is_what_the_ddl_says(stage: Stage) -> None:
    """But for a generated column's expression, which is told here."""
    for table in stage.origin.schema.tables:
        known = SCHEMA.by_name[table.name]
        assert (table.keys, table.foreign_keys) == (known.keys, known.foreign_keys)
        for told, column in zip(known.columns, table.columns, strict=True):
            assert replace(told, default=None) == replace(column, default=None)
            assert told.generated or told.default == column.default


def test_one_document_is_one_write(stage: Stage) -> None:
    """A row and its embedded rows go into one insert, which needs no transaction where nothing is guarded."""
    query = query_of(
        Step(
            "INSERT INTO boxes (id, name) VALUES (:id, 'b')",
            "INSERT INTO things (id, box_id, size) VALUES (:a, :id, 1)",
            "INSERT INTO things (id, box_id, size) VALUES (:b, :id, 2)",
        ),
        0,
    )
    program = compile_query(query, stage.layout("embedded"))
    operations = [one for statement in program.statements for one in statement.operations]
    [inserted] = operations
    assert isinstance(inserted, Insert)
    assert len(inserted.documents[0]["things"]) == 2
    assert not program.transaction


def test_a_time_series_asks_for_parents_first(stage: Stage) -> None:
    """It can't be taken back: there is no transaction around it."""
    layout = Layout(stage.schema, frozenset({TimeSeries(TableName("public", "things"), "at", ("box_id",))}))
    sql = "INSERT INTO things (id, box_id, maker_id) VALUES (:id, :box, :maker)"
    [statement] = compile_query(query_of(Step(sql), 0), layout).statements
    *guards, inserted = statement.operations
    assert [type(one) for one in guards] == [Require, Require]
    assert isinstance(inserted, Insert)
    assert "box_id" in inserted.documents[0]["meta"]


def test_relaxed_keys_are_not_guarded(stage: Stage) -> None:
    query = query_of(Step("INSERT INTO things (id, box_id, size) VALUES (:a, :id, 1)"), 0)
    for relax in ({"foreign_keys"}, {"things_box_id_fkey"}):
        program = compile_query(query, stage.layout("reference"), relax=frozenset(relax))
        assert not any(isinstance(o, Require) for s in program.statements for o in s.operations)
        assert not program.transaction


def test_rows_of_many_documents_need_a_transaction(stage: Stage) -> None:
    for sql, transaction in {
        "UPDATE boxes SET name = 'x' WHERE id = :id": False,
        "UPDATE boxes SET name = 'x' WHERE name = :name": True,
        "UPDATE things SET size = size + 1 WHERE id = :id": False,
        "INSERT INTO things (id, box_id, size) VALUES (:id, :box, 1)": False,
        "INSERT INTO covers (box_id, color) VALUES (:box, 'red') ON CONFLICT (box_id) DO NOTHING": False,
        "INSERT INTO things (id, box_id) VALUES (:id, :box), (:other, :box)": True,
    }.items():
        program = compile_query(query_of(Step(sql), 0), stage.layout("embedded"))
        assert program.transaction is transaction, sql
        assert all(isinstance(o, Update) for s in program.statements for o in s.operations)


@pytest.mark.parametrize("sql", NOT_COMPILED)
def test_without_a_translation(stage: Stage, sql: str) -> None:
    with pytest.raises(NotCompiled, match="write the statement otherwise"):
        compile_query(query_of(Step(sql), 0), stage.layout("reference"))


def query_of(step: Step, number: int) -> Query:
    return Query(f"step {number}", 1.0, Target(), tuple(SourceText(text, "writes") for text in step.sql))


def plain(row: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(str(value) if value is not None else None for value in row)


def _written(folder: Path, table: Any, frame: pl.DataFrame) -> TableRows:
    path = folder / f"{table.name.name}.parquet"
    frame.write_parquet(path)
    return TableRows(table.name, 0, tuple(frame.columns), (path,))
