"""Aggregates as accumulators of `$group` and `$setWindowFields`, with what has to be computed after them.

Facts: `$sum` of nothing is 0; `$avg`, `$min` and `$max` pass over null and missing values and are null over
nothing; `$addToSet` takes nulls.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sqlglot import exp

from optimizer.engines.mongo.compile.errors import NotCompiled
from optimizer.engines.mongo.compile.expressions import is_true, nullable, type_of, value
from optimizer.engines.mongo.compile.ordering import fresh
from optimizer.engines.mongo.compile.orders import in_order, ordered_value
from optimizer.engines.mongo.compile.scope import Field, Scope
from optimizer.engines.mongo.compile.types import FLOATS, INT8, NUMERIC
from optimizer.model.schema import ColumnType


@dataclass
class Accumulated:
    """What a `$group` collects: accumulators, what is set after it, and what stands for each aggregate."""

    accumulators: dict[str, Any] = field(default_factory=dict)
    finished: dict[str, Any] = field(default_factory=dict)
    known: dict[exp.Expr, exp.Expr] = field(default_factory=dict)
    taken: set[str] = field(default_factory=lambda: {"_id"})

    def counter(self, expression: Any) -> str:
        """The field of an accumulator that sums up ones, made if there is none like it yet."""
        for name, there in self.accumulators.items():
            if there == {"$sum": expression}:
                return name
        name = fresh("rows", self.taken)
        self.accumulators[name] = {"$sum": expression}
        return name


class Accumulator:
    """One aggregate as accumulators under `name`; `met` is the condition of its FILTER."""

    def __init__(self, made: Accumulated, scope: Scope, name: str, met: exp.Expr | None) -> None:
        self.made = made
        self.scope = scope
        self.name = name
        self.met = None if met is None else is_true(met, self.scope)

    def take(self, call: exp.Expr) -> Field:
        """Put the aggregate in; where its value is, and of what type."""
        tree = call.this
        if not isinstance(call, exp.AggFunc) or not isinstance(tree, exp.Expr):
            raise NotCompiled(call, "this aggregate isn't translated")
        distinct = isinstance(tree, exp.Distinct)
        if isinstance(tree, exp.Distinct):
            if len(tree.expressions) != 1:
                raise NotCompiled(call, "DISTINCT over several columns inside an aggregate")
            tree = tree.expressions[0]
        if tree.find(exp.AggFunc, exp.Window, exp.Query) or call.args.get("expressions"):
            raise NotCompiled(call, "this aggregate isn't translated")
        match call:
            case exp.Count():
                return self._count(tree, distinct)
            case exp.Sum() | exp.Avg():
                return self._number(call, tree, distinct)
            case exp.Min() | exp.Max():
                return self._extreme("$min" if isinstance(call, exp.Min) else "$max", tree)
            case exp.LogicalAnd() | exp.LogicalOr():
                return self._extreme("$min" if isinstance(call, exp.LogicalAnd) else "$max", tree)
        raise NotCompiled(call, "this aggregate isn't translated")

    def _count(self, tree: exp.Expr, distinct: bool) -> Field:
        if distinct:
            self._put({"$addToSet": self._present(tree)})
            self._finish({"$size": f"${self.name}"})
        else:
            self._put({"$sum": self._one(tree)})
        return Field(self.name, INT8, nullable=False)

    def _number(self, call: exp.Expr, tree: exp.Expr, distinct: bool) -> Field:
        type_ = type_of(call, self.scope)
        average = isinstance(call, exp.Avg)
        if distinct:
            self._put({"$addToSet": self._present(tree)})
            whole = {"$avg": f"${self.name}"} if average else {"$sum": f"${self.name}"}
            self._finish(whole if average else _or_null({"$size": f"${self.name}"}, whole))
            return Field(self.name, type_)
        of = type_of(tree, self.scope)
        if average and (of is None or of.base in (*FLOATS, "numeric", "interval")):
            self._put({"$avg": self._values(tree)})
            return Field(self.name, type_, self._may_be_empty(tree))
        summed = self._values(tree)
        if of is not None and of.base == "int8":
            summed = {"$toDecimal": summed}
        self._put({"$sum": summed})
        if average:
            return self._average(tree, type_)
        if self._may_be_empty(tree):
            self._finish(_or_null(f"${self._counter(tree)}", f"${self.name}"))
        return Field(self.name, type_, self._may_be_empty(tree))

    def _average(self, tree: exp.Expr, type_: ColumnType | None) -> Field:
        """An average of integers is exact: a decimal quotient."""
        count = f"${self._counter(tree)}"
        quotient = {"$divide": [{"$toDecimal": f"${self.name}"}, count]}
        self._finish(_or_null(count, quotient) if self._may_be_empty(tree) else quotient)
        return Field(self.name, type_ or NUMERIC, self._may_be_empty(tree))

    def _extreme(self, operator: str, tree: exp.Expr) -> Field:
        type_ = type_of(tree, self.scope)
        values = self._values(tree)
        ordered = in_order(tree, values, type_, self._may_be_empty(tree))
        self._put({operator: ordered})
        if ordered is not values:
            self._finish(ordered_value(f"${self.name}", type_))
        return Field(self.name, type_, self._may_be_empty(tree))

    def _values(self, tree: exp.Expr) -> Any:
        """The values that count; nulls among them are passed over by the accumulator."""
        made = value(tree, self.scope)
        return made if self.met is None else {"$cond": [self.met, made, "$$REMOVE"]}

    def _present(self, tree: exp.Expr) -> Any:
        """The values that count, without nulls: a set would take them."""
        tests = self._tests(tree)
        if not tests:
            return value(tree, self.scope)
        return {
            "$cond": [tests[0] if len(tests) == 1 else {"$and": tests}, value(tree, self.scope), "$$REMOVE"]
        }

    def _one(self, tree: exp.Expr) -> Any:
        """1 for a row that counts."""
        tests = self._tests(tree)
        return {"$cond": [tests[0] if len(tests) == 1 else {"$and": tests}, 1, 0]} if tests else 1

    def _tests(self, tree: exp.Expr) -> list[Any]:
        tests = [self.met] if self.met is not None else []
        if not isinstance(tree, exp.Star) and nullable(tree, self.scope):
            tests.append({"$gt": [value(tree, self.scope), None]})
        return tests

    def _may_be_empty(self, tree: exp.Expr) -> bool:
        return self.met is not None or nullable(tree, self.scope)

    def _counter(self, tree: exp.Expr) -> str:
        return self.made.counter(self._one(tree))

    def _put(self, accumulator: Any) -> None:
        self.made.accumulators[self.name] = accumulator

    def _finish(self, expression: Any) -> None:
        self.made.finished[self.name] = expression


def _or_null(count: Any, expression: Any) -> Any:
    return {"$cond": [{"$gt": [count, 0]}, expression, None]}
