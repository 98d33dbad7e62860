"""A SELECT that lost a join, written as a person would."""

from __future__ import annotations

from sqlglot import exp

from optimizer.engines.postgres.rewriting.selects import conditions_of


def tidy(select: exp.Select) -> None:
    """Write the conditions that join tables beside their JOINs, and say CROSS JOIN where there is none.

    A condition of WHERE may move into the ON of an inner join, since later outer joins keep the rows that
    they find.
    """
    joins = select.args.get("joins") or []
    conditions = list(conditions_of(select))
    first = select.args.get("from_")
    known = {first.this.alias_or_name} if first else set()
    for join in joins:
        alias = join.this.alias_or_name
        if _is_bare(join):
            own = [c for c in conditions if _joins(c, alias, known)]
            conditions = [c for c in conditions if not any(c is one for one in own)]
            _join_on(join, own)
        known.add(alias)
    _set_where(select, conditions)


def _is_bare(join: exp.Join) -> bool:
    """True for an inner join without a condition (a comma, CROSS JOIN, ON TRUE); LATERAL stays as it is."""
    on = join.args.get("on")
    return (
        not join.side
        and not join.method
        and not join.args.get("using")
        and not isinstance(join.this, exp.Lateral)
        and (on is None or on == exp.true())
    )


def _joins(condition: exp.Expr, alias: str, known: set[str]) -> bool:
    """True where a condition is about a source and those before it, and about nothing else."""
    if condition.find(exp.Query):
        return False
    names = {column.table for column in condition.find_all(exp.Column)}
    return alias in names and names - {alias} != set() and names - {alias} <= known


def _join_on(join: exp.Join, conditions: list[exp.Expr]) -> None:
    if conditions:
        join.set("on", exp.and_(*conditions, copy=False))
        join.set("kind", None)
    else:
        join.set("on", None)
        join.set("kind", "CROSS")


def _set_where(select: exp.Select, conditions: list[exp.Expr]) -> None:
    select.set("where", exp.Where(this=exp.and_(*conditions, copy=False)) if conditions else None)
