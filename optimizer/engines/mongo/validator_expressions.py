"""CHECK constraints as aggregation expressions, for what JSON schemas can't say: one column against another.

Each condition becomes an expression that is true where the check isn't false, so nulls pass: AND is `$and` of
such, OR `$or`. MongoDB orders null below everything, hence a test for it beside each comparison.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlglot import exp

from optimizer.dataset.constraints.literals import NUMBERS
from optimizer.engines.mongo.compile.conditions import OPERATORS
from optimizer.engines.mongo.validator_sql import Columns, column_of, constant, constants, length_of, members
from optimizer.model.schema import Column
from optimizer.queries.shapes import MIRRORED, TEXT_TYPES

Reference = Callable[[str], str]
"""The expression of a column's value (`$total`, `$$row.total`)."""

_OPPOSITES = {"$eq": "$ne", "$ne": "$eq", "$lt": "$gte", "$gte": "$lt", "$gt": "$lte", "$lte": "$gt"}
_ARITHMETIC: dict[type[exp.Expr], str] = {exp.Add: "$add", exp.Sub: "$subtract", exp.Mul: "$multiply"}
_DATES = frozenset({"timestamp", "timestamptz", "date"})


class Translator:
    """Translates the checks of one table; None for what there is no expression for."""

    def __init__(self, columns: Columns, reference: Reference) -> None:
        self.columns = columns
        self.reference = reference

    def not_false(self, node: exp.Expr, *, wanted: bool = True) -> Any:
        """The expression that the condition isn't the opposite of `wanted`."""
        node = node.unnest()
        if isinstance(node, exp.Not):
            return self.not_false(node.this, wanted=not wanted)
        if node.args.get("negate"):
            wanted = not wanted
        if isinstance(node, exp.And | exp.Or):
            parts = [self.not_false(part, wanted=wanted) for part in node.flatten()]
            name = "$and" if isinstance(node, exp.And) is wanted else "$or"
            return None if any(part is None for part in parts) else {name: parts}
        match node:
            case exp.Is() if isinstance(node.expression, exp.Null):
                column = column_of(node.this, self.columns)
                return column and {"$eq" if wanted else "$ne": [self.reference(column.name), None]}
            case exp.In() if not node.args.get("query"):
                return self._listed(node.this, list(node.expressions), wanted)
            case exp.Between():
                low = exp.GTE(this=node.this.copy(), expression=node.args["low"].copy())
                high = exp.LTE(this=node.this.copy(), expression=node.args["high"].copy())
                return self.not_false(exp.and_(low, high), wanted=wanted)
            case exp.Column():
                column = column_of(node, self.columns)
                return column and self._ne(column, [not wanted])
        return self._comparison(node, wanted)

    def _ne(self, column: Column, values: list[Any]) -> Any:
        return {"$not": [{"$in": [self.reference(column.name), values]}]}

    def _listed(self, tree: exp.Expr, nodes: list[exp.Expr], wanted: bool) -> Any:
        column = column_of(tree, self.columns)
        values = constants(nodes, column) if column is not None else None
        if column is None or values is None:
            return None
        return {"$in": [self.reference(column.name), [*values, None]]} if wanted else self._ne(column, values)

    def _comparison(self, node: exp.Expr, wanted: bool) -> Any:
        name = OPERATORS.get(type(node))
        if name is None:
            return None
        listed = members(node.expression)
        if listed is not None:
            every = isinstance(node.expression, exp.Anonymous) and node.expression.name.upper() == "ALL"
            if (name, every) not in {("$eq", False), ("$ne", True)}:
                return None
            return self._listed(node.this, listed, wanted is not every)
        left, right = node.this, node.expression
        if left.find(exp.Column) is None:
            mirrored = MIRRORED.get(type(node), type(node))
            name, left, right = OPERATORS[mirrored], right, left
        return self._compared(name if wanted else _OPPOSITES[name], left, right)

    def _compared(self, name: str, left: exp.Expr, right: exp.Expr) -> Any:
        like = self._like(left)
        one = self._value(left, like) if like is not None else None
        other = self._value(right, like) if like is not None else None
        if one is None or other is None or like is None or not _alike(like, self._like(right)):
            return None
        nulls = [
            {"$lte": [side, None]} for side, tree in ((one, left), (other, right)) if self._nullable(tree)
        ]
        compared = {name: [one, other]}
        return {"$or": [*nulls, compared]} if nulls else compared

    def _like(self, node: exp.Expr) -> Column | None:
        """A column of the type that the expression has: its first one."""
        length = length_of(node, self.columns)
        if length is not None:
            return None
        found = next(iter(node.find_all(exp.Column)), None)
        return self.columns.get(found.name) if found is not None else None

    def _nullable(self, node: exp.Expr) -> bool:
        names = {column.name for column in node.find_all(exp.Column)}
        return any(not self.columns[name].not_null for name in names if name in self.columns)

    def _value(self, node: exp.Expr, like: Column) -> Any:
        node = node.unnest()
        column = column_of(node, self.columns)
        if column is not None:
            return None if column.type.array else self.reference(column.name)
        if type(node) in _ARITHMETIC and like.type.base in NUMBERS:
            parts = [self._value(side, like) for side in (node.this, node.expression)]
            return None if any(part is None for part in parts) else {_ARITHMETIC[type(node)]: parts}
        found = None if node.find(exp.Column) else constant(node, like)
        return {"$literal": found} if isinstance(found, str) else found


def _alike(a: Column, b: Column | None) -> bool:
    """True where the values of both columns are compared as SQL does: of one family of types."""
    return b is None or _family(a) == _family(b) != ""


def _family(column: Column) -> str:
    base = column.type.base
    for name, bases in (("number", NUMBERS), ("date", _DATES), ("text", TEXT_TYPES)):
        if base in bases:
            return name
    return base if base in {"uuid", "time", "bool"} else ""
