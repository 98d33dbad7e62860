"""What a query says itself under `mongo:`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from optimizer.design.documents.layout import Layout
from optimizer.engines.mongo.compile.errors import NotCompiled
from optimizer.engines.mongo.compile.touched import collections_of
from optimizer.engines.mongo.compile.types import element_of
from optimizer.engines.mongo.program import Aggregate, Find, Leaf, Output, Statement, Values
from optimizer.engines.mongo.values import to_bson
from optimizer.model.query import Query
from optimizer.model.schema import Schema
from optimizer.queries.facts import ParameterUse
from optimizer.queries.rules import column_of, rules
from optimizer.queries.writes import is_write

_FIND = frozenset({"find", "filter", "projection", "sort", "skip", "limit", "columns"})
_AGGREGATE = frozenset({"aggregate", "pipeline", "columns"})
_EXAMPLE = "say {find: COLLECTION, filter: {...}} or {aggregate: COLLECTION, pipeline: [...]}"
_AS_THE_COLUMN = frozenset({"compared", "low", "high", "inserted", "upserted", "element"})

Parameters = Mapping[str, Callable[[Any], Any]]
"""How the values of parameters are sent."""


def overridden(query: Query, override: Any, layout: Layout) -> Statement:
    """The operation of an override; NotCompiled where it isn't one, or doesn't fit the layout.

    It is written for the collections as they are without structures: it fits where no structure touches
    those that it reads.
    """
    if is_write(query, layout.schema):
        raise NotCompiled(query.name, "a query that writes can't be given by hand", "leave out its `mongo:`")
    known = isinstance(override, Mapping) and (override.keys() <= _FIND or override.keys() <= _AGGREGATE)
    if not known or not override.keys() & {"find", "aggregate"}:
        raise NotCompiled(query.name, f"its `mongo:` isn't understood: {_EXAMPLE}")
    parameters = {rule.name: _sent(rule.use, layout.schema) for rule in rules(query, layout.schema)}
    made = {key: _template(value, parameters) for key, value in override.items()}
    operation = _find(made) if "find" in made else _aggregate(made)
    _refuse_structures(query, operation, layout)
    return Statement((operation,), tuple(Output(name, name) for name in _columns(override)))


def _find(made: Mapping[str, Any]) -> Find:
    return Find(
        made["find"],
        made.get("filter") or {},
        made.get("projection"),
        tuple((made.get("sort") or {}).items()),
        made.get("skip", 0),
        made.get("limit", 0),
    )


def _aggregate(made: Mapping[str, Any]) -> Aggregate:
    return Aggregate(made["aggregate"], tuple(made.get("pipeline") or ()))


def _refuse_structures(query: Query, operation: Find | Aggregate, layout: Layout) -> None:
    read = collections_of((operation,))
    for structure in layout.structures:
        touched = sorted(read & {str(table) for table in structure.tables})
        if touched:
            reason = f"its `mongo:` reads {', '.join(touched)} as it is without `{structure.label}`"
            raise NotCompiled(query.name, reason)


def _columns(override: Mapping[str, Any]) -> list[str]:
    """The names of the answer's columns: as they are listed, or as the last projection has them."""
    if "columns" in override:
        return [str(name) for name in override["columns"]]
    projections = [override.get("projection")]
    projections += [stage.get("$project") for stage in override.get("pipeline") or ()]
    last: Mapping[str, Any] = next((p for p in reversed(projections) if p), {})
    return [name for name, value in last.items() if value not in (0, False)]


def _template(value: Any, parameters: Parameters) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _template(part, parameters) for key, part in value.items()}
    if isinstance(value, list):
        return [_template(part, parameters) for part in value]
    if isinstance(value, str) and value.startswith(":") and value[1:].isidentifier():
        return _parameter(value[1:], parameters)
    return value


def _parameter(name: str, parameters: Parameters) -> Leaf:
    send = parameters.get(name)
    if send is None:
        raise NotCompiled(f":{name}", "the statement under `sql:` has no parameter of this name")

    def evaluate(values: Values) -> Any:
        return send(values[name])

    return Leaf(f":{name}", evaluate)


def _sent(use: ParameterUse, schema: Schema) -> Callable[[Any], Any]:
    """How a parameter's values are sent: as its column stores them, or as their own type says."""
    column = column_of(use, schema)
    plain = column is not None and not use.path and use.expression is None and use.role in _AS_THE_COLUMN
    type = column.type if column is not None and plain else None
    element = None if type is None else element_of(type)

    def send(value: Any) -> Any:
        if isinstance(value, list | tuple) and type is not None and not type.array:
            return [to_bson(item, type) for item in value]
        return to_bson(value, element if use.role == "element" else type)

    return send
