"""Aggregates over the children of a document where they are an array in it: no `$unwind`, no `$group`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlglot import exp

from optimizer.engines.mongo.compile.expressions import is_true, nullable, type_of, value
from optimizer.engines.mongo.compile.orders import in_order, ordered_value
from optimizer.engines.mongo.compile.scope import Field, Scope
from optimizer.engines.mongo.compile.strictness import strict_columns
from optimizer.engines.mongo.compile.types import FLOATS, INT8

ELEMENT = "element"
SUPPORTED = (exp.Count, exp.Sum, exp.Avg, exp.Min, exp.Max)


@dataclass(frozen=True)
class Elements:
    """The children `alias` of each document, at `path`; `scope` has their columns as `$$element.column`.

    `met` are the conditions that not all elements there meet. `empty`: there may be none; `alone`: there may
    be none, and a document without any still counts as one row (a left join).
    """

    path: str
    alias: str
    scope: Scope
    met: tuple[exp.Expr, ...] = ()
    alone: bool = False
    empty: bool = False

    @property
    def array(self) -> Any:
        """The expression of the array of those that meet the conditions."""
        return self._filtered([is_true(exp.and_(*self.met), self.scope)]) if self.met else f"${self.path}"

    def aggregates(self, nodes: Iterable[exp.Expr]) -> dict[exp.Expr, tuple[Any, Field]] | None:
        """The expressions of aggregates, and what is known of their values; None where one has none."""
        made = {}
        for node in nodes:
            one = self._aggregate(node)
            if one is None:
                return None
            made[node] = one
        return made

    def _aggregate(self, node: exp.Expr) -> tuple[Any, Field] | None:
        call, only = (node.this, node.expression.this) if isinstance(node, exp.Filter) else (node, None)
        if (
            not isinstance(call, SUPPORTED)
            or isinstance(call.this, exp.Distinct)
            or call.args.get("expressions")
        ):
            return None
        if self.alone and not self._is_null_alone(call.this, only):
            return None
        within = self if only is None else self._narrowed(only)
        sure = not within.met and not self.alone and not self.empty and not nullable(call.this, self.scope)
        if isinstance(call, exp.Count):
            return within.count(call.this), Field("", INT8, nullable=False)
        known = Field("", type_of(call, self.scope), not sure)
        return within.number(call, sure), known

    def _is_null_alone(self, tree: exp.Expr, only: exp.Expr | None) -> bool:
        """True for what doesn't count where there is no child, but for its one row of nulls."""
        own = isinstance(tree, exp.Column) and tree.table == self.alias
        met = only is None or any(c.table == self.alias for c in strict_columns(only))
        return met and (own or isinstance(tree, exp.Star))

    def count(self, tree: exp.Expr) -> Any:
        """How many elements there are, or how many with a value."""
        if isinstance(tree, exp.Star):
            size = {"$size": self.array}
            return {"$max": [size, 1]} if self.alone else size
        if not nullable(tree, self.scope):
            return {"$size": self.array}
        tests = [is_true(exp.and_(*self.met), self.scope)] if self.met else []
        return {"$size": self._filtered([*tests, {"$gt": [value(tree, self.scope), None]}])}

    def number(self, call: exp.Expr, sure: bool) -> Any:
        """A sum, an average, a least or a greatest; null over nothing."""
        tree = call.this
        of = type_of(tree, self.scope)
        values = self._values(tree)
        if isinstance(call, exp.Min | exp.Max):
            return self._extreme("$min" if isinstance(call, exp.Min) else "$max", tree, values)
        if isinstance(call, exp.Avg) and (of is None or of.base in (*FLOATS, "numeric", "interval")):
            return {"$avg": values}
        made = {"$sum": values}
        if isinstance(call, exp.Avg):
            made = {"$divide": [{"$toDecimal": made}, self._present(tree)]}
        return made if sure else {"$cond": [{"$gt": [self._present(tree), 0]}, made, None]}

    def _extreme(self, operator: str, tree: exp.Expr, values: Any) -> Any:
        type_ = type_of(tree, self.scope)
        each = in_order(tree, "$$value", type_, nullable(tree, self.scope))
        if each != "$$value":
            values = {"$map": {"input": values, "as": "value", "in": each}}
        return ordered_value({operator: values}, type_)

    def _present(self, tree: exp.Expr) -> Any:
        return Elements(self.path, self.alias, self.scope, self.met).count(tree)

    def _narrowed(self, only: exp.Expr) -> Elements:
        return Elements(self.path, self.alias, self.scope, (*self.met, only), empty=True)

    def _values(self, tree: exp.Expr) -> Any:
        of = type_of(tree, self.scope)
        wide = of is not None and of.base == "int8"
        if isinstance(tree, exp.Column) and tree.table == self.alias and not self.met and not wide:
            return f"${self.path}.{self.scope.field(tree).path.removeprefix(f'$${ELEMENT}.')}"
        made = value(tree, self.scope)
        inside = {"$toDecimal": made} if wide else made
        return {"$map": {"input": self.array, "as": ELEMENT, "in": inside}}

    def _filtered(self, tests: Sequence[Any]) -> Any:
        test = tests[0] if len(tests) == 1 else {"$and": list(tests)}
        return {"$filter": {"input": f"${self.path}", "as": ELEMENT, "cond": test}}
