"""What the builders of expressions call for the parts of a node."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from sqlglot import exp

from optimizer.engines.mongo.compile.scope import Scope
from optimizer.model.schema import ColumnType


class Translator(Protocol):
    """Aggregation expressions of the parts of an expression, at one point of a pipeline."""

    @property
    def scope(self) -> Scope:
        """What the columns' names mean."""

    def value(self, node: exp.Expr, type: ColumnType | None = None) -> Any:
        """The expression of a value; a constant without a type of its own becomes one of `type`."""

    def is_true(self, node: exp.Expr, wanted: bool = True) -> Any:
        """The expression that is true where a condition is TRUE (FALSE, if that is `wanted`), else false."""

    def truth(self, node: exp.Expr) -> Any:
        """The expression that is true, false or null as a condition is TRUE, FALSE or UNKNOWN."""

    def type(self, node: exp.Expr) -> ColumnType | None:
        """The type of a value, if it is known."""

    def nullable(self, node: exp.Expr) -> bool:
        """True where the value may be null or missing."""


Builder = Callable[[Any, Translator], Any]
"""Makes the expression of one kind of node."""


def is_null(value: Any) -> dict[str, Any]:
    """True where a value is null or missing: nothing else is as low in the order of all values."""
    return {"$lte": [value, None]}


def is_given(value: Any) -> dict[str, Any]:
    """True where a value is neither null nor missing."""
    return {"$gt": [value, None]}


def unless_null(value: Any, nullable: bool, result: Any) -> Any:
    """`result`, or null where the value is: for operators that don't pass null on by themselves."""
    return {"$cond": [is_given(value), result, None]} if nullable else result
