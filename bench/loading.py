"""Rows per second from the cached dataset into bare tables, beside `psql \\copy` from ready CSV files.

The other side gets all that ours has: as many connections, each table truncated in the transaction that
fills it (so no write-ahead log is written for it), and FREEZE. Beside it stands what a person types: one
psql, one table after another, a plain `\\copy`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

import psycopg

from bench.bare import bare_ddl
from bench.figure import Figure, at_least, number
from bench.interleaved import ratio, take_turns
from bench.programs import run_program
from bench.workbench import Workbench
from optimizer.dataset.dataset import Dataset, TableRows
from optimizer.engines.postgres.database import PostgresDatabase
from optimizer.engines.postgres.loading.load import load
from optimizer.engines.postgres.loading.maintenance import WORKERS, open_connection
from optimizer.model.query import SourceText
from optimizer.queries.quoting import quote_identifier, quote_table

GOAL = at_least(1.0)


def measure(bench: Workbench) -> Iterator[Figure]:
    """Seconds of psql by our seconds, for all rows of shop."""
    prepared = bench.prepared("shop", bench.setting.scale)
    ddl = SourceText(bare_ddl(prepared.schema), "bare tables")
    database = bench.server.read(prepared.workload, "loading", ddl)
    dataset = prepared.dataset
    with TemporaryDirectory(prefix="bench-") as folder:
        row_seconds(database, dataset)
        psql = _Psql(database.opener().conninfo, dataset, Path(folder))
        psql.export()
        bench.setting.say("loading in turns with psql")
        sides = {"ours": lambda: row_seconds(database, dataset), "same": psql.alike, "plain": psql.plain}
        series = take_turns(sides, bench.setting.choose(7, 3))
    database.drop()
    rate = dataset.rows / min(series["ours"])
    yield Figure(
        "rows loaded beside psql \\copy",
        ratio(series, "same", "ours"),
        f"times the rows per second of {WORKERS} psql at once, with FREEZE",
        GOAL,
        (
            f"{ratio(series, 'plain', 'ours'):.2f} times those of one psql with plain \\copy",
            f"{number(rate)} rows/s at best, of {number(dataset.rows)} rows",
        ),
    )


def row_seconds(database: PostgresDatabase, dataset: Dataset) -> float:
    """Seconds until all rows are there, from files: a load of bare tables then goes on to the statistics."""
    reached: list[float] = []

    def progress(what: str, fraction: float) -> None:
        if what == "statistics":
            reached.append(perf_counter())

    conninfo = database.opener().conninfo
    with open_connection(conninfo) as connection:
        started = perf_counter()
        load(connection, conninfo, database.schema, dataset, progress)
    return reached[0] - started


class _Psql:
    """The same rows by psql, from a CSV file a table in `folder`."""

    def __init__(self, conninfo: str, dataset: Dataset, folder: Path) -> None:
        self._conninfo = conninfo
        self._tables = sorted(dataset.tables, key=lambda table: -table.rows)
        self._folder = folder

    def export(self) -> None:
        """Write the CSV files."""
        self._run(
            [rf"\copy {_target(table)} TO '{self._file(table)}' (FORMAT csv)" for table in self._tables]
        )

    def alike(self) -> float:
        """Seconds with as many processes as we have connections, and COPY's options as ours."""
        self._settle()
        started = perf_counter()
        with ThreadPoolExecutor(WORKERS) as pool:
            list(pool.map(self._frozen, self._tables))
        return perf_counter() - started

    def plain(self) -> float:
        """Seconds of one process with one command a table."""
        self._settle()
        self._run([f"TRUNCATE {quote_table(table.name)}" for table in self._tables])
        started = perf_counter()
        self._run([self._copy(table, "FORMAT csv") for table in self._tables])
        return perf_counter() - started

    def _frozen(self, table: TableRows) -> None:
        truncate = f"TRUNCATE {quote_table(table.name)}"
        self._run(["BEGIN", truncate, self._copy(table, "FORMAT csv, FREEZE"), "COMMIT"])

    def _copy(self, table: TableRows, options: str) -> str:
        return rf"\copy {_target(table)} FROM '{self._file(table)}' ({options})"

    def _file(self, table: TableRows) -> Path:
        return self._folder / f"{table.name.name}.csv"

    def _settle(self) -> None:
        with psycopg.connect(self._conninfo, autocommit=True) as connection:
            connection.execute("CHECKPOINT")

    def _run(self, commands: Sequence[str]) -> None:
        arguments = [word for command in commands for word in ("-c", command)]
        run_program("psql", ["-X", "-q", "-v", "ON_ERROR_STOP=1", *arguments], self._conninfo)


def _target(table: TableRows) -> str:
    columns = ", ".join(map(quote_identifier, table.columns))
    return f"{quote_table(table.name)} ({columns})"
