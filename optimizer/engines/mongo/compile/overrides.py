"""What a query says itself under `mongo:`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from optimizer.design.documents.layout import Layout
from optimizer.engines.mongo.compile.errors import NotCompiled
from optimizer.engines.mongo.program import Aggregate, Find, Leaf, Output, Statement, Values
from optimizer.engines.mongo.values import to_bson
from optimizer.model.query import Query

_FIND = frozenset({"find", "filter", "projection", "sort", "skip", "limit", "columns"})
_AGGREGATE = frozenset({"aggregate", "pipeline", "columns"})
_EXAMPLE = "say {find: COLLECTION, filter: {...}} or {aggregate: COLLECTION, pipeline: [...]}"


def overridden(query: Query, override: Any, layout: Layout) -> Statement:
    """The operation of an override; NotCompiled where it isn't one, or the layout isn't the reference one."""
    if layout.structures:
        raise NotCompiled(query.name, "its `mongo:` is written for collections of their own alone")
    known = isinstance(override, Mapping) and (override.keys() <= _FIND or override.keys() <= _AGGREGATE)
    if not known or not override.keys() & {"find", "aggregate"}:
        raise NotCompiled(query.name, f"its `mongo:` isn't understood: {_EXAMPLE}")
    made = {key: _template(value) for key, value in override.items()}
    outputs = tuple(Output(name, name) for name in _columns(override))
    if "find" in made:
        sort = tuple((made.get("sort") or {}).items())
        find = Find(
            made["find"],
            made.get("filter") or {},
            made.get("projection"),
            sort,
            made.get("skip", 0),
            made.get("limit", 0),
        )
        return Statement((find,), outputs)
    return Statement((Aggregate(made["aggregate"], tuple(made.get("pipeline") or ())),), outputs)


def _columns(override: Mapping[str, Any]) -> list[str]:
    """The names of the answer's columns: as they are listed, or as the last projection has them."""
    if "columns" in override:
        return [str(name) for name in override["columns"]]
    projections = [override.get("projection")]
    projections += [stage.get("$project") for stage in override.get("pipeline") or ()]
    last: Mapping[str, Any] = next((p for p in reversed(projections) if p), {})
    return [name for name, value in last.items() if value not in (0, False)]


def _template(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _template(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_template(part) for part in value]
    if isinstance(value, str) and value.startswith(":") and value[1:].isidentifier():
        return _parameter(value[1:])
    return value


def _parameter(name: str) -> Leaf:
    def evaluate(values: Values) -> Any:
        return to_bson(values[name], None)

    return Leaf(f":{name}", evaluate)
