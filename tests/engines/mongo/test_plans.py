"""Explanations to fingerprints, without a server."""

from __future__ import annotations

from typing import Any

from optimizer.engines.mongo.joins import limited
from optimizer.engines.mongo.plans import Seen, read_explain, read_lookups

SCAN = {"stage": "IXSCAN", "indexName": "a_b", "direction": "backward", "indexBounds": {"a": ["[5, 5]"]}}
FETCH = {"stage": "FETCH", "filter": {"n": {"$eq": 5}}, "inputStage": SCAN}


def planned(plan: dict[str, Any]) -> dict[str, Any]:
    return {"queryPlanner": {"winningPlan": plan, "rejectedPlans": [{"stage": "X", "indexName": "never"}]}}


def test_neither_bounds_nor_numbers_nor_rejected_plans() -> None:
    seen = read_explain(planned(FETCH)).whole
    assert seen.text == "(FETCH (IXSCAN a_b backward))"
    assert seen.indexes == ("a_b",)


def test_branches() -> None:
    seen = read_explain(planned({"stage": "OR", "inputStages": [SCAN, {"stage": "COLLSCAN"}]})).whole
    assert seen.text == "(OR (IXSCAN a_b backward) (COLLSCAN))"


def test_the_slot_based_engine() -> None:
    lookup = {
        "stage": "EQ_LOOKUP",
        "foreignCollection": "some_database.orders",
        "strategy": "IndexedLoopJoin",
        "indexName": "by_parent",
        "inputStage": FETCH,
    }
    seen = read_explain(planned({"queryPlan": lookup, "slotBasedPlan": {"stages": "5 ixseek"}}))
    assert seen.reading == Seen("(EQ_LOOKUP orders (FETCH (IXSCAN a_b backward)))", ("a_b",))
    assert seen.joining == Seen("(by orders IndexedLoopJoin by_parent)", ("by_parent",))
    assert seen.whole == Seen(f"{seen.reading.text} {seen.joining.text}", ("a_b", "by_parent"))


def test_stages_and_what_hides_in_them() -> None:
    union = {
        "$unionWith": {"coll": "old", "pipeline": [{"$cursor": planned(SCAN)}, {"$lookup": {"from": "b"}}]}
    }
    seen = read_explain({"stages": [{"$cursor": planned(FETCH)}, {"$group": {"n": 7}}, union]}).whole
    assert seen.text == (
        "(FETCH (IXSCAN a_b backward)) ($group) ($unionWith old (IXSCAN a_b backward) ($lookup))"
    )
    assert seen.hidden


def test_what_joins_used() -> None:
    first = {"$lookup": {"from": "b"}, "indexesUsed": ["y", "x"], "collectionScans": 0, "nReturned": 5}
    second = {"$lookup": {"from": "c"}, "indexesUsed": [], "collectionScans": 12}
    seen = read_lookups({"stages": [first, {"$unionWith": {"coll": "d", "pipeline": [second]}}]})
    assert seen.text == "($lookup b x y) ($lookup c COLLSCAN)"
    assert set(seen.indexes) == {"x", "y"}


def test_few_documents_go_through_joins() -> None:
    lookup, match = {"$lookup": {"from": "b"}}, {"$match": {}}
    union = {"$unionWith": {"coll": "d", "pipeline": [match, lookup]}}
    few, apart = {"$limit": 2}, {"$_internalInhibitOptimization": {}}
    assert limited([match, lookup, lookup, union]) == [
        match,
        few,
        apart,
        lookup,
        apart,
        lookup,
        apart,
        {"$unionWith": {"coll": "d", "pipeline": [match, few, apart, lookup, apart]}},
    ]
