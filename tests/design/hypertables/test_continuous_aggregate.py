"""Continuous aggregates: for queries by buckets that may be stale, and why not for others."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from optimizer.design.hypertables.moves.continuous_aggregate import FRESH, continuous_aggregates
from optimizer.model.hypertables import ContinuousAggregate, TimeBucket
from optimizer.model.schema import Key, Schema
from tests.design.hypertables.made_up import (
    ALL,
    PLAIN,
    READINGS,
    SENSORS,
    SPAN,
    Queries,
    known,
    offered,
    rows,
)

HOURLY = "SELECT time_bucket('1 hour', r.at) AS hour, COUNT(*) AS n FROM readings r GROUP BY 1"
BY_SENSOR = (
    "SELECT time_bucket('1 hour', r.at) AS hour, r.sensor_id, COUNT(*) AS n FROM readings r GROUP BY 1, 2"
)
SQL = (
    "SELECT TIME_BUCKET('1 hour', r.at) AS at_1_hour, COUNT(*) AS row_count FROM public.readings AS r"
    " GROUP BY TIME_BUCKET('1 hour', r.at)"
)


def _offered(
    folder: Path, queries: Queries, staleness_s: float | None = 3_600.0
) -> list[ContinuousAggregate]:
    found, _ = offered(continuous_aggregates, known(rows(folder), queries, staleness_s=staleness_s))
    return [one.structure for one in found if isinstance(one.structure, ContinuousAggregate)]


def test_what_is_offered(tmp_path: Path) -> None:
    given = known(rows(tmp_path), {"hourly": HOURLY, "span": SPAN}, staleness_s=3_600.0)
    [offer], left = offered(continuous_aggregates, given)
    made = offer.structure
    assert isinstance(made, ContinuousAggregate)
    assert (str(made.name), made.table, made.sql, made.key) == ("hourly", READINGS, SQL, ("at_1_hour",))
    assert (made.column, made.chunk_s, made.bucket) == ("at", 14 * 86_400, TimeBucket(3_600))
    assert (made.staleness_s, made.real_time) == (3_600.0, False)
    assert offer.because == "computed beforehand for hourly; 721 rows, to be refreshed every 3600 s"
    assert left == {}


def test_newer_rows_are_added_where_a_bucket_is_too_long_to_wait_for(tmp_path: Path) -> None:
    [made] = _offered(tmp_path, {"hourly": HOURLY, "span": SPAN}, 3_599.0)
    assert made.real_time
    [daily] = _offered(tmp_path, {"daily": HOURLY.replace("1 hour", "1 day"), "span": SPAN}, 3_600.0)
    assert daily.real_time


def test_the_rows_of_a_month_are_not_added_at_every_read(tmp_path: Path) -> None:
    [made] = _offered(tmp_path, {"monthly": HOURLY.replace("1 hour", "1 month"), "span": SPAN}, 3_600.0)
    assert (made.bucket, made.real_time) == (TimeBucket(months=1), False)
    assert made.definition == (
        "monthly, a continuous aggregate by 1 month of readings.at, as of its last refresh, "
        "at most 3600 s old"
    )


def test_days_of_a_time_zone(tmp_path: Path) -> None:
    zoned = HOURLY.replace("'1 hour', r.at", "'1 day', r.at, 'Europe/Berlin'")
    [made] = _offered(tmp_path, {"local": zoned, "span": SPAN}, 3_600.0)
    assert (made.bucket, made.real_time) == (TimeBucket(86_400, further=("'Europe/Berlin'",)), True)
    assert "by 1 day ('Europe/Berlin') of readings.at" in made.definition


def test_answers_that_may_not_be_stale_get_none(tmp_path: Path) -> None:
    found, left = offered(continuous_aggregates, known(rows(tmp_path), {"hourly": HOURLY, "span": SPAN}))
    assert found == []
    assert left == {"continuous aggregates of readings": FRESH}


def test_queries_that_need_the_same_one_share_it(tmp_path: Path) -> None:
    more = f"{HOURLY} HAVING COUNT(*) > :least ORDER BY hour LIMIT 3"
    given = known(rows(tmp_path), {"hourly": HOURLY, "more": more, "span": SPAN}, staleness_s=60.0)
    changed = replace(given.workload.queries[1], staleness_s=30.0)
    queries = (given.workload.queries[0], changed, *given.workload.queries[2:])
    [offer], _ = offered(
        continuous_aggregates, replace(given, workload=replace(given.workload, queries=queries))
    )
    assert offer.queries == ("hourly", "more")
    assert isinstance(offer.structure, ContinuousAggregate)
    assert offer.structure.staleness_s == 30.0


def test_names_are_free(tmp_path: Path) -> None:
    queries = {"readings": HOURLY, "Readings!": BY_SENSOR.replace("sensor_id", "kind"), "span": SPAN}
    assert [str(one.name) for one in _offered(tmp_path, queries)] == ["readings_view", "readings_view_view"]


def _reason(folder: Path, sql: str, schema: Schema | None = None, count: int = 1_000_000) -> str:
    given = known(
        rows(folder, count), {"one": sql, "span": SPAN}, *([schema] if schema else []), staleness_s=60.0
    )
    found, left = offered(continuous_aggregates, given)
    assert found == []
    return left["continuous aggregate for one"]


def test_what_would_be_too_large(tmp_path: Path) -> None:
    """A third of the table's rows is the most."""
    seconds = HOURLY.replace("1 hour", "1 second")
    for count, expected in ((60_000, 1), (59_999, 0)):
        dataset = rows(tmp_path, count, made=20_000)
        given = known(dataset, {"one": seconds, "span": SPAN}, staleness_s=60.0)
        found, left = offered(continuous_aggregates, given)
        assert len(found) == expected
    assert left == {"continuous aggregate for one": "59,999 rows would make 20,000 of it, by 1 second of at"}
    assert "too few for chunks" in _reason(tmp_path, HOURLY, count=49_999)


def test_the_table_must_be_cut_by_that_column(tmp_path: Path) -> None:
    local = "SELECT date_trunc('hour', r.local) AS hour, COUNT(*) AS n FROM readings r GROUP BY 1"
    assert _reason(tmp_path, local) == "it has buckets of local, and readings is cut by at"
    keyed = Schema((SENSORS, replace(PLAIN, keys=(Key("only", ("sensor_id",)),))))
    assert _reason(tmp_path, HOURLY, keyed).startswith("readings isn't made a hypertable: its key only")


def test_the_reason_of_what_can_not_be_cut_is_told(tmp_path: Path) -> None:
    within = HOURLY.replace("GROUP", "WHERE r.at > :a GROUP")
    assert _reason(tmp_path, within).startswith("it asks for times within a bucket of 1 hour")


@pytest.mark.parametrize("sql", [ALL, "SELECT r.kind, COUNT(*) FROM readings r GROUP BY 1"])
def test_what_groups_by_no_bucket_is_passed_over(tmp_path: Path, sql: str) -> None:
    given = known(rows(tmp_path), {"one": sql, "span": SPAN}, staleness_s=60.0)
    assert offered(continuous_aggregates, given) == ([], {})
