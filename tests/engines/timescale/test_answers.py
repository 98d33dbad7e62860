"""Statements over hypertables and continuous aggregates answer as those over PostgreSQL's plain tables do."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from typing import Any

import pytest

from optimizer.dataset.dataset import Dataset
from optimizer.engines.postgres.database import PostgresDatabase
from optimizer.equivalence import Order, Verdict, compare
from optimizer.model.hypertables import ContinuousAggregate, Hypertable
from optimizer.model.query import Binding, Query
from optimizer.model.structure import Structure
from tests.engines.postgres.structures.scene import Scene, query_of, run
from tests.engines.timescale.scene import (
    DAY,
    HOUR,
    READINGS,
    STORE,
    Readings,
    dropping,
    frames,
    hypertable,
    values,
)

FROM = 'FROM "My Plant"."Readings" r'
HOURLY = f"""SELECT time_bucket('1 hour', r."At") AS hour, r.host_id, COUNT(*) AS n, SUM(r.pieces) AS pieces,
  AVG(r.load) AS mean, MAX(r.price) AS dearest, MIN(r.note) AS note, COUNT(DISTINCT r.note) AS notes
  {FROM} GROUP BY 1, 2"""
DAILY = f"""SELECT time_bucket('1 day', r."At") AS day, COUNT(*) AS n, COUNT(r.load) AS loads,
  MAX(r."At") AS last {FROM} WHERE r.load > 0.5 OR r.load IS NULL GROUP BY 1"""
OF_HOST = f"""SELECT time_bucket('15 minutes', r."At") AS quarter, SUM(r.price) AS price,
  AVG(r.pieces) AS pieces {FROM} WHERE r.host_id = :host
    AND r."At" >= time_bucket('15 minutes', :start::timestamptz)
    AND r."At" < time_bucket('15 minutes', :start::timestamptz) + INTERVAL '48 hours'
  GROUP BY 1 ORDER BY quarter"""
COARSER = f"""SELECT time_bucket('1 day', r."At") AS day, time_bucket('1 hour', r."At") AS hour,
  COUNT(*) AS n, SUM(r.pieces) AS pieces {FROM} GROUP BY 1, 2 HAVING COUNT(*) > 1 ORDER BY 2 DESC LIMIT 20"""
PLAIN = (
    f"""SELECT r.* {FROM} WHERE r."At" >= :start::timestamptz
    AND r."At" < :start::timestamptz + INTERVAL '1 day'""",
    f'SELECT DISTINCT ON (r.host_id) r.host_id, r."At", r.load {FROM} ORDER BY r.host_id, r."At" DESC',
    """SELECT h.name, b."At", b.note FROM hosts h LEFT JOIN LATERAL (
      SELECT * FROM "My Plant"."Readings" r WHERE r.host_id = h.id AND r."At" <= :start::timestamptz
      ORDER BY r."At" DESC LIMIT 1) b ON true""",
    f"SELECT time_bucket('1 month', r.\"At\") AS month, COUNT(*) AS n, SUM(r.price) {FROM} GROUP BY 1",
    f"SELECT time_bucket('1 week', r.\"At\") AS week, r.note, AVG(r.load) {FROM} GROUP BY 1, 2",
    f"SELECT date_trunc('day', r.\"At\") AS day, COUNT(*) AS n {FROM} GROUP BY 1",
    f"SELECT date_trunc('month', r.\"At\") AS month, MAX(r.pieces) {FROM} WHERE r.host_id = :host GROUP BY 1",
    f'SELECT COUNT(*), MIN(r."At"), MAX(r."At"), SUM(r.pieces) {FROM}',
    f"""SELECT r.host_id, r."At", r."At" - lag(r."At") OVER (PARTITION BY r.host_id ORDER BY r."At") AS gap
    {FROM}""",
    """SELECT time_bucket('5 minutes', e.at) AS five, e.kind, COUNT(*) AS n, SUM(e.n) FROM events e
    GROUP BY 1, 2""",
)
KEPT = (HOURLY, DAILY, OF_HOST, COARSER)
STARTS = (
    "2024-02-28 23:59:59.999+00",  # before a leap day
    "2024-03-31 00:30:00+01",  # before Berlin's clocks go forward
    "2024-03-10 00:00:00+00",  # nothing is there
)
BINDINGS = tuple(
    Binding((("start", start), ("host", host)), (("timezone", zone),))
    for start, host, zone in zip(
        (*STARTS, None), (1, 2, 99, None), ("UTC", "Europe/Berlin", "UTC", "UTC"), strict=True
    )
)
LATE = (
    """INSERT INTO "My Plant"."Readings" SELECT "At" + INTERVAL '3 seconds', host_id, load, 7, 0.05, 'late'
       FROM "My Plant"."Readings" WHERE host_id < 3 AND "At" < '2024-02-29 12:00+00'""",
    """UPDATE "My Plant"."Readings" SET load = NULL, pieces = 0 WHERE "At" < '2024-02-28 03:00+00'""",
    """DELETE FROM "My Plant"."Readings"
       WHERE "At" >= '2024-03-31 00:00+00' AND "At" < '2024-03-31 03:00+00'""",
    "DELETE FROM hosts WHERE id = 4",
)
NEWER = """INSERT INTO "My Plant"."Readings" SELECT "At" + INTERVAL '3 days', host_id, load, 7, 0.05, 'newer'
           FROM "My Plant"."Readings" WHERE "At" > '2024-03-31'"""
"""Rows after all that a refresh has seen."""


@dataclass(frozen=True)
class Beside:
    """The same rows in a design and in PostgreSQL's plain tables."""

    made: PostgresDatabase
    plain: PostgresDatabase

    def write(self, *statements: str) -> None:
        run(self.made, *statements)
        run(self.plain, *statements)

    def differences(self, *queries: Query) -> list[str]:
        """The answers that aren't the same."""
        found = []
        with closing(self.made.session()) as session, closing(self.plain.session()) as plain:
            for query in queries:
                ordered = Order(None, False, frozenset())
                for binding in BINDINGS:
                    expected = plain.answer(query, binding)
                    assert not expected.error, (query, expected)
                    outcome = compare(expected, session.answer(query, binding), ordered)
                    if outcome.verdict is Verdict.DIFFERENT:
                        found.append(f"{query.name}: {dict(binding.values)}: {outcome.detail}")
        return found


Besides = Callable[..., Beside]


@pytest.fixture
def besides(small: Readings, beside: Scene) -> Iterator[Besides]:
    """A design with its rows, and plain tables with the same."""
    with ExitStack() as opened:

        def make(*structures: Structure, dataset: Dataset = beside.dataset) -> Beside:
            made = replace(small, dataset=dataset).made(*structures)
            opened.enter_context(dropping(made))
            return Beside(made, opened.enter_context(dropping(replace(beside, dataset=dataset).made())))

        yield make


def stale(*texts: str) -> list[Query]:
    return [query_of(text, HOUR) for text in texts]


def fresh(*texts: str) -> list[Query]:
    return [query_of(text) for text in texts]


CASES: Mapping[str, tuple[Hypertable | None, Mapping[str, Any]]] = {
    "as of the last refresh, columns": (hypertable(3 * DAY, store=STORE), {}),
    "real time, chunks of its own": (None, {"real_time": True}),
}


@pytest.mark.parametrize("case", CASES)
def test_answers_after_late_and_new_rows(small: Readings, besides: Besides, case: str) -> None:
    cut, options = CASES[case]
    kept = [small.aggregate(text, f"Kept {n}", **options) for n, text in enumerate(KEPT[:3])]
    structures = [*kept, *([cut] if cut else [])]
    for n, text in enumerate(KEPT[:3]):
        assert f'"Kept {n}"' in small.rewritten(text, *structures, staleness_s=HOUR)
    both = besides(*structures)
    every = [*stale(*KEPT), *fresh(*PLAIN), *fresh(*KEPT)]
    assert both.differences(*every) == []
    both.write(NEWER)
    assert both.differences(*fresh(*PLAIN), *fresh(*KEPT)) == []
    added = not both.differences(*stale(*KEPT))
    assert added is (cut is None)
    both.write(*LATE)
    assert both.differences(*fresh(*PLAIN), *fresh(*KEPT)) == []
    assert both.differences(*stale(*KEPT)) != []
    seconds = both.made.refresh()
    assert seconds.keys() == set(kept)
    assert all(0 < each < 60 for each in seconds.values())
    assert both.differences(*every) == []
    assert both.made.disagreements() == ()
    assert both.made.fingerprint_rows() == both.plain.fingerprint_rows()


def test_empty_tables_that_get_their_first_rows(
    small: Readings, besides: Besides, beside: Scene, tmp_path: Any
) -> None:
    """No rows are compressed, nothing is kept; then all come."""
    files = []
    for table in beside.dataset.tables:
        file = tmp_path / f"{table.name}.parquet"
        frames()[str(table.name).removeprefix("public.")].head(0).write_parquet(file)
        files.append(replace(table, rows=0, files=(file,)))
    kept = [small.aggregate(text, f"Kept {n}", real_time=n == 1) for n, text in enumerate(KEPT[:3])]
    both = besides(hypertable(store=STORE), *kept, dataset=Dataset("empty", tuple(files)))
    every = [*stale(*KEPT), *fresh(*PLAIN)]
    assert both.differences(*every) == []
    both.write(
        "INSERT INTO hosts VALUES (1, 'a'), (2, 'b')",
        """INSERT INTO "My Plant"."Readings"
           SELECT '2024-03-30 22:00+00'::timestamptz + n * INTERVAL '7 minutes', 1 + n % 2,
             n / 4.0, n % 5, n % 3, NULL FROM generate_series(1, 40) n""",
    )
    assert both.differences(*fresh(*PLAIN)) == []
    both.made.refresh()
    assert both.differences(*every) == []


def test_a_view_holds_what_its_query_asks_for(small: Readings, besides: Besides) -> None:
    """Its rows are a table of the schema: names, types and key."""
    kept = small.aggregate(HOURLY, chunk_s=7 * DAY)
    both = besides(kept)
    assert both.made.schema.views == small.layout(kept).physical.views == (kept.name,)
    assert both.made.schema.tables == small.layout(kept).physical.tables[:-1]
    table = small.layout(kept).physical.by_name[kept.name]
    types = values(
        both.made,
        "SELECT attname, format_type(atttypid, NULL) FROM pg_attribute"
        " WHERE attrelid = %s::regclass AND attnum > 0 ORDER BY attnum",
        '"My Plant"."Kept"',
    )
    assert types == [(column.name, column.type.sql.split("(")[0]) for column in table.columns]
    keys = ", ".join(f'"{name}"' for name in kept.key)
    doubled = f'SELECT {keys} FROM "My Plant"."Kept" GROUP BY {keys} HAVING count(*) > 1'
    assert values(both.made, doubled) == []
    assert len(values(both.made, 'SELECT 1 FROM "My Plant"."Kept"')) > 100
    lengths = "SELECT time_interval FROM timescaledb_information.dimensions WHERE hypertable_name = %s"
    assert [one.days for one in values(both.made, lengths, READINGS.name)] == [7]


HOURS = f"""SELECT time_bucket('1 hour', r."At") AS hour, r.host_id, MIN(r.load) AS least, COUNT(*) AS n
  {FROM} GROUP BY 1, 2"""
DAYS = f"""SELECT time_bucket('1 day', r."At") AS day, r.host_id, COUNT(*) AS n, COUNT(r.load) AS loads,
  AVG(r.load) AS mean, AVG(r.pieces) AS pieces, SUM(r.pieces) AS total, SUM(r.price) AS price,
  AVG(r.price) AS paid, MAX(r."At") AS last, COUNT(*) FILTER (WHERE r.pieces > 4) AS many,
  AVG(r.price) FILTER (WHERE r.pieces > 4) AS paid_for_many
  {FROM} GROUP BY 1, 2"""
WEEKS = f"SELECT time_bucket('1 week', r.\"At\") AS week, AVG(r.pieces), MIN(r.load) {FROM} GROUP BY 1"
ON_ONE_ANOTHER = (HOURS, DAYS, WEEKS)


def on_one_another(of: Readings, *, real_time: bool = False) -> list[ContinuousAggregate]:
    """Weeks of days of hours, each refreshed half as often as the one beneath it."""
    return [
        of.aggregate(text, f"Nested {n}", staleness_s=HOUR / 4**n, real_time=real_time)
        for n, text in zip((2, 1, 0), ON_ONE_ANOTHER, strict=True)
    ]


@pytest.mark.parametrize("real_time", [False, True])
def test_aggregates_on_top_of_one_another_answer_alike(
    small: Readings, besides: Besides, real_time: bool
) -> None:
    kept = on_one_another(small, real_time=real_time)
    both = besides(*kept)
    lines = values(both.made, "SELECT view_definition FROM timescaledb_information.continuous_aggregates")
    assert sum('FROM "My Plant"."Readings"' in line for line in lines) == 1
    every = stale(*ON_ONE_ANOTHER)
    assert both.differences(*every) == []
    both.write(NEWER, *LATE)
    assert both.differences(*every) != []
    assert set(both.made.refresh()) == set(kept)
    assert both.differences(*every) == []
