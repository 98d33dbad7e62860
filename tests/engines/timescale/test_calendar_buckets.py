"""Buckets of months, of a time zone's days, and of other origins, kept in continuous aggregates."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest

from optimizer.dataset.dataset import Dataset
from optimizer.engines.postgres.server import PostgresServer
from optimizer.engines.timescale.server import TimescaleServer
from optimizer.engines.timescale.structures.nesting import nested
from optimizer.model.hypertables import Columnstore, ContinuousAggregate, Hypertable
from tests.conftest import _write
from tests.engines.postgres.structures.scene import Scene, scene
from tests.engines.timescale.scene import DAY, HOUR, Readings, chunks, dropping, values
from tests.engines.timescale.test_answers import FROM, LATE, NEWER, Beside, stale

MONTHS = f"SELECT time_bucket('1 month', r.\"At\") AS month, COUNT(*) AS n, SUM(r.pieces) {FROM} GROUP BY 1"
QUARTERS = f"""SELECT time_bucket('1 year', r."At") AS year, time_bucket('3 months', r."At") AS quarter,
  COUNT(*) AS n {FROM} WHERE r."At" >= time_bucket('3 months', :start::timestamptz) GROUP BY 1, 2"""
LOCAL_DAYS = f"""SELECT time_bucket('1 day', r."At", 'Europe/Berlin') AS day, AVG(r.load), COUNT(*) AS n
  {FROM} WHERE r."At" >= time_bucket('1 day', :start::timestamptz, 'Europe/Berlin') GROUP BY 1"""
LOCAL_MONTHS = f"""SELECT time_bucket('1 month', r."At", timezone => 'America/St_Johns') AS month,
  COUNT(*) AS n {FROM} GROUP BY 1"""
FROM_NOON = f"""SELECT time_bucket('1 day', r."At", origin => '2024-01-01 12:00+01'::timestamptz) AS day,
  MAX(r.load), COUNT(*) AS n {FROM} GROUP BY 1"""
SHIFTED = f"""SELECT time_bucket('1 hour', r."At", INTERVAL '20 minutes') AS hour, r.host_id, MIN(r.price)
  {FROM} GROUP BY 1, 2"""
EVENTS = """SELECT date_trunc('month', e.at) AS month, COUNT(*) AS n, SUM(e.n) FROM events e
  WHERE e.at >= time_bucket('1 month', :start::timestamp)
    AND e.at < time_bucket('1 month', :start::timestamp) + INTERVAL '2 months' GROUP BY 1"""
CALENDAR = (MONTHS, QUARTERS, LOCAL_DAYS, LOCAL_MONTHS, FROM_NOON, SHIFTED)
DAYS = f"""SELECT time_bucket('1 day', r."At") AS day, r.host_id, COUNT(*) AS n, SUM(r.pieces) {FROM}
  GROUP BY 1, 2"""


def _kept(of: Readings, *texts: str, real_time: bool = False) -> list[ContinuousAggregate]:
    return [
        of.aggregate(text, f"Kept {n}", staleness_s=HOUR / 2**n, chunk_s=7 * DAY, real_time=real_time)
        for n, text in enumerate(texts)
    ]


@pytest.mark.parametrize("real_time", [False, True])
@pytest.mark.parametrize("text", CALENDAR, ids=("months", "quarters", "days", "zone", "origin", "offset"))
def test_it_answers_like_plain_tables(small: Readings, beside: Scene, text: str, real_time: bool) -> None:
    [kept] = _kept(small, text, real_time=real_time)
    assert '"Kept 0"' in small.rewritten(text, kept, staleness_s=HOUR)
    with dropping(small.made(kept)) as made, dropping(beside.made()) as plain:
        both, every = Beside(made, plain), stale(text)
        assert both.differences(*every) == []
        both.write(NEWER)
        assert (both.differences(*every) == []) is real_time
        both.write(*LATE)
        assert real_time or both.differences(*every) != []
        assert set(made.refresh()) == {kept}
        assert both.differences(*every) == []


def test_months_of_a_clock_without_a_zone(small: Readings, beside: Scene) -> None:
    [kept] = _kept(small, EVENTS)
    assert '"Kept 0"' in small.rewritten(EVENTS, kept, staleness_s=HOUR)
    with dropping(small.made(kept)) as made, dropping(beside.made()) as plain:
        assert Beside(made, plain).differences(*stale(EVENTS)) == []


def test_days_that_are_dates(
    timescale: TimescaleServer, postgres_beside: PostgresServer, tmp_path: Path
) -> None:
    """What is kept, and what is stored by columns, ends before the newest date."""
    days = pl.DataFrame({"day": [date(2024, 2, 20) + timedelta(days=n // 3) for n in range(60)]})
    dataset = Dataset("days", (_write(tmp_path, "visits", days),))
    plain = scene(postgres_beside, lambda _: dataset, "CREATE TABLE visits (day date NOT NULL);", {})
    visits = Readings(timescale, plain.ddl, plain.schema, plain.dataset)
    text = "SELECT time_bucket('1 day', v.day) AS day, COUNT(*) AS n FROM visits v GROUP BY 1"
    kept = visits.aggregate(text, "kept", chunk_s=7 * DAY, real_time=True)
    cut = Hypertable(kept.table, "day", 7 * DAY, columnstore=Columnstore((), (("day", True),), 7 * DAY))
    with dropping(visits.made(cut, kept)) as made, dropping(plain.made()) as beside:
        assert [by_columns for _, by_columns in chunks(made, kept.table)] == [True, True, False, False]
        both = Beside(made, beside)
        both.write("INSERT INTO visits VALUES ('2024-03-10'), ('2024-03-20'), ('2024-02-21')")
        assert both.differences(*stale(text)) != []
        made.refresh()
        assert both.differences(*stale(text)) == []
        assert values(made, "SELECT max(day_1_day)::text FROM kept") == ["2024-03-20"]


def test_months_are_made_of_days(small: Readings, beside: Scene) -> None:
    months, days = kept = _kept(small, MONTHS, DAYS)
    assert nested(kept, small.schema)[months].source == days
    with dropping(small.made(*kept)) as made, dropping(beside.made()) as plain:
        lines = values(made, "SELECT view_definition FROM timescaledb_information.continuous_aggregates")
        assert sum('FROM "My Plant"."Readings"' in line for line in lines) == 1
        both = Beside(made, plain)
        both.write(NEWER, *LATE)
        assert both.differences(*stale(MONTHS, DAYS)) != []
        assert set(made.refresh()) == set(kept)
        assert both.differences(*stale(MONTHS, DAYS)) == []


@pytest.mark.parametrize("text", [LOCAL_MONTHS, FROM_NOON, SHIFTED])
def test_nothing_is_laid_on_top_of_other_beginnings(small: Readings, text: str) -> None:
    other = text.replace("1 day", "2 days").replace("1 hour", "2 hours").replace("1 month", "2 months")
    kept = _kept(small, other, text, DAYS)
    assert [one.source for one in nested(kept, small.schema).values()] == [None, None, None]
