"""Totals that are made beside a parent and joined to it: LATERAL, a derived table, or a common one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from sqlglot import exp

from optimizer.engines.postgres.rewriting.selects import Joined, Select, drop_condition
from optimizer.engines.postgres.rewriting.terms import column, is_column
from optimizer.engines.postgres.rewriting.totalling.answered import add_condition, aggregates, answered
from optimizer.engines.postgres.rewriting.totalling.family import Family
from optimizer.engines.postgres.rewriting.totalling.trees import (
    compared,
    has_only,
    is_grouped_by_key,
    lone_child,
    may_be_missing,
    may_show,
    parent_of,
    put,
)
from optimizer.model.schema import Schema
from optimizer.queries.conditions import conjuncts

ColumnValue: TypeAlias = Callable[[str], exp.Expr | None]
"""What a column of a joined source is, over its parent's columns; None where the totals don't tell."""


@dataclass(frozen=True, eq=False)
class _Groups:
    """Children by their parent: the names of the key's columns, and what else is shown, by its name."""

    child: str
    keys: tuple[str, ...]
    shown: Mapping[str, exp.Expr]
    having: exp.Expr | None


def read_derived(query: exp.Query, family: Family, schema: Schema) -> bool:
    """Read totals of the parent instead of every such join."""
    changed = False
    for tree in list(query.find_all(exp.Select)):
        for join in list(tree.args.get("joins") or ()):
            select = Select(tree, schema)
            if isinstance(join.this, exp.Lateral):
                changed = _read_lateral(select, join, family) or changed
            else:
                changed = _read_groups(query, select, join, family) or changed
    return changed


def _read_lateral(select: Select, join: exp.Join, family: Family) -> bool:
    """A SELECT that puts all its rows together gives one, so that its join adds none and takes none away."""
    inner = join.this.this.unnest()
    on = join.args.get("on")
    if not isinstance(inner, exp.Select) or (on is not None and on != exp.true()) or not select.is_plain:
        return False
    child = lone_child(inner, family, select.schema)
    if child is None or not has_only(inner, "expressions", "from_", "where"):
        return False
    found = parent_of(inner, child, family, [select])
    if found is None or not all(any(aggregates(one)) for one in inner.expressions):
        return False
    parent = found[1]
    value = family.values(child, parent.alias, missing=may_be_missing(*found))
    values = {one.alias_or_name: answered(one.unalias(), value, child) for one in inner.expressions}
    uses = _uses(select, join, parent, values.get)
    if uses is None:
        return False
    _exchange(join, uses, values.get)
    return True


def _read_groups(query: exp.Query, select: Select, join: exp.Join, family: Family) -> bool:
    alias, inner = join.this.alias_or_name, _inner(query, join.this)
    groups = _groups(inner, family, select.schema) if inner is not None else None
    if groups is None or not select.is_plain:
        return False
    for parent in select.tables.values():
        if parent.table.name != family.parent.name or parent.left or parent.join is join:
            continue
        links = _links(select, join, alias, groups, parent, family)
        if links is not None and _read_joined(select, join, groups, parent, links, family):
            _drop_common(query, join.this)
            return True
    return False


def _inner(query: exp.Query, source: exp.Expr) -> exp.Select | None:
    """The SELECT of a derived table, or of the one common table of that name."""
    if isinstance(source, exp.Subquery) and has_only(source, "this", "alias"):
        found = source.this
    elif isinstance(source, exp.Table) and not source.db and has_only(source, "this", "alias"):
        named = [cte for cte in query.find_all(exp.CTE) if cte.alias == source.name]
        found = named[0].this if len(named) == 1 else None
        if named and isinstance(named[0].args["alias"], exp.TableAlias) and named[0].args["alias"].columns:
            found = None
    else:
        return None
    return found if isinstance(found, exp.Select) else None


def _groups(inner: exp.Select, family: Family, schema: Schema) -> _Groups | None:
    child = lone_child(inner, family, schema)
    if child is None or not is_grouped_by_key(inner, child, family):
        return None
    if not has_only(inner, "expressions", "from_", "group", "having"):
        return None
    names: dict[str, str] = {}
    shown: dict[str, exp.Expr] = {}
    for one in inner.expressions:
        inside = one.unalias()
        if isinstance(inside, exp.Column):
            names.setdefault(inside.name, one.alias_or_name)
        elif any(aggregates(inside)):
            shown[one.alias_or_name] = inside
        else:
            return None
    if set(names) != set(family.key.columns) or len(names) + len(shown) != len(inner.expressions):
        return None
    having = inner.args.get("having")
    keys = tuple(names[name] for name in family.key.columns)
    return _Groups(child, keys, shown, having.this if having else None)


def _links(
    select: Select, join: exp.Join, alias: str, groups: _Groups, parent: Joined, family: Family
) -> list[exp.Expr] | None:
    """The conditions that join the groups to their parent; of an outer join, there may be no others."""
    own = tuple(conjuncts(join.args.get("on")))
    found = []
    for mine, theirs in zip(groups.keys, family.key.referenced, strict=True):
        where = own if join.side == "LEFT" else select.conditions(parent)
        equal = (c for c in where if is_column(compared(c, alias, mine), parent.alias, theirs))
        link = next(equal, None)
        if link is None:
            return None
        found.append(link)
    return None if join.side == "LEFT" and len(found) != len(own) else found


def _read_joined(
    select: Select,
    join: exp.Join,
    groups: _Groups,
    parent: Joined,
    links: list[exp.Expr],
    family: Family,
) -> bool:
    values, there = _values(groups, parent.alias, family)
    if there is None:
        return False
    left = join.side == "LEFT"
    if left:
        plain = groups.having is None
        values = {name: _if_there(one, there, plain) for name, one in values.items()}
    uses = _uses(select, join, parent, values.get, links)
    if uses is None:
        return False
    for link in links:
        drop_condition(link)
    rest = join.args.get("on")
    _exchange(join, uses, values.get)
    if not left:
        if rest is not None and rest != exp.true():
            add_condition(select.tree, rest)
        add_condition(select.tree, there)
    return True


def _values(groups: _Groups, parent: str, family: Family) -> tuple[dict[str, exp.Expr], exp.Expr | None]:
    """What each column of the groups is where there is a group, and the condition that there is one."""
    value, there = family.values(groups.child, parent), family.exist(parent)
    if groups.having is not None:
        kept = answered(groups.having, value, groups.child)
        there = exp.and_(there, kept) if there is not None and kept is not None else None
    totals = {name: answered(one, value, groups.child) for name, one in groups.shown.items()}
    found = {name: one for name, one in totals.items() if one is not None}
    if family.is_exact:
        keys = zip(groups.keys, family.key.referenced, strict=True)
        found |= {mine: column(parent, theirs) for mine, theirs in keys}
    return found, there


def _if_there(value: exp.Expr, there: exp.Expr, plain: bool) -> exp.Expr:
    """The value, null where the outer join found no group."""
    if plain and isinstance(there, exp.GT) and value == there.this:
        return exp.Nullif(this=value, expression=exp.Literal.number(0))
    return exp.Case(ifs=[exp.If(this=there.copy(), true=value)])


def _uses(
    select: Select, join: exp.Join, parent: Joined, value_of: ColumnValue, links: Sequence[exp.Expr] = ()
) -> list[exp.Column] | None:
    """Where a joined source's columns are used; None where one has no value there."""
    linked = {id(node) for link in links for node in link.find_all(exp.Column)}
    try:
        uses = [use for use in select.columns(join.this.alias_or_name) if id(use) not in linked]
    except ValueError:
        return None
    known = all(value_of(use.name) is not None and may_show(select, parent, use) for use in uses)
    return uses if known else None


def _exchange(join: exp.Join, uses: Sequence[exp.Column], value_of: ColumnValue) -> None:
    """Put values for the columns of a joined source, and take it away."""
    for use in uses:
        value = value_of(use.name)
        if value is not None:
            _put(use, value.copy())
    join.pop()


def _put(use: exp.Column, value: exp.Expr) -> None:
    """`COALESCE(NULLIF(n, 0), 0)` is n."""
    outside = use.parent
    is_filled = isinstance(outside, exp.Coalesce) and [str(one) for one in outside.expressions] == ["0"]
    if outside is not None and is_filled and outside.this is use and isinstance(value, exp.Nullif):
        outside.replace(value.this)
    else:
        put(use, value)


def _drop_common(query: exp.Query, source: exp.Expr) -> None:
    """Take a common table away that nothing reads any more."""
    if not isinstance(source, exp.Table):
        return
    if any(table.name == source.name and not table.db for table in query.find_all(exp.Table)):
        return
    for cte in list(query.find_all(exp.CTE)):
        if cte.alias == source.name:
            clause = cte.parent
            cte.pop()
            if clause is not None and not clause.expressions:
                clause.pop()
