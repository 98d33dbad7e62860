"""Constants as they stand in filters and expressions: plain values, or leaves that a binding fills.

In a filter a constant that is null becomes NaN: nothing stored is NaN, so it equals nothing and nothing is
before or after it, with any index's bounds empty. (`{$gte: null}` and `{x: null}` would find nulls.)
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bson.decimal128 import Decimal128
from sqlglot import exp

from optimizer.engines.mongo.compile.constants.casts import array_items
from optimizer.engines.mongo.compile.constants.evaluation import evaluator
from optimizer.engines.mongo.compile.constants.given import is_fixed
from optimizer.engines.mongo.compile.errors import NotCompiled
from optimizer.engines.mongo.program import Leaf, Values
from optimizer.engines.mongo.values import stored, to_bson
from optimizer.model.schema import ColumnType
from optimizer.queries.intervals import Interval
from optimizer.queries.tree import to_sql

NOTHING = float("nan")


def constant(node: exp.Expr, type: ColumnType | None = None) -> Leaf | None:
    """The leaf of an expression of parameters and literals only, as a value of `type`; None for any other."""
    evaluate = evaluator(node)
    return None if evaluate is None else leaf(node, lambda values: bson(evaluate(values), type))


def is_constant(node: exp.Expr) -> bool:
    """True for an expression of parameters and literals only."""
    return evaluator(node) is not None


def bson(value: Any, type: ColumnType | None) -> Any:
    """A constant's value as it is sent; the text of an array as an array."""
    return to_bson(_prepared(value, type), type)


def _prepared(value: Any, type: ColumnType | None) -> Any:
    if type is not None and type.array and isinstance(value, str):
        return array_items(value)
    return value.as_timedelta() if isinstance(value, Interval) else value


def leaf(node: exp.Expr, evaluate: Callable[[Values], Any], form: str = "value") -> Leaf:
    """A leaf that stands for a part of the statement."""
    return Leaf(to_sql(node), evaluate, form)


def plain(node: exp.Expr, type: ColumnType | None) -> Any:
    """The constant's value where it is the same for every binding, else its leaf; decimals as Decimal."""
    return chosen(node, lambda value: value, type, "value")


def comparand(node: exp.Expr, type: ColumnType | None) -> Any:
    """`plain` for the right side of a comparison: null is NaN."""
    return chosen(node, lambda value: NOTHING if value is None else value, type, "value")


def assigned(node: exp.Expr, type: ColumnType) -> Any:
    """`plain` as a column of that type stores it: a numeric is rounded to the column's scale."""
    return _chosen(node, lambda value: stored(_prepared(value, type), type), "value")


def chosen(node: exp.Expr, choose: Callable[[Any], Any], type: ColumnType | None, form: str) -> Any:
    """What a function of the constant's BSON value gives: at once where it is fixed, else as a leaf.

    What can't be computed (1 / 0) fails when the statement runs, as it does in SQL.
    """
    return _chosen(node, lambda value: choose(bson(value, type)), form)


def _chosen(node: exp.Expr, choose: Callable[[Any], Any], form: str) -> Any:
    evaluate = evaluator(node)
    if evaluate is None:
        raise NotCompiled(node, "a constant is needed here")
    known = evaluate
    if is_fixed(node):
        try:
            return _readable(choose(known({})))
        except (ArithmeticError, TypeError, ValueError):
            pass
    return leaf(node, lambda values: choose(known(values)), form)


def _readable(value: Any) -> Any:
    match value:
        case Decimal128():
            return value.to_decimal()
        case list():
            return [_readable(item) for item in value]
        case dict():
            return {key: _readable(item) for key, item in value.items()}
    return value
