"""What is asked of a column that is grouped by."""

from __future__ import annotations

import pytest
from sqlglot import exp

from optimizer.model.schema import Schema
from optimizer.queries.grains import Grain, Way, finest, read_grain, use_of
from optimizer.queries.tree import qualified, unqualified
from tests.queries.schemas import table

SCHEMA = Schema((table("o", "id int8!; at timestamp!; zoned timestamptz!; due date!; Odd timestamp"),))


@pytest.mark.parametrize(
    "grain",
    [
        Grain("at"),
        Grain("Odd", None, "month"),
        Grain("zoned", "UTC"),
        Grain("zoned", "it's", "day"),
        Grain("zoned", "UTC", "15 minutes"),
        Grain("Odd", None, "6 hours"),
    ],
)
def test_it_is_read_from_what_it_writes(grain: Grain) -> None:
    assert read_grain(grain.expression) == grain


@pytest.mark.parametrize(
    ("condition", "grain", "way"),
    [
        ("o.at = :x", Grain("at"), Way.VALUE),
        ("DATE_TRUNC('Day', (o.at)) = :x", Grain("at", None, "day"), Way.VALUE),
        ("o.at::date = :x", Grain("at", None, "day"), Way.DATE),
        ("o.at >= :x::date", Grain("at", None, "day"), Way.BOUND),
        ("o.at < :x::date + 1", Grain("at", None, "day"), Way.BOUND),
        ("o.at < :x::date + INTERVAL '2 months'", Grain("at", None, "day"), Way.BOUND),
        ("DATE '2024-01-01' <= o.at", Grain("at", None, "day"), Way.BOUND),
        ("o.at >= '2024-01-01 00:00'", Grain("at", None, "day"), Way.BOUND),
        ("o.at >= date_trunc('month', :x::timestamp)", Grain("at", None, "month"), Way.BOUND),
        ("(o.zoned AT TIME ZONE 'UTC')::date = :x", Grain("zoned", "UTC", "day"), Way.DATE),
        ("o.at > :x::date", Grain("at"), Way.VALUE),
        ("o.at <= :x::date", Grain("at"), Way.VALUE),
        ("o.at BETWEEN :x::date AND :y::date", Grain("at"), Way.VALUE),
        ("o.at >= :x::timestamp", Grain("at"), Way.VALUE),
        ("o.at < :x::date + INTERVAL '1 hour'", Grain("at"), Way.VALUE),
        ("o.at < :x::date + :days", Grain("at"), Way.VALUE),
        ("o.at >= date_trunc('month', :x)", Grain("at"), Way.VALUE),
        ("o.zoned >= :x::date", Grain("zoned"), Way.VALUE),
        ("date_trunc('day', o.zoned) = :x", Grain("zoned"), Way.VALUE),
        ("date_trunc('month', o.due) = :x", Grain("due"), Way.VALUE),
        ("date_trunc('fortnight', o.at) = :x", Grain("at"), Way.VALUE),
        ("time_bucket('60 seconds', o.at) = :x", Grain("at", None, "minute"), Way.VALUE),
        ("time_bucket('900 seconds', o.at) = :x", Grain("at", None, "15 minutes"), Way.VALUE),
        ("time_bucket(INTERVAL '7 days', o.at) = :x", Grain("at", None, "week"), Way.VALUE),
        ("time_bucket('3 months', o.at) = :x", Grain("at", None, "quarter"), Way.VALUE),
        ("time_bucket('1 hour', o.zoned) = :x", Grain("zoned", "UTC", "hour"), Way.ZONED),
        ("time_bucket('1 year', o.zoned) = :x", Grain("zoned", "UTC", "year"), Way.ZONED),
        ("date_bin('1 day', o.at, '2024-05-05') = :x", Grain("at", None, "day"), Way.VALUE),
        (
            "date_bin('1 day', o.zoned, '2000-01-03 00:00:00+00') = :x",
            Grain("zoned", "UTC", "day"),
            Way.ZONED,
        ),
        (
            "date_bin('1 h', o.zoned AT TIME ZONE 'x', '2000-01-03') = :x",
            Grain("zoned", "x", "hour"),
            Way.VALUE,
        ),
        ("o.at >= time_bucket('1 hour', :x::timestamp)", Grain("at", None, "hour"), Way.BOUND),
        ("o.zoned < time_bucket('1 hour', :x::timestamptz)", Grain("zoned", "UTC", "hour"), Way.ZONED),
        ("o.zoned > time_bucket('1 hour', :x::timestamptz)", Grain("zoned"), Way.VALUE),
        ("o.zoned >= time_bucket('1 hour', :x)", Grain("zoned"), Way.VALUE),
        ("time_bucket('7 minutes', o.at) = :x", Grain("at"), Way.VALUE),
        ("time_bucket('2 days', o.at) = :x", Grain("at"), Way.VALUE),
        ("time_bucket('2 months', o.at) = :x", Grain("at"), Way.VALUE),
        ("time_bucket(:w, o.at) = :x", Grain("at"), Way.VALUE),
        ("time_bucket('1 day', o.at, INTERVAL '1 hour') = :x", Grain("at"), Way.VALUE),
        ("time_bucket('1 day', o.zoned, 'Europe/Berlin') = :x", Grain("zoned"), Way.VALUE),
        ("time_bucket('1 day', o.due) = :x", Grain("due"), Way.VALUE),
        ("date_bin('1 day', o.at, '2024-05-05 06:00') = :x", Grain("at"), Way.VALUE),
        ("date_bin('7 days', o.at, '2024-05-05') = :x", Grain("at"), Way.VALUE),
        ("date_bin('1 day', o.zoned, '2000-01-03') = :x", Grain("zoned"), Way.VALUE),
    ],
)
def test_what_stands_around_a_column(condition: str, grain: Grain, way: Way) -> None:
    tree = qualified(unqualified(" ".join(["SELECT 1 FROM o WHERE", condition])), SCHEMA)
    column = next(tree.find_all(exp.Column))
    use = use_of(column, SCHEMA.tables[0])
    assert (use.grain, use.way) == (grain, way)


def test_what_serves_what() -> None:
    day, week, month = (Grain("at", None, unit) for unit in ("day", "week", "month"))
    assert day.serves(week)
    assert day.serves(month)
    assert Grain("at").serves(day)
    assert not week.serves(month)
    assert not month.serves(day)
    assert not day.serves(Grain("at"))
    assert not day.serves(Grain("other", None, "month"))


def test_the_finest() -> None:
    day, week, month = (Grain("at", None, unit) for unit in ("day", "week", "month"))
    assert finest({week, month}) == {day}
    assert finest({month}) == {month}
    assert finest({month, Grain("at")}) == {Grain("at")}
    assert finest({Grain("zoned", "UTC", "day"), Grain("zoned")}) == {Grain("zoned")}
    assert finest({Grain("zoned", "UTC", "day"), Grain("a")}) == {Grain("zoned", "UTC", "day"), Grain("a")}


def test_spans_that_fit_into_a_day() -> None:
    quarter, half, hour, day, week, month = (
        Grain("at", None, unit) for unit in ("15 minutes", "30 minutes", "hour", "day", "week", "month")
    )
    ten = Grain("at", None, "10 minutes")
    assert quarter.serves(half)
    assert quarter.serves(hour)
    assert quarter.serves(week)
    assert quarter.serves(month)
    assert not half.serves(quarter)
    assert not ten.serves(quarter)
    assert finest({quarter, ten}) == {Grain("at", None, "5 minutes")}
    assert finest({quarter, half, month}) == {quarter}
    assert finest({Grain("at", None, "quarter"), Grain("at", None, "year")}) == {Grain("at", None, "quarter")}
    assert finest({week, day}) == {day}
