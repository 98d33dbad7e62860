"""Points around a point, on PostgreSQL's plane.

Degrees on the plane are never nearer than on the sphere, so a cap of the same radius holds the circle: the
cap lets a 2dsphere index find the points, the plane's own distance decides. (So longitude and latitude.)
"""

from __future__ import annotations

from math import radians
from typing import Any

from sqlglot import exp

from optimizer.engines.mongo.compile.comparands import is_constant, leaf
from optimizer.engines.mongo.compile.constants.evaluation import evaluator
from optimizer.engines.mongo.compile.errors import NotCompiled
from optimizer.engines.mongo.compile.filters import Filter
from optimizer.engines.mongo.compile.functions.arrays import coordinates
from optimizer.engines.mongo.compile.match.operands import Place, place_of
from optimizer.engines.mongo.compile.translator import Translator
from optimizer.engines.mongo.compile.types import FLOAT8, is_a
from optimizer.engines.mongo.program import Values

_MARGIN = 1e-9


def near(node: exp.Expr, e: Translator) -> Filter | None:
    """`p <-> point(:x, :y) < :r`; None where it isn't that."""
    distance = node.this.unnest()
    if not isinstance(distance, exp.Distance) or not isinstance(node, exp.LT | exp.LTE):
        return None
    place, center = _sides(distance.this, distance.expression, e)
    if place is None or center is None or not is_constant(node.expression):
        return None
    return _around(place, center, node.expression, "$lt" if isinstance(node, exp.LT) else "$lte", node, e)


def within(node: exp.Expr, e: Translator, wanted: bool) -> Filter | None:
    """`p <@ circle(point, r)` and `p <@ box(point, point)`, or turned round; None where it isn't that."""
    inner, outer = node.this.unnest(), node.expression.unnest()
    if isinstance(node, exp.ArrayContainsAll):
        inner, outer = outer, inner
    place = place_of(inner, e.scope)
    if place is None or not is_a(place.type, ("point",)):
        return None
    if not isinstance(outer, exp.Anonymous) or not all(map(is_constant, outer.expressions)) or not wanted:
        raise NotCompiled(
            node, "a point can be within a circle(point, r) or a box(point, point) of constants"
        )
    if outer.name.lower() == "circle":
        return _around(place, outer.expressions[0], outer.expressions[1], "$lte", node, e)
    if outer.name.lower() == "box":
        return _boxed(place, outer.expressions[0], outer.expressions[1], node)
    raise NotCompiled(node, "a point can be within a circle or a box")


def _sides(left: exp.Expr, right: exp.Expr, e: Translator) -> tuple[Place | None, exp.Expr | None]:
    if is_constant(left):
        left, right = right, left
    return place_of(left, e.scope), right if is_constant(right) else None


def _around(
    place: Place, center: exp.Expr, radius: exp.Expr, operator: str, node: exp.Expr, e: Translator
) -> Filter:
    at, length = evaluator(center), evaluator(radius)
    if at is None or length is None:
        raise NotCompiled(node, "the circle has to be constant")

    def cap(values: Values) -> Any:
        middle, size = at(values), length(values)
        if middle is None or size is None:
            return {"$in": []}
        x, y, r = *_numbers(middle), float(size)
        if abs(x) > 180 or abs(y) > 90 or not 0 <= r < 180:
            return {"$ne": None}
        return {"$geoWithin": {"$centerSphere": [[x, y], radians(r) * (1 + _MARGIN) + _MARGIN]}}

    def axis(number: int) -> Any:
        return leaf(
            center, lambda values: None if at(values) is None else _numbers(at(values))[number], "xy"[number]
        )

    own = coordinates(f"${place.path}")
    squares = [{"$pow": [{"$subtract": [{"$arrayElemAt": [own, n]}, axis(n)]}, 2]} for n in (0, 1)]
    exact = {operator: [{"$sqrt": {"$add": squares}}, e.value(radius, FLOAT8)]}
    return {place.path: leaf(node, cap, "cap"), "$expr": exact}


def _boxed(place: Place, first: exp.Expr, second: exp.Expr, node: exp.Expr) -> Filter:
    one, other = evaluator(first), evaluator(second)
    if one is None or other is None:
        raise NotCompiled(node, "the box has to be constant")

    def span(axis: int) -> Any:
        def run(values: Values) -> Any:
            corners = [one(values), other(values)]
            if None in corners:
                return {"$in": []}
            low, high = sorted(_numbers(corner)[axis] for corner in corners)
            return {"$gte": low, "$lte": high}

        return leaf(node, run, f"span of {'xy'[axis]}")

    return {f"{place.path}.coordinates.{axis}": span(axis) for axis in (0, 1)}


def _numbers(point: Any) -> tuple[float, float]:
    if isinstance(point, str):
        point = point.strip("()").split(",")
    return float(point[0]), float(point[1])
