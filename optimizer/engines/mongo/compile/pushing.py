"""Conditions on a derived table, moved inside of it."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from optimizer.engines.mongo.compile.block import columns_of, replaced


def pushed(query: exp.Query, alias: str, own: Sequence[exp.Expr]) -> tuple[exp.Query, list[exp.Expr]]:
    """The query with those conditions on its columns in its WHERE that may be there; and the others."""
    known = _transparent(query)
    inside: list[exp.Expr] = []
    outside: list[exp.Expr] = []
    for condition in own:
        columns = [c for c in columns_of(condition) if c.table == alias]
        (inside if columns and all(c.name in known for c in columns) else outside).append(condition)
    if not inside:
        return query, outside
    made = query.copy()
    for condition in inside:
        moved = replaced(condition, {exp.column(name, table=alias): tree for name, tree in known.items()})
        made.where(moved, copy=False)
    return made, outside


def _transparent(query: exp.Query) -> dict[str, exp.Expr]:
    """The columns of a query whose conditions may as well be met before it groups, with what they are."""
    if not isinstance(query, exp.Select) or any(query.args.get(p) for p in ("limit", "offset", "distinct")):
        return {}
    if query.find(exp.Window):
        return {}
    group = query.args.get("group")
    if group is None and any(s.find(exp.AggFunc) for s in query.selects):
        return {}
    plain = {s.alias_or_name: s.unalias() for s in query.selects if not s.find(exp.AggFunc, exp.Query)}
    return plain if group is None else {n: t for n, t in plain.items() if t in group.expressions}
