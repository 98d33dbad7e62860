"""How a read orders its rows: the query that tells ties apart, and the columns that are computed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlglot import exp

from optimizer.equivalence import Order
from optimizer.model.schema import Schema
from optimizer.queries.tree import parse, to_sql

_QUOTIENTS = (exp.Avg, exp.Div, exp.Stddev, exp.StddevPop, exp.StddevSamp, exp.Variance)


@dataclass(frozen=True, slots=True)
class Witness:
    """`sql` is the read with its ORDER BY terms as further columns (`keys` of them) and one row more.

    `sql` is None where there is neither ORDER BY nor LIMIT, or it can't be told: then `ordered` and `limited`
    say what the read itself has. `computed` are the positions of averages and quotients in the select list.
    """

    sql: str | None
    keys: int
    ordered: bool
    limited: bool
    computed: frozenset[int]


def witness(sql: str, schema: Schema) -> Witness:
    """The witness of a read; a read that sqlglot can't take has none and counts as unordered."""
    tree = parse(sql, schema)
    if not isinstance(tree, exp.Query):
        return Witness(None, 0, False, False, frozenset())
    computed = frozenset(n for n, item in enumerate(tree.selects) if item.find(*_QUOTIENTS))
    order = tree.args.get("order")
    limited = bool(tree.args.get("limit") or tree.args.get("fetch"))
    is_known = order is not None or limited
    if not is_known or not isinstance(tree, exp.Select) or tree.args.get("distinct"):
        return Witness(None, 0, order is not None, limited, computed)
    keys = [_key(term.this, tree.selects) for term in order.expressions] if order else []
    wide = tree.copy()
    for n, key in enumerate(keys):
        wide.select(exp.alias_(key.copy(), f"order_{n}", quoted=True), copy=False)
    _one_more(wide)
    return Witness(to_sql(wide), len(keys), order is not None, limited, computed)


def order_of(found: Witness, rows: int, witnessed: Sequence[tuple[Any, ...]]) -> Order:
    """The order of an answer of `rows` rows, given the rows of its witness.

    Without ORDER BY all rows are tied: a LIMIT that leaves one out cuts through them.
    """
    if not found.ordered:
        left_out = rows > 0 if found.sql is None else len(witnessed) > rows
        return Order(None, found.limited and left_out, found.computed)
    if found.sql is None:
        return Order(None, found.limited, found.computed)
    keys = [row[-found.keys :] for row in witnessed]
    ties, number = [], 0
    for n in range(min(rows, len(keys))):
        number += n > 0 and keys[n] != keys[n - 1]
        ties.append(number)
    cut = found.limited and 0 < rows < len(keys) and keys[rows] == keys[rows - 1]
    return Order(tuple(ties), cut, found.computed)


def _key(term: exp.Expr, selects: Sequence[exp.Expr]) -> exp.Expr:
    """The expression behind a term that is an ordinal or an alias of the select list."""
    if isinstance(term, exp.Literal) and term.is_int:
        return selects[int(term.this) - 1].unalias()
    if isinstance(term, exp.Column) and not term.table:
        for item in selects:
            if item.alias == term.name:
                return item.unalias()
    return term


def _one_more(tree: exp.Select) -> None:
    limit = tree.args.get("limit")
    one = exp.Literal.number(1)
    if isinstance(limit, exp.Limit):
        limit.set("expression", exp.Add(this=exp.paren(limit.expression.copy()), expression=one))
    elif isinstance(limit, exp.Fetch):
        count = limit.args.get("count") or exp.Literal.number(1)
        limit.set("count", exp.paren(exp.Add(this=exp.paren(count.copy()), expression=one)))
