"""SELECTs by buckets cut in two: what is kept, what is left to ask of it, and why nothing is kept."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlglot import exp

from optimizer.design.hypertables.bucketed import Bucketed, Whole, bucketed
from optimizer.model.schema import Column, ColumnType, Schema
from optimizer.queries.tree import parse, to_sql
from tests.design.hypertables.made_up import PLAIN, SCHEMA, SENSORS

HOURS = (
    "SELECT time_bucket('1 hour', r.at) AS hour, {} FROM readings r {} GROUP BY time_bucket('1 hour', r.at)"
)
KEPT = (
    "SELECT {}TIME_BUCKET('1 hour', r.at) AS at_1_hour, {} FROM public.readings AS r{}"
    " GROUP BY {}TIME_BUCKET('1 hour', r.at)"
)


def _found(sql: str, schema: Schema = SCHEMA) -> list[Bucketed | Whole]:
    tree = parse(sql, schema)
    text = to_sql(tree)
    found = list(bucketed(tree, schema))
    assert to_sql(tree) == text
    return found


def _reason(sql: str, schema: Schema = SCHEMA) -> str:
    [found] = _found(sql, schema)
    assert isinstance(found, Whole)
    return found.reason


def _kept(sql: str, schema: Schema = SCHEMA) -> tuple[str, str, tuple[str, ...]]:
    [found] = _found(sql, schema)
    assert isinstance(found, Bucketed), found
    return found.sql, to_sql(found.rest), found.key


def test_a_row_of_what_is_kept_is_a_row_of_the_answer() -> None:
    sql = HOURS.format("AVG(r.value) AS mean", "WHERE r.pieces > 2") + " ORDER BY hour"
    kept, rest, key = _kept(sql)
    assert kept == KEPT.format("", "AVG(r.value) AS value_avg", " WHERE r.pieces > 2", "")
    assert rest == "SELECT v.at_1_hour AS hour, v.value_avg AS mean FROM v ORDER BY hour"
    assert key == ("at_1_hour",)


def test_what_has_one_value_is_kept_by_it() -> None:
    """The mean of floats can't be added up: each row that is kept must be one of the answer."""
    kept, rest, key = _kept(HOURS.format("AVG(r.value) AS mean", "WHERE r.kind = :kind"))
    assert kept == KEPT.format("r.kind AS kind, ", "AVG(r.value) AS value_avg", "", "r.kind, ")
    assert rest == "SELECT v.at_1_hour AS hour, v.value_avg AS mean FROM v WHERE v.kind = :kind"
    assert key == ("kind", "at_1_hour")
    assert "order in which" in _reason(HOURS.format("AVG(r.value)", "WHERE r.kind <> :kind"))
    assert "order in which" in _reason(HOURS.format("AVG(r.value)", "WHERE r.kind = :a OR r.kind = :b"))
    assert "order in which" in _reason(HOURS.format("AVG(r.value)", "WHERE r.kind = lower(:kind)"))


def test_bounds_at_the_beginning_of_a_bucket() -> None:
    begin = "time_bucket('1 hour', CAST(:a AS timestamptz))"
    where = f"WHERE r.at >= {begin} AND {begin} + INTERVAL '48 hours' > r.at"
    _, rest, key = _kept(HOURS.format("COUNT(*) AS n", where))
    assert "v.at_1_hour >= TIME_BUCKET" in rest
    assert "INTERVAL '48 HOURS' > v.at_1_hour" in rest
    assert key == ("at_1_hour",)
    days = "WHERE r.at >= time_bucket('1 day', CAST(:a AS timestamptz)) - INTERVAL '3 hours'"
    assert "v.at_1_hour >= TIME_BUCKET('1 day'" in _kept(HOURS.format("COUNT(*) AS n", days))[1]


FORM = "aren't of the form time_bucket('5 minutes', "
ZONED = "time_bucket('1 day', r.at, 'Europe/Berlin')"

YEAR = "time_bucket('1 year', CAST(:a AS timestamptz))"
PLAIN_DAY = "time_bucket('1 day', CAST(:a AS timestamptz))"

WITHIN = [
    "r.at >= :a",
    "r.at > time_bucket('1 hour', CAST(:a AS timestamptz))",
    "r.at <= time_bucket('1 hour', CAST(:a AS timestamptz))",
    "r.at >= time_bucket('1 hour', :a)",  # of which type it is isn't said
    "r.at >= time_bucket('90 minutes', CAST(:a AS timestamptz))",
    "r.at >= time_bucket('1 hour', CAST(:a AS timestamp))",  # of which zone the session decides
    "r.at >= time_bucket('1 hour', CAST(:a AS timestamptz)) + INTERVAL '1 month'",
    "r.at >= time_bucket('1 hour', CAST(:a AS timestamptz), 'Europe/Berlin')",
    "r.at >= time_bucket('1 hour', CAST(:a AS timestamptz), INTERVAL '5 minutes')",
    "r.at < time_bucket('1 hour', CAST(:a AS timestamptz)) + INTERVAL '30 minutes'",
    "r.at < time_bucket('1 hour', CAST(:a AS timestamptz)) + INTERVAL '1 day'",  # which may have 23 hours
    "r.at BETWEEN time_bucket('1 hour', CAST(:a AS timestamptz)) AND now()",
    "time_bucket('1 minute', r.at) = :a",
    "date_trunc('day', r.at) = :a",  # which begins half past an hour of UTC in some zones
    "date_trunc('hour', r.at) = :a",
]


@pytest.mark.parametrize("condition", WITHIN)
def test_times_within_a_bucket_are_not_kept(condition: str) -> None:
    reason = _reason(HOURS.format("COUNT(*) AS n", f"WHERE {condition}"))
    assert reason == "it asks for times within a bucket of 1 hour: compare at with time_bucket('1 hour', ...)"


def test_longer_buckets_are_made_of_shorter_ones() -> None:
    sql = "SELECT time_bucket('1 day', r.at) AS d, time_bucket('6 hours', r.at) AS h, SUM(r.pieces) AS n"
    kept, rest, key = _kept(f"{sql} FROM readings r GROUP BY 1, 2 HAVING SUM(r.pieces) > :least")
    assert "GROUP BY TIME_BUCKET('6 hours', r.at)" in kept
    assert kept.count("TIME_BUCKET") == 2
    assert "TIME_BUCKET('1 day', v.at_6_hours) AS d, v.at_6_hours AS h" in rest
    assert rest.endswith("WHERE v.pieces_sum > :least")
    assert key == ("at_6_hours",)


def test_date_trunc_of_a_timestamp_is_a_bucket() -> None:
    sql = "SELECT date_trunc('{}', r.local) AS t, COUNT(*) AS n FROM readings r GROUP BY 1"
    assert "TIME_BUCKET('1 week', r.local) AS local_1_week" in _kept(sql.format("week"))[0]
    assert "TIME_BUCKET('1 hour', r.local)" in _kept(sql.format("hour"))[0]
    assert "TIME_BUCKET('3 months', r.local) AS local_3_months" in _kept(sql.format("quarter"))[0]
    assert "time zone" in _reason(sql.replace("r.local", "r.at").format("hour"))


def test_months_hold_quarters_and_years() -> None:
    sql = "SELECT time_bucket('1 year', r.at) AS y, time_bucket('1 month', r.at) AS m, COUNT(*) AS n"
    kept, rest, key = _kept(f"{sql} FROM readings r WHERE r.at >= {YEAR} GROUP BY 1, 2")
    assert "GROUP BY TIME_BUCKET('1 month', r.at)" in kept
    assert "TIME_BUCKET('1 year', v.at_1_month) AS y, v.at_1_month AS m" in rest
    assert "v.at_1_month >= TIME_BUCKET('1 year'" in rest
    assert key == ("at_1_month",)


def test_months_are_added_to_a_time_without_a_zone() -> None:
    begin = "time_bucket('1 month', CAST(:a AS {0}))"
    sql = f"SELECT COUNT(*) AS n FROM readings r WHERE {{1}} < {begin} + INTERVAL '2 months' GROUP BY {{2}}"
    local = sql.format("timestamp", "r.local", "date_trunc('month', r.local)")
    assert "v.local_1_month < TIME_BUCKET" in _kept(local)[1]
    assert "within a bucket of 1 month" in _reason(
        sql.format("timestamptz", "r.at", "time_bucket('1 month', r.at)")
    )


@pytest.mark.parametrize(
    ("more", "written"),
    [
        ("'Europe/Berlin'", "'Europe/Berlin'"),
        ("timezone => 'Europe/Berlin'", "'Europe/Berlin'"),
        ("origin => '2024-01-01 12:00Z'", "CAST('2024-01-01 12:00Z' AS TIMESTAMPTZ)"),
        ("CAST('2024-01-01 12:00+01' AS timestamptz)", "CAST('2024-01-01 12:00+01' AS TIMESTAMPTZ)"),
        ("\"offset\" => '2 hours'", "CAST('2 hours' AS INTERVAL)"),
    ],
)
def test_buckets_that_begin_elsewhere(more: str, written: str) -> None:
    bucket = f"time_bucket('1 day', {{}}, {more})"
    where = f"WHERE r.at >= {bucket.format('CAST(:a AS timestamptz)')}"
    own = bucket.format("r.at")
    kept, rest, key = _kept(f"SELECT {own} AS day, COUNT(*) AS n FROM readings r {where} GROUP BY 1")
    call = f"TIME_BUCKET('1 day', r.at, {written})"
    counted = "COUNT(*) AS row_count"
    assert kept == f"SELECT {call} AS at_1_day, {counted} FROM public.readings AS r GROUP BY {call}"
    assert rest.startswith("SELECT v.at_1_day AS day, v.row_count AS n FROM v WHERE v.at_1_day >= TIME_")
    assert key == ("at_1_day",)
    within = f"SELECT {own} AS day, COUNT(*) AS n FROM readings r WHERE r.at >= {PLAIN_DAY} GROUP BY 1"
    assert f"time_bucket('1 day', ..., {written})" in _reason(within)


INNER = HOURS.format("r.sensor_id, COUNT(*) AS n", "{}") + ", r.sensor_id"
NAMES = "WITH x AS ({}) SELECT s.name, SUM(x.n) FROM x JOIN sensors s ON s.id = x.sensor_id GROUP BY 1"
SHADOW = "WITH readings AS ({}) SELECT time_bucket('1 day', r.hour), COUNT(*) FROM readings r GROUP BY 1"
AROUND = "SELECT s.name, x.n FROM sensors s CROSS JOIN LATERAL ({}) x"


def test_subqueries_are_found() -> None:
    [found] = _found(NAMES.format(INNER.format("")))
    assert isinstance(found, Bucketed)
    assert isinstance(found.select.parent, exp.CTE)
    assert "v.sensor_id AS sensor_id" in to_sql(found.rest)


def test_a_common_table_expression_is_not_the_table_of_its_name() -> None:
    inner = INNER.format("").replace("readings r", "public.readings r")
    [found] = _found(SHADOW.format(inner))
    assert isinstance(found, Bucketed)
    assert isinstance(found.select.parent, exp.CTE)


def test_a_query_around_it_is_not_kept() -> None:
    assert (
        _reason(AROUND.format(INNER.format("WHERE r.sensor_id = s.id"))) == "it depends on a query around it"
    )


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        (
            HOURS.format("COUNT(*)", "JOIN sensors s ON s.id = r.sensor_id"),
            "it joins readings with something",
        ),
        (HOURS.format("COUNT(*)", "WHERE r.sensor_id IN (SELECT s.id FROM sensors s)"), "it has a subquery"),
        (HOURS.format("COUNT(*)", "WHERE r.day = r.at::date"), "time zone"),
        (HOURS.format("COUNT(*) FILTER (WHERE r.kind = :kind)", ""), "depends on a parameter"),
        (HOURS.format("MAX(r.at - now())", ""), "or on the time"),
        (HOURS.format("r.note, COUNT(*)", "") + ", r.note", "r.note may be null"),
        (HOURS.format("string_agg(r.kind, ',')", ""), "the type of"),
        (HOURS.format("SUM(COUNT(*)) OVER ()", ""), "a window goes over the groups"),
        (HOURS.replace("1 hour", "1 month 1 day").format("COUNT(*)", ""), FORM),
        (HOURS.replace("1 hour", "500 milliseconds").format("COUNT(*)", ""), FORM),
        (HOURS.replace("'1 hour'", ":width").format("COUNT(*)", ""), FORM),
        (HOURS.replace("r.at)", "r.at, CAST(:o AS interval))").format("COUNT(*)", ""), FORM),
        (HOURS.replace("r.at)", "r.at, :zone)").format("COUNT(*)", ""), FORM),
        (HOURS.replace("r.at)", "r.at, 'UTC', \"offset\" => '1 hour')").format("COUNT(*)", ""), FORM),
        (HOURS.replace("r.at)", "r.at, CAST('2024-01-01' AS timestamptz))").format("COUNT(*)", ""), FORM),
        (HOURS.replace("r.at)", "r.at, origin => '2024-01-01 12:00')").format("COUNT(*)", ""), FORM),
        (
            HOURS.replace("time_bucket('1 hour'", "date_trunc('decade'")
            .replace("r.at", "r.local")
            .format("COUNT(*)", ""),
            FORM,
        ),
        (HOURS.format("COUNT(*)", "") + ", time_bucket('90 minutes', r.at)", "aren't made of each other"),
        (HOURS.format("COUNT(*)", "") + f", {ZONED}", "aren't made of each other"),
        (HOURS.format("COUNT(*)", "") + ", time_bucket('1 day', r.local)", "buckets of at and of local"),
    ],
)
def test_why_nothing_is_kept(sql: str, reason: str) -> None:
    assert reason in _reason(sql)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT r.kind, COUNT(*) FROM readings r GROUP BY 1",
        "SELECT time_bucket('1 hour', r.at) FROM readings r",
        "SELECT time_bucket('1 hour', now()) AS t, COUNT(*) FROM readings r GROUP BY 1",
        "SELECT time_bucket(5, r.pieces) AS t, COUNT(*) FROM readings r GROUP BY 1",
    ],
)
def test_what_groups_by_no_bucket_is_left_alone(sql: str) -> None:
    assert _found(sql) == []


def test_policies_decide_who_sees_what() -> None:
    schema = Schema((SENSORS, replace(PLAIN, row_security=True)))
    assert "row-level security" in _reason(HOURS.format("COUNT(*)", ""), schema)


def test_the_name_of_a_bucket_is_free() -> None:
    taken = Column("at_1_hour", ColumnType("integer", "int4"))
    schema = Schema((SENSORS, replace(PLAIN, columns=(*PLAIN.columns, taken))))
    assert "AS at_1_hour_," in _kept(HOURS.format("COUNT(*) AS n", ""), schema)[0]
