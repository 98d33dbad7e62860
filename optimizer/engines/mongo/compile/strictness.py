"""Which columns can't be null where a condition is true."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from optimizer.queries.conditions import conjuncts
from optimizer.queries.shapes import row_members, sides

STRICT = (exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE, exp.Between, exp.Like, exp.ILike)
"""Conditions that aren't true where a side of theirs is null."""


def strict_columns(condition: exp.Expr) -> Iterator[exp.Column]:
    """The columns that can't be null where a condition is true."""
    match condition:
        case exp.Not(this=inner):
            negated = inner.unnest()
            if isinstance(negated, exp.Is) and isinstance(negated.expression, exp.Null):
                yield from _plain(negated.this)
            elif not isinstance(negated, exp.And | exp.Or | exp.Is | exp.Exists) and not _is_list(negated):
                yield from strict_columns(negated)
        case exp.Column():
            yield condition
        case exp.In() | exp.JSONBContainsTopKey():
            yield from _plain(condition.this)
        case exp.Or():
            branches = [
                {c for part in conjuncts(branch) for c in strict_columns(part)}
                for branch in condition.flatten()
            ]
            yield from set.intersection(*branches)
        case _ if isinstance(condition, STRICT):
            written = sides(condition)
            if written is not None and not written.everything:
                for side in (written.left, *(() if written.many else written.right)):
                    yield from _plain(_leading(side, condition))
        case _:
            return


def _leading(side: exp.Expr, condition: exp.Expr) -> exp.Expr:
    """The member of a row that decides first in `(a, b) < (x, y)`: it can't be null where that is true."""
    members = row_members(side.unnest())
    return members[0] if members and not isinstance(condition, exp.NEQ) else side


def _is_list(tree: exp.Expr) -> bool:
    """True for `= ANY (...)` and `IN (SELECT ...)`: over nothing they are false for a null too."""
    written = sides(tree)
    return written is not None and written.many and not (isinstance(tree, exp.In) and tree.expressions)


def _plain(tree: exp.Expr) -> Iterator[exp.Column]:
    inner = tree.unnest()
    while isinstance(inner, exp.Cast | exp.Lower | exp.Upper):
        inner = inner.this.unnest()
    if isinstance(inner, exp.Column):
        yield inner
