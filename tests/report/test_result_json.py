"""result.json keeps its contract: names, kinds, and null for what wasn't measured."""

from __future__ import annotations

import json
from typing import Any

import pytest

from optimizer.report.result_json import as_values, load, to_json
from tests.report.made_up import DEFINITION, PARTITION, RESULT, STRUCTURED

ENGINE = {
    "server": str,
    "provider": str,
    "indicative": bool,
    "driver_floor_ms": float,
    "rows": dict,
    "load": dict,
    "designs": dict,
    "queries": list,
    "search": dict,
    "equivalence": dict,
    "relaxed": list,
}
SEARCH = {
    "trials": int,
    "designs": int,
    "exact": bool,
    "structures": int,
    "candidates": int,
    "explains": int,
    "distinct_plans": int,
    "measured_plans": int,
    "build_seconds": float,
    "seconds": float,
    "stopped_by": str,
}
FIGURES = ("p50_ms", "p95_ms", "p99_ms", "interval_ms", "samples", "plan")


@pytest.fixture
def values() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(to_json(RESULT))
    return found


MEASURED = {"sure": True, "without_is_lower_bound": False, "joint": False, "over_target_ms": None}


def kinds(values: dict[str, Any], expected: dict[str, type]) -> dict[str, type]:
    return {name: type(values[name]) for name in expected}


def test_the_head(values: dict[str, Any]) -> None:
    head = ("version", "workload", "run", "seed", "scale")
    assert [values[key] for key in head] == [1, "shop", "20261121T233000Z", 42, 1.0]
    assert values["environment"]["cores"] == 2
    assert list(values["engines"]) == ["postgres"]


def test_an_engine_has_all_that_the_contract_names(values: dict[str, Any]) -> None:
    engine = values["engines"]["postgres"]
    assert kinds(engine, ENGINE) == ENGINE
    assert kinds(engine["search"], SEARCH) == SEARCH
    assert engine["rows"] == {"orders": 1000, "audit.log": 5}
    assert engine["load"] == {"rows": 1005, "bytes": 90 << 20, "seconds": 1.2346}
    equivalence = engine["equivalence"]
    assert (equivalence["answers_compared"], equivalence["mismatched"]) == (480, 1)
    assert equivalence["not_comparable"] == ["page: tie"]


def test_designs_by_their_names(values: dict[str, Any]) -> None:
    designs = values["engines"]["postgres"]["designs"]
    assert list(designs) == ["baseline", "given", "dba", "winner"]
    (index,) = designs["winner"]["indexes"]
    assert index == {
        "table": "orders",
        "definition": DEFINITION,
        "bytes": 3 << 20,
        "because": [{"query": "order_history", "without_ms": 410.0, "with_ms": 1.9, **MEASURED}],
        "costs": [{"query": "place_order", "without_ms": 1.0, "with_ms": 1.04, **MEASURED}],
    }
    assert designs["given"]["indexes"][0]["bytes"] is None
    assert designs["winner"]["structures"] == []
    assert (designs["winner"]["bytes"], designs["winner"]["score"]) == (93 << 20, 1.4)


def test_structures_by_their_kinds() -> None:
    engine = as_values(STRUCTURED)["engines"]["postgres"]
    partition, view = engine["designs"]["winner"]["structures"]
    assert partition == {
        "kind": "partition",
        "table": "orders",
        "definition": PARTITION.definition,
        "because": [{"query": "order_history", "without_ms": 20.0, "with_ms": 1.9, **MEASURED}],
        "costs": [],
        "refresh_seconds": None,
        "bytes_by_rows": 40 << 20,
        "bytes_by_columns": 4 << 20,
    }
    assert view["refresh_seconds"] == 0.25
    assert (view["bytes_by_rows"], view["bytes_by_columns"]) == (None, None)
    assert engine["relaxed"] == ["orders_pkey"]
    assert engine["rewritten"] == {"order_history": ["SELECT 2"]}


def test_queries_by_design(values: dict[str, Any]) -> None:
    read, write = values["engines"]["postgres"]["queries"]
    facts = ("name", "kind", "weight", "target_ms", "percentile", "meets_target")
    assert [read[key] for key in facts] == ["order_history", "read", 0.4, 50.0, 99, True]
    assert [write[key] for key in facts] == ["place_order", "write", 0.6, 50.0, 99.5, None]
    assert read["baseline"]["p50_ms"] == 410.1235
    assert read["baseline"]["interval_ms"] == [410.1235, 1640.4938]
    assert (read["baseline"]["samples"], read["baseline"]["timed_out"]) == (200, 3)
    assert read["winner"]["plan"] == "(Index Scan orders orders_user_id_idx)"
    assert write["winner"]["plan"] is None


def test_what_was_not_measured_is_null_and_there(values: dict[str, Any]) -> None:
    failed = values["engines"]["postgres"]["queries"][0]["dba"]
    assert [failed[key] for key in FIGURES] == [None] * len(FIGURES)
    assert (failed["error"], failed["meets_target"]) == ("division by zero", False)


def test_a_concurrent_query_without_figures_is_null(values: dict[str, Any]) -> None:
    closed, opened = values["engines"]["postgres"]["designs"]["winner"]["concurrent"]
    assert (closed["rate_per_s"], closed["exhausted"]) == (None, ["place_order"])
    assert opened["queries"]["place_order"] is None


def test_text_and_values_are_the_same() -> None:
    assert load(to_json(RESULT)) == json.loads(json.dumps(as_values(RESULT)))
    assert to_json(RESULT).endswith("}\n")


def test_another_version_is_not_read() -> None:
    with pytest.raises(ValueError, match="version 2"):
        load('{"version": 2}')
