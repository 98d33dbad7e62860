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
