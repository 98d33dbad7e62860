"""Window functions as `$setWindowFields`.

Facts of 6.0: `$documentNumber`, `$rank` and `$denseRank` take one sort key; a window by range takes one
number or date, so that SQL's frame of an ORDER BY (the peers of the row included) is one by rows where there
are no peers.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlglot import exp

from optimizer.engines.mongo.compile.accumulators import Accumulated, Accumulator
from optimizer.engines.mongo.compile.errors import NotCompiled
from optimizer.engines.mongo.compile.expressions import nullable, type_of, value
from optimizer.engines.mongo.compile.flow import Flow
from optimizer.engines.mongo.compile.ordering import SortKey, Term, fresh, sorted_by, term_of
from optimizer.engines.mongo.compile.scope import Field
from optimizer.engines.mongo.compile.types import INT8

_RANKS = {exp.RowNumber: "$documentNumber", exp.Rank: "$rank", exp.DenseRank: "$denseRank"}
_EVERYTHING = ["unbounded", "unbounded"]


def windows_of(trees: Iterable[exp.Expr]) -> tuple[exp.Window, ...]:
    """The window functions in expressions, those of subqueries left out."""
    found: dict[exp.Window, None] = {}
    for tree in trees:
        for node in tree.walk(bfs=False, prune=lambda n: isinstance(n, exp.Query | exp.Window)):
            if isinstance(node, exp.Window):
                found[node] = None
    return tuple(found)


def add_windows(flow: Flow, windows: Sequence[exp.Window]) -> None:
    """Compute window functions; the flow knows their values from then on."""
    for window in windows:
        if window.args.get("alias") or isinstance(window.this, exp.Filter | exp.IgnoreNulls):
            raise NotCompiled(window, "this window isn't translated")
        name = fresh(flow.names.get(window, "window"), flow.taken)
        order = window.args.get("order")
        terms = [term_of(node) for node in order.expressions] if order else []
        keys = flow.sort_keys(terms)
        by = _sort_by(flow, keys)
        body: dict[str, Any] = {}
        if window.args.get("partition_by"):
            body["partitionBy"] = _partition(flow, window.args["partition_by"])
        if by:
            body["sortBy"] = by
        output, finished, known = _function(flow, window, name, terms, keys)
        body["output"] = output
        flow.stages.append({"$setWindowFields": body})
        flow.stages += [{"$set": finished}] if finished else []
        flow.known[window] = flow.named(name, known)


def _sort_by(flow: Flow, keys: Sequence[SortKey]) -> dict[str, int]:
    """The sort of a window; what has to be computed for it is set before."""
    stages = sorted_by(keys, flow.taken)
    flow.stages += stages[:-1]
    return dict(stages[-1]["$sort"]) if stages else {}


def _partition(flow: Flow, trees: Sequence[exp.Expr]) -> Any:
    parts = [value(tree, flow.scope) for tree in trees]
    parts = [
        {"$ifNull": [part, None]} if nullable(tree, flow.scope) else part
        for tree, part in zip(trees, parts, strict=True)
    ]
    return parts[0] if len(parts) == 1 else {f"key{n}": part for n, part in enumerate(parts, 1)}


def _function(
    flow: Flow, window: exp.Window, name: str, terms: Sequence[Term], keys: Sequence[SortKey]
) -> tuple[dict[str, Any], dict[str, Any], Field]:
    call = window.this
    operator = _RANKS.get(type(call))
    one = len(keys) == 1 and not keys[0].misplaced
    if isinstance(call, exp.RowNumber) and not one:
        rows = {"$sum": 1, "window": {"documents": ["unbounded", "current"]}}
        return {name: rows}, {}, Field(name, INT8, nullable=False)
    if operator is not None:
        if not one:
            raise NotCompiled(window, "a rank by several columns, or by one that may be null")
        return {name: {operator: {}}}, {}, Field(name, INT8, nullable=False)
    if isinstance(call, exp.Lag | exp.Lead):
        return _shifted(flow, call, name)
    frame = {"window": {"documents": _frame(flow, window, terms)}}
    made = Accumulated(taken=flow.taken)
    known = Accumulator(made, flow.scope, name, None).take(call)
    output = {path: {**one, **frame} for path, one in made.accumulators.items()}
    return output, made.finished, known


def _shifted(flow: Flow, call: exp.Expr, name: str) -> tuple[dict[str, Any], dict[str, Any], Field]:
    offset = call.args.get("offset")
    if call.args.get("default") or (offset is not None and not isinstance(offset, exp.Literal)):
        raise NotCompiled(call, "an offset that isn't a number, or a default")
    by = int(offset.name) if offset is not None else 1
    shift = {"output": value(call.this, flow.scope), "by": -by if isinstance(call, exp.Lag) else by}
    return {name: {"$shift": shift}}, {}, Field(name, type_of(call.this, flow.scope))


def _frame(flow: Flow, window: exp.Window, terms: Sequence[Term]) -> list[Any]:
    spec = window.args.get("spec")
    if spec is None and not terms:
        return _EVERYTHING
    if spec is None or spec.args.get("kind") != "ROWS":
        if not _has_no_peers(flow, window, terms) or spec is not None:
            raise NotCompiled(window, "a frame whose last rows are tied: order by a key, or say ROWS")
        return ["unbounded", "current"]
    return [_bound(spec, "start"), _bound(spec, "end")]


def _has_no_peers(flow: Flow, window: exp.Window, terms: Sequence[Term]) -> bool:
    """True where no two rows of a partition are equal in the order: it has a key of the only source."""
    sources = flow.block.sources
    trees = [*(t.tree for t in terms), *(window.args.get("partition_by") or ())]
    if len(sources) != 1 or sources[0].table is None:
        return False
    return sources[0].table.is_unique(frozenset(t.name for t in trees if isinstance(t, exp.Column)))


def _bound(spec: exp.Expr, side: str) -> Any:
    at = spec.args.get(side)
    if at is None:
        return "current"
    if isinstance(at, str):
        return "current" if at == "CURRENT ROW" else "unbounded"
    if not isinstance(at, exp.Literal):
        raise NotCompiled(spec, "a frame's bounds have to be numbers")
    return -int(at.name) if spec.args.get(f"{side}_side") == "PRECEDING" else int(at.name)
