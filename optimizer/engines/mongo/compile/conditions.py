"""What conditions have in common, whichever language they are said in."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

from sqlglot import exp

from optimizer.engines.mongo.compile.errors import NotCompiled

COMPARISONS = (exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE)

OPERATORS: dict[type[exp.Expr], str] = {
    exp.EQ: "$eq",
    exp.NEQ: "$ne",
    exp.LT: "$lt",
    exp.LTE: "$lte",
    exp.GT: "$gt",
    exp.GTE: "$gte",
}

_NEGATED: dict[type[exp.Expr], type[exp.Binary]] = {
    exp.EQ: exp.NEQ,
    exp.NEQ: exp.EQ,
    exp.LT: exp.GTE,
    exp.LTE: exp.GT,
    exp.GT: exp.LTE,
    exp.GTE: exp.LT,
}

_TURNED: dict[type[exp.Expr], type[exp.Binary]] = {
    exp.EQ: exp.EQ,
    exp.NEQ: exp.NEQ,
    exp.LT: exp.GT,
    exp.LTE: exp.GTE,
    exp.GT: exp.LT,
    exp.GTE: exp.LTE,
}


def negated(node: exp.Expr) -> exp.Binary:
    """The comparison that is TRUE where this one is FALSE."""
    return _NEGATED[type(node)](this=node.this, expression=node.expression)


def turned(node: exp.Expr) -> exp.Binary:
    """The same comparison with its sides exchanged."""
    return _TURNED[type(node)](this=node.expression, expression=node.this)


def between(node: exp.Between) -> exp.Expr:
    """BETWEEN as two comparisons."""
    if node.args.get("symmetric"):
        raise NotCompiled(node, "write the lower end first, without SYMMETRIC")
    low = exp.GTE(this=node.this, expression=node.args["low"])
    return exp.And(this=low, expression=exp.LTE(this=node.this, expression=node.args["high"]))


def is_row(node: exp.Expr) -> bool:
    """True for `(a, b)`."""
    return isinstance(node.unnest(), exp.Tuple)


def rows(node: exp.Expr) -> exp.Expr:
    """A comparison of rows as comparisons of their columns: an order goes by the first that differ."""
    left, right = node.this.unnest(), node.expression.unnest()
    if not isinstance(left, exp.Tuple) or not isinstance(right, exp.Tuple):
        raise NotCompiled(node, "a row can be compared with a row only")
    pairs = list(zip(left.expressions, right.expressions, strict=True))
    if isinstance(node, exp.EQ):
        return conjunction([exp.EQ(this=a, expression=b) for a, b in pairs])
    if isinstance(node, exp.NEQ):
        return disjunction([exp.NEQ(this=a, expression=b) for a, b in pairs])
    strict = exp.LT if isinstance(node, exp.LT | exp.LTE) else exp.GT
    branches = []
    for place, (a, b) in enumerate(pairs):
        last = type(node) if place == len(pairs) - 1 else strict
        equal = [exp.EQ(this=x, expression=y) for x, y in pairs[:place]]
        branches.append(conjunction([*equal, last(this=a, expression=b)]))
    return disjunction(branches)


def conjunction(parts: Sequence[exp.Expr]) -> exp.Expr:
    """All parts joined by AND."""
    return reduce(lambda left, right: exp.And(this=left, expression=right), parts)


def disjunction(parts: Sequence[exp.Expr]) -> exp.Expr:
    """All parts joined by OR."""
    return reduce(lambda left, right: exp.Or(this=left, expression=right), parts)


def members(node: exp.In) -> list[exp.Expr]:
    """The list of an IN; NotCompiled where it is a subquery."""
    if node.args.get("query") is not None or node.args.get("unnest") is not None:
        raise NotCompiled(node, "a subquery can't stand here")
    return list(node.expressions)


def quantified(node: exp.Expr) -> tuple[exp.Expr, exp.Expr, bool] | None:
    """`x = ANY(list)` and `x <> ALL(list)` as x, the list, and True for the first; None for any other."""
    side = node.expression
    if isinstance(node, exp.EQ) and isinstance(side, exp.Any):
        return node.this, _listed(side.this), True
    if isinstance(node, exp.EQ) and _is_call(side, "SOME"):
        return node.this, _listed(side.expressions[0]), True
    if isinstance(node, exp.NEQ) and _is_call(side, "ALL"):
        return node.this, _listed(side.expressions[0]), False
    if isinstance(side, exp.Any) or _is_call(side, "ALL") or _is_call(side, "SOME"):
        raise NotCompiled(node, "of the quantified comparisons only = ANY and <> ALL are known")
    return None


def _is_call(node: exp.Expr, name: str) -> bool:
    return isinstance(node, exp.Anonymous) and node.name.upper() == name


def _listed(node: exp.Expr) -> exp.Expr:
    inner = node.unnest()
    if isinstance(inner, exp.Query):
        raise NotCompiled(node, "a subquery can't stand here")
    return inner
