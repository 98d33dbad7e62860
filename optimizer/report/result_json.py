"""result.json, version 1: the contract that scripts rely on."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from optimizer.model.measurement import Latency
from optimizer.model.result import (
    BASELINE,
    WINNER,
    ComparedEngine,
    ComparedQuery,
    ComparisonResult,
    ConcurrentResult,
    DesignResult,
    Effect,
    EngineResult,
    IndexResult,
    QueryResult,
    RunResult,
    StructureResult,
)


def to_json(result: RunResult) -> str:
    """The result as text, indented, keys in the order of the contract."""
    return json.dumps(as_values(result), indent=1, ensure_ascii=False) + "\n"


def as_values(result: RunResult) -> dict[str, Any]:
    """The result as plain values."""
    return {
        "version": 1,
        "workload": result.workload,
        "run": result.run,
        "seed": result.seed,
        "scale": result.scale,
        "environment": dict(result.environment),
        "engines": {name: _engine(engine) for name, engine in result.engines.items()},
        "comparison": None if result.comparison is None else comparison_values(result.comparison),
        "failed": dict(result.failed),
        "seconds": _round(result.seconds),
        "phases": {name: _round(seconds) for name, seconds in result.phases.items()},
    }


def _engine(engine: EngineResult) -> dict[str, Any]:
    return {
        "server": engine.server,
        "provider": engine.provider,
        "indicative": engine.indicative,
        "settings": dict(engine.settings),
        "driver_floor_ms": _round(engine.driver_floor_ms),
        "rows": dict(engine.rows),
        "load": {
            "rows": engine.load_rows,
            "bytes": engine.load_bytes,
            "seconds": _round(engine.load_seconds),
        },
        "designs": {label: _design(design) for label, design in engine.designs.items()},
        "queries": [_query(query) for query in engine.queries],
        "rounds": engine.rounds,
        "tied_with": list(engine.tied_with),
        "pruned": list(engine.pruned),
        "search": _search(engine),
        "equivalence": {
            "answers_compared": engine.equivalence.compared,
            "mismatched": len(engine.equivalence.mismatched),
            "mismatches": [str(mismatch) for mismatch in engine.equivalence.mismatched],
            "not_comparable": list(engine.equivalence.not_comparable),
        },
        "unstable": [
            {
                "query": u.query,
                "usual_ms": _round(u.usual_ms),
                "other_ms": _round(u.other_ms),
                "samples": u.samples,
                "changed": u.changed,
            }
            for u in engine.unstable
        ],
        "relaxed": list(engine.relaxed),
        "rewritten": {name: list(statements) for name, statements in engine.rewritten.items()},
        "notes": list(engine.notes),
    }


def _search(engine: EngineResult) -> dict[str, Any]:
    search = engine.search
    return {
        "trials": search.trials,
        "designs": search.designs,
        "exact": search.exact,
        "structures": search.structures,
        "candidates": search.candidates,
        "explains": search.explains,
        "distinct_plans": search.distinct_plans,
        "measured_plans": search.measured_plans,
        "build_seconds": _round(search.build_seconds),
        "seconds": _round(search.seconds),
        "stopped_by": search.stopped_by,
        "plans_verified": search.verified[0],
        "plans_corrected": search.verified[1],
        "left_out": [{"what": what, "reason": reason} for what, reason in search.left_out],
        "notes": list(search.notes),
    }


def _design(design: DesignResult) -> dict[str, Any]:
    return {
        "structures": [_structure(structure) for structure in design.structures],
        "indexes": [_index(index) for index in design.indexes],
        "bytes": design.bytes,
        "score": _round(design.score),
        "missed_share": _round(design.missed_share),
        "latency_ms": _round(design.latency_ms),
        "breaks": list(design.breaks),
        "concurrent": [_concurrent(run) for run in design.concurrent],
    }


def _concurrent(run: ConcurrentResult) -> dict[str, Any]:
    return {
        "clients": run.clients,
        "rate_per_s": run.rate_per_s,
        "per_second": _round(run.per_second),
        "exhausted": list(run.exhausted),
        "queries": {name: _latency(latency) for name, latency in run.latencies.items()},
    }


def _structure(structure: StructureResult) -> dict[str, Any]:
    return {
        "kind": structure.structure.kind,
        "table": str(structure.structure.table),
        "definition": structure.structure.definition,
        "because": [_effect(effect) for effect in structure.because],
        "costs": [_effect(effect) for effect in structure.costs],
        "refresh_seconds": None if structure.refresh_seconds is None else _round(structure.refresh_seconds),
        "bytes_by_rows": structure.packed.by_rows if structure.packed else None,
        "bytes_by_columns": structure.packed.by_columns if structure.packed else None,
    }


def _index(index: IndexResult) -> dict[str, Any]:
    return {
        "table": str(index.index.table),
        "definition": index.definition,
        "bytes": index.bytes,
        "because": [_effect(effect) for effect in index.because],
        "costs": [_effect(effect) for effect in index.costs],
    }


def _effect(effect: Effect) -> dict[str, Any]:
    return {
        "query": effect.query,
        "without_ms": None if effect.impossible else _round(effect.without_ms),
        "with_ms": _round(effect.with_ms),
        "sure": effect.sure,
        "without_is_lower_bound": effect.stopped,
        "joint": effect.joint,
        "over_target_ms": None if effect.over_target_ms is None else _round(effect.over_target_ms),
    }


def _query(query: QueryResult) -> dict[str, Any]:
    designs = {label: _query_on(query, label) for label in query.latencies}
    return {
        "name": query.query.name,
        "kind": "write" if query.is_write else "read",
        "weight": _round(query.query.share),
        "target_ms": query.query.target.ms,
        "percentile": _number(query.query.target.percentile),
        **{BASELINE: None, **designs},
        "meets_target": query.meets.get(WINNER),
    }


def comparison_values(comparison: ComparisonResult) -> dict[str, Any]:
    """The engines side by side, as plain values."""
    return {
        "winner": comparison.winner,
        "reason": comparison.reason,
        "rounds": comparison.rounds,
        "beside": comparison.beside,
        "engines": {engine.engine: _compared_engine(engine) for engine in comparison.engines},
        "queries": [_compared_query(query) for query in comparison.queries],
        "mismatches": [str(mismatch) for mismatch in comparison.mismatched],
        "not_comparable": list(comparison.not_comparable),
    }


def _compared_engine(engine: ComparedEngine) -> dict[str, Any]:
    return {
        "server": engine.server,
        "indicative": engine.indicative,
        "score": _round(engine.score),
        "missed_share": _round(engine.missed_share),
        "latency_ms": _round(engine.latency_ms),
        "bytes": engine.bytes,
        "load_seconds": _round(engine.load_seconds),
        "driver_floor_ms": _round(engine.driver_floor_ms),
        "write_ms": None if engine.write_ms is None else _round(engine.write_ms),
        "queries_per_second": None if engine.per_second is None else _round(engine.per_second),
        "gives_up": list(engine.gives_up),
    }


def _compared_query(query: ComparedQuery) -> dict[str, Any]:
    return {
        "name": query.query.name,
        "kind": "write" if query.is_write else "read",
        "weight": _round(query.query.share),
        "target_ms": query.query.target.ms,
        "percentile": _number(query.query.target.percentile),
        "better": query.better,
        **{
            name: {**(_latency(found) or _UNMEASURED), "meets_target": query.meets[name]}
            for name, found in query.latencies.items()
        },
    }


def _query_on(query: QueryResult, label: str) -> dict[str, Any]:
    return {
        **(_latency(query.latencies[label]) or _UNMEASURED),
        "plan": query.plans.get(label),
        "meets_target": query.meets.get(label),
        "error": query.errors.get(label),
    }


_UNMEASURED = dict.fromkeys(
    ("p50_ms", "p95_ms", "p99_ms", "mean_ms", "interval_ms", "samples", "timed_out", "failed")
)


def _latency(latency: Latency | None) -> dict[str, Any] | None:
    if latency is None:
        return None
    return {
        "p50_ms": _round(latency.p50_ms),
        "p95_ms": _round(latency.p95_ms),
        "p99_ms": _round(latency.p99_ms),
        "mean_ms": _round(latency.mean_ms),
        "interval_ms": [_round(bound) for bound in latency.interval_ms],
        "samples": latency.samples,
        "timed_out": latency.censored,
        "failed": latency.failed,
    }


def _number(value: float) -> float | int:
    return int(value) if value == int(value) else value


def _round(value: float) -> float:
    """Four digits after the point: a tenth of a microsecond where the value is in milliseconds."""
    return round(value, 4)


def load(text: str) -> Mapping[str, Any]:
    """result.json as plain values; ValueError where it is of another version."""
    values: Mapping[str, Any] = json.loads(text)
    if values.get("version") != 1:
        raise ValueError(f"result.json has version {values.get('version')!r}; this optimizer reads version 1")
    return values
