"""The role of a parameter in a comparison, from the operator and from what stands around the parameter."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

from sqlglot import exp

from optimizer.model.schema import Column, Schema
from optimizer.queries.facts import ParameterUse
from optimizer.queries.paths import document_path

_LOW = (exp.GT, exp.GTE)
_HIGH = (exp.LT, exp.LTE)
_TEXT_MATCHES = (exp.Like, exp.ILike, exp.SimilarTo, exp.RegexpLike, exp.RegexpILike)
_KEYS = (exp.JSONBContainsTopKey, exp.JSONBContainsAnyTopKeys, exp.JSONBContainsAllTopKeys)
_CONTAINMENTS = (exp.ArrayContainsAll, exp.ArrayContainedBy, exp.ArrayOverlaps)
_COORDINATES = ("x", "y")


@dataclass(frozen=True, slots=True)
class Way:
    """From a parameter up to the comparison: `steps`, the kind of comparison, and whether it takes a list.

    `kind` is as if the parameter stood on the right. `at_high` marks the upper end of BETWEEN, `in_array`
    `:p = ANY(column)`.
    """

    steps: tuple[exp.Expr, ...]
    kind: type[exp.Expr]
    many: bool
    at_high: bool
    in_array: bool = False

    def calls(self) -> tuple[str, ...]:
        """The names of the functions around the parameter, innermost first."""
        return tuple(step.name.lower() for step in self.steps if isinstance(step, exp.Anonymous))

    def argument(self) -> int:
        """The parameter's place among the arguments of the innermost function."""
        for below, step in pairwise(self.steps):
            if isinstance(step, exp.Anonymous):
                return next((n for n, member in enumerate(step.expressions) if member is below), 0)
        return 0

    def within(self, *kinds: type[exp.Expr]) -> bool:
        """True where a node of these kinds stands between the parameter and the comparison."""
        return any(isinstance(step, kinds) for step in self.steps)


def role_in(
    target: ParameterUse, way: Way, other: exp.Expr | None, schema: Schema, *, in_row: bool
) -> ParameterUse:
    """`target` with its role, path and whether it is a list."""
    column = _column(target, schema)
    if way.kind is exp.MatchAgainst:
        return replace(target, role=_search(way.calls()))
    if way.kind in _TEXT_MATCHES:
        return replace(target, role=_pattern(way), many=way.many)
    if way.kind is exp.StartsWith:
        return replace(target, role="prefix")
    if way.kind in _KEYS:
        listed = way.kind is not exp.JSONBContainsTopKey and not way.within(exp.Array)
        return replace(target, role="key", many=listed)
    if way.kind is exp.Distance:
        return replace(target, role="element", path=_coordinate(way))
    if way.kind in _CONTAINMENTS:
        return _contained(target, way, column)
    return _ordered(target, way, column, in_row=in_row)


def _column(target: ParameterUse, schema: Schema) -> Column | None:
    table = schema.by_name.get(target.table) if target.table else None
    return table.by_name.get(target.column or "") if table else None


def _search(calls: tuple[str, ...]) -> str:
    if "to_tsquery" in calls:
        return "lexeme"
    return "search" if any(call.endswith("tsquery") for call in calls) else "unknown"


def _pattern(way: Way) -> str:
    """`:p || '%'` leaves the beginning to the parameter, `'%' || :p || '%'` a part in the middle."""
    joined = next((step for step in reversed(way.steps) if isinstance(step, exp.DPipe | exp.Concat)), None)
    if joined is None:
        return "pattern"
    leaves = [leaf for leaf in joined.find_all(exp.Literal, exp.Placeholder) if leaf.parent is not None]
    leaves.sort(key=lambda leaf: _reading_order(leaf, joined))
    return "prefix" if isinstance(leaves[0], exp.Placeholder) else "substring"


def _reading_order(leaf: exp.Expr, top: exp.Expr) -> tuple[int, ...]:
    places: list[int] = []
    node: exp.Expr | None = leaf
    while node is not None and node is not top:
        places.insert(
            0, (node.index or 0) if node.arg_key == "expressions" else int(node.arg_key == "expression")
        )
        node = node.parent
    return tuple(places)


def _contained(target: ParameterUse, way: Way, column: Column | None) -> ParameterUse:
    if column is None:
        return replace(target, role="unknown")
    base = column.type.base
    if column.type.array:
        return replace(target, role="element", many=way.many or not way.within(exp.Array))
    if base in {"json", "jsonb"}:
        return replace(target, role="element", path=(*target.path, *document_path(way.steps)))
    if base == "point":
        return _around_point(target, way)
    if base.endswith("range") and any(call.endswith("range") for call in way.calls()):
        return replace(target, role="low" if way.argument() == 0 else "high")
    return replace(target, role="element")


def _around_point(target: ParameterUse, way: Way) -> ParameterUse:
    calls = way.calls()
    if calls[:1] == ("circle",):
        return replace(target, role="radius")
    if "box" not in calls:
        return replace(target, role="element", path=_coordinate(way))
    box = next(s for s in way.steps if isinstance(s, exp.Anonymous) and s.name.lower() == "box")
    first = any(step is box.expressions[0] for step in way.steps)
    return replace(target, role="low" if first else "high", path=_coordinate(way))


def _coordinate(way: Way) -> tuple[str, ...]:
    return (_COORDINATES[way.argument() % 2],) if way.calls()[:1] == ("point",) else ()


def _ordered(target: ParameterUse, way: Way, column: Column | None, *, in_row: bool) -> ParameterUse:
    is_element = bool(column and column.type.array and way.in_array and target.expression is None)
    compared = "element" if target.path else "compared"
    if is_element:
        return replace(target, role="element")
    if way.kind is exp.Between:
        return replace(target, role="high" if way.at_high else "low")
    if in_row or way.kind not in (*_LOW, *_HIGH):
        listed = way.many and not way.within(exp.Array) and way.kind is not exp.In
        return replace(target, role=compared, many=listed)
    return replace(target, role="low" if way.kind in _LOW else "high")
