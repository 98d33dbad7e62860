"""The types of expressions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from sqlglot import exp

from optimizer.engines.mongo.compile.known_types import BY_NAME, BY_NODE
from optimizer.engines.mongo.compile.scope import Scope
from optimizer.engines.mongo.compile.types import (
    BOOL,
    DATE,
    FLOAT8,
    FLOATS,
    INT4,
    INT8,
    INTEGERS,
    INTERVAL,
    JSONS,
    MOMENTS,
    NUMERIC,
    TEXT,
    TIMESTAMP,
    TIMESTAMPTZ,
    array_of,
    common,
    element_of,
    is_a,
    named,
)
from optimizer.model.schema import ColumnType


def type_of(node: exp.Expr, scope: Scope) -> ColumnType | None:
    """The type of an expression's value; None where it isn't known (a parameter, a string literal)."""
    rule = _RULES.get(type(node))
    if rule is not None:
        return rule(node, scope)
    if isinstance(node, exp.Anonymous):
        return _called(node, scope)
    default = BOOL if isinstance(node, exp.Predicate | exp.Connector | exp.Not) else None
    return BY_NODE.get(type(node), default)


def _of(node: exp.Expr, scope: Scope) -> ColumnType | None:
    return type_of(node.this, scope)


def _column(node: exp.Expr, scope: Scope) -> ColumnType | None:
    return scope.field(node).type if isinstance(node, exp.Column) else None


def _cast(node: exp.Expr, scope: Scope) -> ColumnType | None:
    return named(node.args["to"])


def _literal(node: exp.Expr, scope: Scope) -> ColumnType | None:
    if node.args.get("is_string"):
        return None
    if not node.name.isdigit():
        return NUMERIC
    number = int(node.name)
    return INT4 if number < 1 << 31 else (INT8 if number < 1 << 63 else NUMERIC)


def _arithmetic(node: exp.Expr, scope: Scope) -> ColumnType | None:
    left, right = type_of(node.this, scope), type_of(node.expression, scope)
    moments = [type for type in (left, right) if type is not None and is_a(type, MOMENTS)]
    if moments:
        return _with_moment(node, moments, left, right)
    if is_a(left, ("interval",)) or is_a(right, ("interval",)):
        return INTERVAL
    if isinstance(node, exp.Sub) and is_a(left, JSONS):
        return left
    both = common((left, right))
    return both if both is None or both.base != "numeric" else replace(NUMERIC, scale=_scale(node, scope))


def _scale(node: exp.Expr, scope: Scope) -> int | None:
    """Digits after the point of a sum or product of decimals and integers, where both sides' are known."""
    scales = [_digits(side, scope) for side in (node.this, node.expression)]
    known = [scale for scale in scales if scale is not None]
    if len(known) < 2 or not isinstance(node, exp.Add | exp.Sub | exp.Mul):
        return None
    return sum(known) if isinstance(node, exp.Mul) else max(known)


def _digits(node: exp.Expr, scope: Scope) -> int | None:
    inner, type = node.unnest(), type_of(node, scope)
    if isinstance(inner, exp.Literal) and inner.name.replace(".", "", 1).isdigit():
        return len(inner.name.partition(".")[2])
    return 0 if is_a(type, INTEGERS) else (type.scale if type is not None else None)


def _with_moment(
    node: exp.Expr, moments: list[ColumnType], left: ColumnType | None, right: ColumnType | None
) -> ColumnType | None:
    if len(moments) == 2:
        return INT4 if all(type.base == "date" for type in moments) else INTERVAL
    other = right if moments[0] is left else left
    if moments[0].base == "date" and not is_a(other, INTEGERS):
        return TIMESTAMP if is_a(other, ("interval",)) else None
    return moments[0]


def _power(node: exp.Expr, scope: Scope) -> ColumnType | None:
    both = common((type_of(node.this, scope), type_of(node.expression, scope)))
    return NUMERIC if is_a(both, ("numeric",)) else FLOAT8


def _joined(node: exp.Expr, scope: Scope) -> ColumnType | None:
    for side in (node.this, node.expression):
        type = type_of(side, scope)
        if type is not None and (type.array or type.base in JSONS):
            return type
    return TEXT


def _choice(node: exp.Expr, scope: Scope) -> ColumnType | None:
    return common(type_of(part, scope) for part in (node.this, *node.expressions))


def _case(node: exp.Expr, scope: Scope) -> ColumnType | None:
    branches = [branch.args["true"] for branch in node.args["ifs"]]
    default = node.args.get("default")
    return common(type_of(part, scope) for part in (*branches, *([default] if default else [])))


def _rounded(node: exp.Expr, scope: Scope) -> ColumnType | None:
    inner = type_of(node.this, scope)
    if node.args.get("decimals") is not None or is_a(inner, ("numeric",)):
        return NUMERIC
    return FLOAT8


def _sum(node: exp.Expr, scope: Scope) -> ColumnType | None:
    inner = type_of(_argument(node), scope)
    if is_a(inner, ("int2", "int4")):
        return INT8
    return NUMERIC if is_a(inner, ("int8", "numeric")) else inner


def _average(node: exp.Expr, scope: Scope) -> ColumnType | None:
    inner = type_of(_argument(node), scope)
    return FLOAT8 if is_a(inner, FLOATS) else (INTERVAL if is_a(inner, ("interval",)) else NUMERIC)


def _argument(node: exp.Expr) -> exp.Expr:
    inner: exp.Expr = node.this
    while isinstance(inner, exp.Distinct | exp.Order):
        inner = inner.expressions[0] if isinstance(inner, exp.Distinct) else inner.this
    return inner


def _extreme(node: exp.Expr, scope: Scope) -> ColumnType | None:
    return type_of(_argument(node), scope)


def _array(node: exp.Expr, scope: Scope) -> ColumnType | None:
    element = common(type_of(part, scope) for part in node.expressions)
    return array_of(element) if element else None


def _item(node: exp.Expr, scope: Scope) -> ColumnType | None:
    whole = type_of(node.this, scope)
    return element_of(whole) if whole is not None and whole.array else whole


_RULES: dict[type[exp.Expr], Callable[[exp.Expr, Scope], ColumnType | None]] = {
    exp.Column: _column,
    exp.Paren: _of,
    exp.Alias: _of,
    exp.Neg: _of,
    exp.Abs: _of,
    exp.Cast: _cast,
    exp.Literal: _literal,
    exp.Add: _arithmetic,
    exp.Sub: _arithmetic,
    exp.Mul: _arithmetic,
    exp.Div: _arithmetic,
    exp.Mod: _arithmetic,
    exp.Pow: _power,
    exp.DPipe: _joined,
    exp.Coalesce: _choice,
    exp.Nullif: _of,
    exp.Greatest: _choice,
    exp.Least: _choice,
    exp.Case: _case,
    exp.Floor: lambda node, scope: NUMERIC if is_a(_of(node, scope), ("numeric",)) else FLOAT8,
    exp.Ceil: lambda node, scope: NUMERIC if is_a(_of(node, scope), ("numeric",)) else FLOAT8,
    exp.Round: _rounded,
    exp.AtTimeZone: lambda node, scope: (
        TIMESTAMP if is_a(_of(node, scope), ("timestamptz",)) else TIMESTAMPTZ
    ),
    exp.JSONExtract: _of,
    exp.JSONBExtract: _of,
    exp.Array: _array,
    exp.Bracket: _item,
    exp.Sum: _sum,
    exp.Avg: _average,
    exp.Min: _extreme,
    exp.Max: _extreme,
    exp.ArrayAgg: lambda node, scope: (
        array_of(inner) if (inner := type_of(_argument(node), scope)) is not None else None
    ),
    exp.Filter: _of,
    exp.Window: _of,
}


def _called(node: exp.Anonymous, scope: Scope) -> ColumnType | None:
    name = node.name.lower()
    if name in ("date_trunc", "date_bin", "time_bucket") and len(node.expressions) > 1:
        moment = type_of(node.expressions[1], scope)
        if is_a(moment, ("date",)):
            return DATE if name == "time_bucket" else TIMESTAMPTZ
        return moment or TIMESTAMP
    if name == "mod":
        return common(type_of(part, scope) for part in node.expressions)
    if name == "trunc" and node.expressions:
        return type_of(node.expressions[0], scope)
    if name in ("power", "sqrt", "ceiling", "sign") and node.expressions:
        inner = common(type_of(part, scope) for part in node.expressions)
        return NUMERIC if is_a(inner, ("numeric",)) else FLOAT8
    return BY_NAME.get(name)
