"""What doesn't combine, and what stands in the way of a hypertable: told beforehand, in words for people."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import pytest

from optimizer.engines.timescale.engine import TimescaleEngine
from optimizer.engines.timescale.layout import conflict
from optimizer.engines.timescale.structures.obstacles import obstacle
from optimizer.model.denormalisation import Computed, ExtendedReference
from optimizer.model.hypertables import ContinuousAggregate, Hypertable, TimeBucket
from optimizer.model.names import TableName
from optimizer.model.query import SourceText
from optimizer.model.schema import Column, ColumnType, Schema, Table
from optimizer.model.structure import Structure
from optimizer.model.tables import (
    RANGE,
    ColumnOrder,
    Fillfactor,
    GeneratedColumn,
    MaterializedView,
    Partition,
    SummaryTable,
    Toast,
)
from tests.conftest import workload_of
from tests.engines.timescale.scene import DAY, HOSTS_TABLE, HOUR, READINGS, STORE, hypertable

INT = ColumnType("integer", "int4")
KEPT = ContinuousAggregate(
    READINGS, TableName("My Plant", "Kept"), "SELECT 1", (), 60.0, "At", DAY, HOUR, real_time=True
)
CUT = hypertable()
STORED = hypertable(store=STORE)
OTHERS: dict[Structure, str] = {
    hypertable(7 * DAY): "My Plant.Readings can be a hypertable in one way only",
    Hypertable(READINGS, "later", DAY): "My Plant.Readings can be",
    Partition(READINGS, RANGE, "At", ("2024-01-01", "2024-02-01"), "month"): "no partition of its own",
    ColumnOrder(READINGS, ("load",)): "no column order of its own",
    Fillfactor(READINGS, 80): "no fillfactor of its own",
    Toast(READINGS, "note"): "no toast of its own",
    SummaryTable(READINGS, TableName("public", "s"), (), (), "n"): "before TimescaleDB 2.18 no trigger",
    Computed(
        HOSTS_TABLE, READINGS, "Readings_host_id_fkey", "n", "count"
    ): "before TimescaleDB 2.18 no trigger",
    Computed(READINGS, HOSTS_TABLE, "x", "n", "count"): "totals aren't kept in chunks",
    ExtendedReference(
        READINGS, HOSTS_TABLE, "Readings_host_id_fkey", "host", ("name",)
    ): "copies aren't kept",
    ExtendedReference(HOSTS_TABLE, READINGS, "x", "r", ("load",)): "copies aren't kept",
}
AGREEING: tuple[Structure, ...] = (
    STORED,
    KEPT,
    replace(KEPT, name=TableName("My Plant", "Other"), chunk_s=7 * DAY),
    Hypertable(TableName("public", "events"), "at", DAY),
    MaterializedView(HOSTS_TABLE, TableName("public", "m"), "SELECT 1", (), 60.0),
    Fillfactor(HOSTS_TABLE, 80),
    GeneratedColumn(HOSTS_TABLE, "g", INT, "id + 1"),
)
GENERATED = GeneratedColumn(READINGS, "g", INT, "pieces + 1")


@pytest.mark.parametrize("other", OTHERS, ids=lambda other: other.label)
def test_each_is_told_with_its_reason(other: Structure) -> None:
    assert OTHERS[other] in conflict(frozenset({CUT, other}))
    assert conflict(frozenset({other})) == ""


@pytest.mark.parametrize(
    "other", [one for one in OTHERS if not isinstance(one, Hypertable)], ids=lambda one: one.label
)
def test_a_continuous_aggregate_makes_a_hypertable_too(other: Structure) -> None:
    assert OTHERS[other] in conflict(frozenset({KEPT, other}))


def test_what_agrees() -> None:
    for pair in combinations(AGREEING, 2):
        assert conflict(frozenset(pair)) == ""
    assert conflict(frozenset(AGREEING)) == ""
    assert conflict(frozenset({CUT, GENERATED, KEPT})) == ""


def test_aggregates_of_other_columns_and_equal_names() -> None:
    by_other = replace(KEPT, name=TableName("My Plant", "Other"), column="later")
    for one in (CUT, KEPT):
        assert "by one column only, not by" in conflict(frozenset({one, by_other}))
    namesake = replace(KEPT, sql="SELECT 2", bucket=TimeBucket(DAY))
    assert conflict(frozenset({KEPT, namesake})) == "two continuous aggregates are called My Plant.Kept"


def test_generated_columns_and_chunks_by_columns() -> None:
    assert "lose their generated columns" in conflict(frozenset({STORED, GENERATED}))


LOG = "CREATE TABLE log (at timestamptz NOT NULL, n int);\n"
LOGS = TableName("public", "log")
TEXTS = {
    "CREATE UNLOGGED TABLE log (at timestamptz NOT NULL, n int)": "UNLOGGED",
    "CREATE TABLE log (at timestamptz NOT NULL, n int) PARTITION BY RANGE (at)": "tables of their own",
    LOG + "ALTER TABLE log DISABLE TRIGGER loud": "triggers are switched",
    LOG + "ALTER TABLE public.log ALTER n SET NOT NULL, ENABLE ALWAYS TRIGGER loud": "triggers are switched",
    LOG + "CREATE RULE nothing AS ON DELETE TO log DO INSTEAD NOTHING": "it has a rule",
    LOG + "CREATE OR REPLACE RULE nothing AS ON DELETE TO log DO INSTEAD NOTHING": "it has a rule",
    LOG + "CREATE PUBLICATION p FOR TABLE log": "publication",
}
HARMLESS = (
    LOG
    + """
CREATE TABLE other (at timestamptz);
CREATE RULE nothing AS ON DELETE TO other DO INSTEAD NOTHING;
ALTER TABLE other DISABLE TRIGGER ALL;
ALTER TABLE log ENABLE ROW LEVEL SECURITY;
"""
)


def _schema(generated: bool = False) -> Schema:
    at = ColumnType("timestamp with time zone", "timestamptz")
    columns = (Column("at", at, not_null=True), Column("n", INT, generated=generated))
    return Schema((Table(LOGS, columns),))


@pytest.mark.parametrize("text", TEXTS)
def test_what_the_text_says_stands_in_the_way(text: str) -> None:
    for structure in (Hypertable(LOGS, "at", DAY), replace(KEPT, table=LOGS, column="at")):
        assert TEXTS[text] in obstacle(structure, _schema(), SourceText(text, "schema.sql"))


def test_what_does_not() -> None:
    source = SourceText(HARMLESS, "schema.sql")
    assert obstacle(Hypertable(LOGS, "at", DAY), _schema(), source) == ""
    assert obstacle(Hypertable(LOGS, "at", DAY), _schema(generated=True), source) == ""
    stored = Hypertable(LOGS, "at", DAY, None, STORE)
    assert obstacle(stored, _schema(), source) == ""
    assert "generated columns" in obstacle(stored, _schema(generated=True), source)


def test_the_engine_tells_it_as_a_problem() -> None:
    source = SourceText(LOG + "ALTER TABLE log DISABLE TRIGGER loud", "schema.sql")
    structure = Hypertable(LOGS, "at", DAY)
    [problem] = TimescaleEngine().problems(workload_of(source), _schema(), frozenset({structure}))
    assert (
        str(problem.message)
        == f"{structure.definition}: its triggers are switched, which chunks don't follow"
    )
