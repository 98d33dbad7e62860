"""EXPLAIN's JSON to fingerprints: equal for equal plans, different for different ones."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from optimizer.engines.postgres.plans import read_plan
from optimizer.model.index import Index, IndexKey
from optimizer.model.names import TableName

T = TableName("public", "t")
A = Index(T, (IndexKey("a", "a"),), name="t_a_idx")
SCAN = {
    "Node Type": "Index Scan",
    "Parallel Aware": False,
    "Scan Direction": "Forward",
    "Index Name": "t_a_idx",
    "Relation Name": "t",
    "Schema": "public",
    "Alias": "t",
    "Startup Cost": 0.3,
    "Total Cost": 8.3,
    "Plan Rows": 1,
    "Index Cond": "(a = 1)",
}
JOIN = {
    "Node Type": "Nested Loop",
    "Join Type": "Inner",
    "Total Cost": 20.0,
    "Plans": [
        {"Node Type": "Seq Scan", "Parent Relationship": "Outer", "Relation Name": "u", "Total Cost": 9.0},
        {**SCAN, "Parent Relationship": "Inner"},
    ],
}


def index_of(name: str) -> Index | None:
    return A if name in ("t_a_idx", "t_1_a_idx") else None


def document(plan: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"Plan": plan}]


def fingerprint(plan: dict[str, Any]) -> str:
    return read_plan([document(plan)], index_of).fingerprint


def test_the_plan_of_a_join() -> None:
    plan = read_plan([document(JOIN)], index_of)
    assert plan.fingerprint == (
        "(Nested Loop Inner (Seq Scan u) (Index Scan Inner Forward public t t_a_idx))"
    )
    assert plan.used == {A}
    assert plan.cost == 20.0


def test_costs_rows_and_values_are_no_part_of_it() -> None:
    other = {**SCAN, "Total Cost": 99.0, "Plan Rows": 7, "Index Cond": "(a = 2)"}
    assert fingerprint(SCAN) == fingerprint(other)
    assert read_plan([document(SCAN)], index_of) == read_plan([document(other)], index_of)


@pytest.mark.parametrize(
    "change",
    [
        {"Node Type": "Index Only Scan"},
        {"Scan Direction": "Backward"},
        {"Index Name": "t_pkey"},
        {"Relation Name": "u"},
        {"Schema": "audit"},
        {"Parallel Aware": True},
        {"Plans": [{"Node Type": "Result", "Total Cost": 0.0}]},
    ],
    ids=lambda change: next(iter(change)),
)
def test_what_makes_another_plan(change: dict[str, Any]) -> None:
    assert fingerprint({**SCAN, **change}) != fingerprint(SCAN)


def test_sides_of_a_join_make_another_plan() -> None:
    turned = copy.deepcopy(JOIN)
    turned["Plans"] = list(reversed(JOIN["Plans"]))
    assert fingerprint(turned) != fingerprint(JOIN)


def test_the_indexes_of_partitions_count_as_the_one_that_was_built() -> None:
    assert fingerprint({**SCAN, "Index Name": "t_1_a_idx"}) == fingerprint(SCAN)


def test_an_index_of_a_key_is_named_but_not_used() -> None:
    plan = read_plan([document({**SCAN, "Index Name": "t_pkey"})], index_of)
    assert "t_pkey" in plan.fingerprint
    assert plan.used == frozenset()


def test_each_statement_has_a_line() -> None:
    plan = read_plan([document(SCAN), document(JOIN)], index_of)
    assert plan.fingerprint.splitlines() == [fingerprint(SCAN), fingerprint(JOIN)]
    assert plan.cost == pytest.approx(28.3)
