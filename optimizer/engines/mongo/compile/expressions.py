"""SQL's expressions in MongoDB's language, with SQL's meaning: null, rounding, division, order.

`condition` makes a filter of the match language, which can use indexes; `value`, `truth` and `is_true` make
aggregation expressions. What has no translation is NotCompiled. Case is that of ASCII letters.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlglot import exp

from optimizer.engines.mongo.compile import comparing, inference, matching, nulls, types
from optimizer.engines.mongo.compile.comparands import constant, is_constant, plain
from optimizer.engines.mongo.compile.errors import NotCompiled
from optimizer.engines.mongo.compile.filters import Filter
from optimizer.engines.mongo.compile.functions import (
    arrays,
    buckets,
    casts,
    choices,
    documents,
    moments,
    numbers,
    texts,
)
from optimizer.engines.mongo.compile.scope import Scope
from optimizer.engines.mongo.compile.translator import Builder
from optimizer.engines.mongo.program import Leaf
from optimizer.model.schema import ColumnType

__all__ = ["condition", "constant", "is_true", "nullable", "selected", "truth", "type_of", "value"]

_MODULES = (arrays, buckets, casts, choices, documents, moments, numbers, texts)
_NODES: dict[type[exp.Expr], Builder] = {
    kind: build for module in _MODULES for kind, build in getattr(module, "NODES", {}).items()
}
_CALLS: dict[str, Builder] = {
    name: build for module in _MODULES for name, build in getattr(module, "CALLS", {}).items()
}
_PLAIN = (*types.NUMBERS, *types.MOMENTS, "bool", "uuid", "interval")
"""Types whose values can stand in an expression as they are."""


@dataclass(frozen=True)
class Expressions:
    """The translator of expressions at one point of a pipeline (see Translator)."""

    scope: Scope

    def value(self, node: exp.Expr, type: ColumnType | None = None) -> Any:
        """See Translator.value."""
        node = node.unnest() if isinstance(node, exp.Paren | exp.Alias) else node
        if isinstance(node, exp.Alias):
            node = node.this
        if isinstance(node, exp.Column):
            return self.scope.field(node).reference
        if is_constant(node):
            own = types.common((self.type(node), type))
            return _quoted(plain(node, own), own)
        if isinstance(node, comparing.CONDITIONS):
            return self.truth(node)
        build = _NODES.get(node.__class__)
        if build is None and isinstance(node, exp.Anonymous):
            build = _CALLS.get(node.name.lower())
        if build is None:
            raise NotCompiled(node, "MongoDB has nothing for this")
        return build(node, self)

    def is_true(self, node: exp.Expr, wanted: bool = True) -> Any:
        """See Translator.is_true."""
        return comparing.is_true(node, self, wanted)

    def truth(self, node: exp.Expr) -> Any:
        """See Translator.truth."""
        return comparing.truth(node, self)

    def type(self, node: exp.Expr) -> ColumnType | None:
        """See Translator.type."""
        return inference.type_of(node, self.scope)

    def nullable(self, node: exp.Expr) -> bool:
        """See Translator.nullable."""
        return nulls.nullable(node, self.scope)


def _quoted(constant: Any, type: ColumnType | None) -> Any:
    """A constant that can't be taken for an expression, as a text with a dollar or a document could."""
    if isinstance(constant, Leaf):
        return constant if types.is_a(type, _PLAIN) else {"$literal": constant}
    is_document = isinstance(constant, dict | list) and bool(constant)
    if is_document or (isinstance(constant, str) and constant.startswith("$")):
        return {"$literal": constant}
    return constant


def condition(node: exp.Expr, scope: Scope) -> Filter:
    """The filter that is true exactly where the SQL condition is TRUE; {} where it always is."""
    return matching.match(node, Expressions(scope))


def value(node: exp.Expr, scope: Scope, type: ColumnType | None = None) -> Any:
    """The aggregation expression of a value; a constant without a type of its own becomes one of `type`."""
    return Expressions(scope).value(node, type)


def selected(node: exp.Expr, scope: Scope) -> Any:
    """`value` for a field of `$project` or `$set`, where a bare number or null would mean something else."""
    made = value(node, scope)
    bare = made is None or isinstance(made, bool | int | float | Decimal | Leaf)
    return {"$literal": made} if bare else made


def truth(node: exp.Expr, scope: Scope) -> Any:
    """The aggregation expression that is true, false or null as the SQL condition is."""
    return Expressions(scope).truth(node)


def is_true(node: exp.Expr, scope: Scope) -> Any:
    """The aggregation expression that is true where the SQL condition is TRUE, else false."""
    return Expressions(scope).is_true(node)


def type_of(node: exp.Expr, scope: Scope) -> ColumnType | None:
    """The type of an expression's value; None where it isn't known."""
    return inference.type_of(node, scope)


def nullable(node: exp.Expr, scope: Scope) -> bool:
    """True where an expression's value may be null."""
    return nulls.nullable(node, scope)
