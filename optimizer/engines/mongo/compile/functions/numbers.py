"""Arithmetic.

`$divide` of integers gives a double, `$round` rounds half to even: PostgreSQL truncates and rounds half away
from zero. A sum or product of integers beyond 64 bits becomes a double where PostgreSQL raises an error.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sqlglot import exp

from optimizer.engines.mongo.compile.errors import NotCompiled
from optimizer.engines.mongo.compile.functions import moments
from optimizer.engines.mongo.compile.translator import Builder, Translator
from optimizer.engines.mongo.compile.types import FLOATS, INTEGERS, JSONS, NUMERIC, common, is_a
from optimizer.model.schema import ColumnType

_FEW = (2, 3, 4)
"""Exponents for which `$multiply` is exact, where `$pow` is off in the last digit."""


def operands(node: exp.Expr, e: Translator) -> tuple[Any, Any]:
    """Both sides of an operator as one type of number: a numeric beside a double becomes a double."""
    sides = (node.this, node.expression)
    both = common(e.type(side) for side in sides)
    left, right = (_number(side, both, e) for side in sides)
    return left, right


def _number(node: exp.Expr, type: ColumnType | None, e: Translator) -> Any:
    value = e.value(node, type)
    own = e.type(node)
    if is_a(type, FLOATS) and is_a(own, ("numeric",)) and not isinstance(value, float):
        return {"$toDouble": value}
    return value


def _flat(operator: str, node: exp.Expr, e: Translator) -> Any:
    left, right = operands(node, e)
    inner = left[operator] if isinstance(left, dict) and list(left) == [operator] else [left]
    return {operator: [*inner, right]}


def add(node: exp.Add, e: Translator) -> Any:
    """Numbers, moments and intervals."""
    if moments.concerns(node, e):
        return moments.add(node, e, 1)
    return _flat("$add", node, e)


def subtract(node: exp.Sub, e: Translator) -> Any:
    """Numbers, moments and intervals, keys out of JSON."""
    if is_a(e.type(node.this), JSONS):
        return {"$unsetField": {"field": {"$literal": e.value(node.expression)}, "input": e.value(node.this)}}
    if moments.concerns(node, e):
        return moments.subtract(node, e)
    return {"$subtract": list(operands(node, e))}


def multiply(node: exp.Mul, e: Translator) -> Any:
    """Numbers, or an interval so many times."""
    return _flat("$multiply", node, e)


def divide(node: exp.Div, e: Translator) -> Any:
    """Integers truncate towards zero; numerics are divided as decimals."""
    both = common((e.type(node.this), e.type(node.expression)))
    left, right = operands(node, e)
    if is_a(both, ("int8",)):
        return {"$toLong": {"$divide": [{"$toDecimal": left}, right]}}
    if is_a(both, INTEGERS):
        return {"$toInt": {"$divide": [left, right]}}
    if is_a(both, ("numeric",)):
        return {"$divide": [left if is_decimal(node.this, e) else {"$toDecimal": left}, right]}
    if both is None:
        raise NotCompiled(node, "its operands need casts: integers and numerics are divided differently")
    return {"$divide": [left, right]}


def is_decimal(node: exp.Expr, e: Translator) -> bool:
    """True where the value is certainly stored or made as a decimal, and not as the double of an average."""
    type = e.type(node)
    return is_a(type, ("numeric",)) and (isinstance(node.unnest(), exp.Literal) or bool(type and type.scale))


def remainder(node: Any, e: Translator) -> Any:
    """With the sign of the left side, as `$mod` has it."""
    pair = exp.Mod(this=node.expressions[0], expression=node.expressions[1]) if node.expressions else node
    return {"$mod": list(operands(pair, e))}


def negative(node: exp.Neg, e: Translator) -> Any:
    """The value with the other sign."""
    return {"$multiply": [e.value(node.this), -1]}


def power(node: Any, e: Translator) -> Any:
    """A decimal where one side is numeric, else a double."""
    pair = exp.Pow(this=node.expressions[0], expression=node.expressions[1]) if node.expressions else node
    both = common((e.type(pair.this), e.type(pair.expression)))
    left, right = operands(pair, e)
    if is_a(both, ("numeric",)) and isinstance(right, Decimal) and right in _FEW:
        return {"$multiply": [left] * int(right)}
    return {"$pow": [{"$toDecimal" if is_a(both, ("numeric",)) else "$toDouble": left}, right]}


def root(node: exp.Anonymous, e: Translator) -> Any:
    """A square root."""
    return {"$sqrt": e.value(node.expressions[0])}


def rounded(node: exp.Round, e: Translator) -> Any:
    """A numeric half away from zero, a double half to even."""
    places, type = _places(node, node.args.get("decimals")), e.type(node.this)
    if is_a(type, (*INTEGERS, *FLOATS)) and node.args.get("decimals") is None:
        return {"$round": e.value(node.this)} if is_a(type, FLOATS) else e.value(node.this)
    value = e.value(node.this, NUMERIC)
    return half_away(value if is_decimal(node.this, e) else {"$toDecimal": value}, places)


def half_away(value: Any, places: int) -> dict[str, Any]:
    """A decimal rounded half away from zero: half a unit is added away from zero, and the rest cut off."""
    half = Decimal(5).scaleb(-places - 1)
    name = value if isinstance(value, str) else "$$n"
    moved = {"$add": [name, {"$cond": [{"$lt": [name, 0]}, -half, half]}]}
    rounding = {"$trunc": [moved, places]}
    return rounding if name is value else {"$let": {"vars": {"n": value}, "in": rounding}}


def truncated(node: exp.Anonymous, e: Translator) -> Any:
    """`trunc(x)` and `trunc(x, places)`."""
    value, places = node.expressions[0], _places(node, *node.expressions[1:2])
    return {"$trunc": [e.value(value), places] if places else e.value(value)}


def _places(node: exp.Expr, places: exp.Expr | None = None) -> int:
    if places is None:
        return 0
    sign = -1 if isinstance(places, exp.Neg) else 1
    literal = places.this if isinstance(places, exp.Neg) else places
    if not isinstance(literal, exp.Literal) or not literal.name.isdigit():
        raise NotCompiled(node, "the number of places has to be a literal")
    return sign * int(literal.name)


def _plainly(operator: str) -> Builder:
    def build(node: exp.Expr, e: Translator) -> Any:
        return {operator: e.value(node.expressions[0] if isinstance(node, exp.Anonymous) else node.this)}

    return build


NODES: dict[type[exp.Expr], Builder] = {
    exp.Add: add,
    exp.Sub: subtract,
    exp.Mul: multiply,
    exp.Div: divide,
    exp.Mod: remainder,
    exp.Neg: negative,
    exp.Pow: power,
    exp.Round: rounded,
    exp.Abs: _plainly("$abs"),
    exp.Floor: _plainly("$floor"),
    exp.Ceil: _plainly("$ceil"),
}

CALLS: dict[str, Builder] = {
    "mod": remainder,
    "power": power,
    "sqrt": root,
    "trunc": truncated,
    "ceiling": _plainly("$ceil"),
}
