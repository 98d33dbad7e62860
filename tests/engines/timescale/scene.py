"""A small time series, made with structures and without: gaps, equal times, nulls, month ends, DST nights."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import polars as pl
import psycopg

from optimizer.design.hypertables.bucketed import Bucketed, bucketed
from optimizer.engines.postgres.database import PostgresDatabase
from optimizer.engines.timescale.layout import HypertableLayout
from optimizer.model.hypertables import Columnstore, ContinuousAggregate, Hypertable
from optimizer.model.names import TableName
from optimizer.model.structure import Structure
from optimizer.queries.tree import qualified, unqualified
from tests.engines.postgres.structures.scene import Scene, conninfo

HOUR, DAY = 3_600, 86_400
READINGS = TableName("My Plant", "Readings")
HOSTS_TABLE = TableName("public", "hosts")
DDL = """
CREATE SCHEMA "My Plant";
CREATE TABLE hosts (id int PRIMARY KEY, name text NOT NULL);
CREATE TABLE "My Plant"."Readings" (
  "At" timestamptz NOT NULL,
  host_id int NOT NULL REFERENCES hosts ON DELETE CASCADE,
  load float8,
  pieces int CHECK (pieces > -100),
  price numeric(8, 2),
  note text,
  CONSTRAINT "Readings key" PRIMARY KEY (host_id, "At")
);
CREATE UNIQUE INDEX once ON "My Plant"."Readings" ("At" DESC, pieces, host_id) WHERE pieces >= 0;
CREATE INDEX given ON "My Plant"."Readings" (load);
CREATE TABLE events (at timestamp NOT NULL, kind text, n int);
"""
HOSTS = 5
STORE = Columnstore(("host_id",), (("At", True),), 2 * DAY)


def hypertable(
    chunk_s: int = DAY, space: tuple[str, int] | None = None, store: Columnstore | None = None
) -> Hypertable:
    """The readings as a hypertable."""
    return Hypertable(READINGS, "At", chunk_s, space, store)


def moments() -> list[datetime]:
    """The end of a leap February, a gap, the night in which Berlin's clocks go forward, and one reading long
    before all others."""
    february = [datetime(2024, 2, 27, 22) + timedelta(minutes=47 * n) for n in range(70)]
    march = [datetime(2024, 3, 30, 13) + timedelta(minutes=31 * n) for n in range(90)]
    return [datetime(2023, 12, 31, 23, 59, 59, 999_000), *february, *march]


def reading_rows(times: list[datetime]) -> pl.DataFrame:
    """A reading of each host at each time, but for a few."""
    pairs = [(time, host) for n, time in enumerate(times) for host in range(1, HOSTS + 1) if (n + host) % 6]
    count = len(pairs)
    return pl.DataFrame(
        {
            "At": pl.Series([time for time, _ in pairs], dtype=pl.Datetime("ms")).dt.replace_time_zone("UTC"),
            "host_id": [host for _, host in pairs],
            "load": [None if n % 9 == 4 else (n % 37) / 8 for n in range(count)],
            "pieces": [None if n % 7 == 3 else n % 11 - 2 for n in range(count)],
            "price": pl.Series(
                [None if n % 5 == 1 else f"{n % 23}.{n % 10}5" for n in range(count)], dtype=pl.String
            )
            .str.to_decimal(scale=2)
            .cast(pl.Decimal(8, 2)),
            "note": [(None, "", "Ü", "it's")[n % 4] for n in range(count)],
        },
        schema_overrides={"host_id": pl.Int32, "pieces": pl.Int32},
    )


def hosts() -> pl.DataFrame:
    """One of them has no readings."""
    return pl.DataFrame(
        {"id": range(1, HOSTS + 2), "name": [f"host {n}" for n in range(HOSTS + 1)]},
        schema_overrides={"id": pl.Int32},
    )


def events() -> pl.DataFrame:
    """Equal rows at equal times, without a key."""
    times = [datetime(2024, 2, 29, 23, 59) + timedelta(minutes=n // 4) for n in range(40)]
    return pl.DataFrame(
        {
            "at": pl.Series(times, dtype=pl.Datetime("ms")),
            "kind": [("a", None)[n % 2] for n in range(40)],
            "n": [n % 3 for n in range(40)],
        },
        schema_overrides={"n": pl.Int32},
    )


def frames() -> dict[str, pl.DataFrame]:
    """The rows of each table."""
    return {"hosts": hosts(), "My Plant.Readings": reading_rows(moments()), "events": events()}


@dataclass(frozen=True)
class Readings(Scene):
    """See Scene: on TimescaleDB."""

    def layout(self, *structures: Structure) -> HypertableLayout:
        return HypertableLayout(self.schema, frozenset(structures))

    def aggregate(
        self,
        sql: str,
        name: str = "Kept",
        *,
        staleness_s: float = HOUR,
        chunk_s: int = DAY,
        real_time: bool = False,
    ) -> ContinuousAggregate:
        """What a query's answer is read from."""
        [found] = bucketed(qualified(unqualified(sql), self.schema), self.schema)
        assert isinstance(found, Bucketed), found
        named, column = TableName(found.table.name.schema, name), found.bucket.column
        return ContinuousAggregate(
            found.table.name, named, found.sql, found.key, staleness_s, column, chunk_s,
            found.bucket.span, real_time,
        )  # fmt: skip


@contextmanager
def dropping(database: PostgresDatabase) -> Iterator[PostgresDatabase]:
    """Each database is a process: away with it as soon as nobody needs it."""
    try:
        yield database
    finally:
        database.drop()


def values(database: PostgresDatabase, sql: str, *arguments: Any) -> list[Any]:
    """The rows of a query, of one column its values."""
    with psycopg.connect(conninfo(database), autocommit=True) as connection:
        rows = connection.execute(sql.encode(), arguments).fetchall()
    return [row[0] if len(row) == 1 else row for row in rows]


def chunks(database: PostgresDatabase, table: TableName = READINGS) -> list[tuple[datetime, bool]]:
    """The chunks of a table from old to new: where each begins, and whether it is stored by columns."""
    return values(
        database,
        "SELECT range_start, is_compressed FROM timescaledb_information.chunks"
        " WHERE (hypertable_schema, hypertable_name) = (%s, %s) ORDER BY range_start, chunk_name",
        *(table.schema, table.name),
    )
