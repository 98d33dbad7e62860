"""A small database, made with structures and without: what they are compared by."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any

import polars as pl
import psycopg

from optimizer.dataset.dataset import Dataset
from optimizer.engines.postgres.database import PostgresDatabase
from optimizer.engines.postgres.layout import TableLayout
from optimizer.engines.postgres.loading.adding import add_structures
from optimizer.engines.postgres.loading.maintenance import open_connection
from optimizer.engines.postgres.server import PostgresServer
from optimizer.engines.postgres.structures.realisation import Conversion
from optimizer.equivalence import Order, Verdict, compare
from optimizer.model.design import Design
from optimizer.model.index import Index
from optimizer.model.query import Binding, Query, SourceText, Target
from optimizer.model.schema import Schema
from optimizer.model.structure import Structure
from tests.conftest import WriteDataset, workload_of

CLIENTS = 4

Writer = Callable[[psycopg.Cursor[Any], random.Random], None]
"""One write of a client, in a transaction of its own."""


def quiet(what: str, fraction: float) -> None:
    """No progress is shown."""


@dataclass(frozen=True)
class Scene:
    """A schema and its rows on a server."""

    server: PostgresServer
    ddl: str
    schema: Schema
    dataset: Dataset
    role: str | None = None

    def made(self, *structures: Structure) -> PostgresDatabase:
        """A loaded database made by the design's own DDL."""
        database = self.created(*structures)
        database.load(self.dataset, quiet)
        return database

    def applied(self, *structures: Structure) -> PostgresDatabase:
        """A loaded database without structures, to which they were then added."""
        database = self.made()
        with open_connection(conninfo(database)) as connection:
            add_structures(connection, conninfo(database), self.layout(*structures).realised, quiet)
        return database

    def undone(self, database: PostgresDatabase, *structures: Structure) -> None:
        """Take the structures away again."""
        for _, realisation in reversed(self.layout(*structures).realised):
            run(database, *realisation.undo)
            convert(database, realisation.revert)

    def layout(self, *structures: Structure) -> TableLayout:
        """The tables of a design."""
        return TableLayout(self.schema, frozenset(structures))

    def statements(self, part: str, *structures: Structure) -> list[str]:
        """The statements of one part (`define`, `fill`, ...) of the structures."""
        return [one for _, made in self.layout(*structures).realised for one in getattr(made, part)]

    def rewritten(self, sql: str, *structures: Structure, staleness_s: float | None = None) -> str:
        """The statement as it is written for the structures."""
        return self.layout(*structures).query(query_of(sql, staleness_s)).statements[0].text

    def differences(
        self,
        sql: str,
        database: PostgresDatabase,
        bindings: Sequence[Mapping[str, Any]] = ({},),
        staleness_s: float | None = None,
    ) -> list[str]:
        """What the answers to a read differ in from those of the tables without structures.

        Both run on `database`, which was made by this scene and may have been written since.
        """
        query, unordered = query_of(sql, staleness_s), Order(None, False, frozenset())
        opener = database.opener()
        plainly = replace(opener, layout=TableLayout(self.schema))
        found = []
        with closing(opener()) as rewritten, closing(plainly()) as written:
            for values in bindings:
                binding = Binding(tuple(values.items()))
                outcome = compare(written.answer(query, binding), rewritten.answer(query, binding), unordered)
                if outcome.verdict is Verdict.DIFFERENT:
                    found.append(f"{dict(values)}: {outcome.detail}")
        return found

    def created(self, *structures: Structure, indexes: Sequence[Index] = ()) -> PostgresDatabase:
        """An empty database made by the design's own DDL."""
        source = SourceText(self.ddl, "schema.sql")
        design = Design(frozenset(indexes), frozenset(structures))
        return self.server.create(workload_of(source, self.role), "scene", self.schema, design)


def scene(
    server: PostgresServer,
    dataset: WriteDataset,
    ddl: str,
    rows: dict[str, pl.DataFrame | list[pl.DataFrame]],
    role: str | None = None,
) -> Scene:
    """A scene of a DDL text and the rows of its tables."""
    source = SourceText(ddl, "schema.sql")
    empty = server.read(workload_of(source, role), "schema", source)
    schema = empty.schema
    empty.drop()
    return Scene(server, ddl, schema, dataset(rows), role)


def query_of(sql: str, staleness_s: float | None = None) -> Query:
    """A query of one statement."""
    return Query(sql, 1.0, Target(), (SourceText(sql, "query.sql"),), staleness_s=staleness_s)


def conninfo(database: PostgresDatabase) -> str:
    """Where the database is."""
    return database.opener().conninfo


def run(database: PostgresDatabase, *statements: str) -> None:
    """Run statements one after the other, each by itself."""
    with psycopg.connect(conninfo(database), autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())


def convert(database: PostgresDatabase, conversion: Conversion | None) -> None:
    """Change a table as the database has it, in one transaction."""
    if conversion is None:
        return
    with psycopg.connect(conninfo(database)) as connection:
        for statement in conversion(connection):
            connection.execute(statement.encode())


def crowd(database: PostgresDatabase, writers: Sequence[Writer], writes: int, seed: int = 1) -> int:
    """Mixed writes by concurrent clients, each committed by itself; how many were committed.

    What is refused (a deadlock's victim, a duplicate key, a missing parent) is rolled back.
    """
    counts = [writes // CLIENTS] * CLIENTS

    def client(number: int) -> int:
        draw = random.Random(seed * 1000 + number)
        done = 0
        with psycopg.connect(conninfo(database)) as connection:
            for _ in range(counts[number]):
                try:
                    with connection.transaction(), connection.cursor() as cursor:
                        draw.choice(writers)(cursor, draw)
                    done += 1
                except (psycopg.errors.IntegrityError, psycopg.errors.DeadlockDetected):
                    continue
        return done

    with ThreadPoolExecutor(CLIENTS) as pool:
        return sum(pool.map(client, range(CLIENTS)))
