"""One SELECT of a qualified query: its tables, what joins them, and where their columns are used."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from sqlglot import exp

from optimizer.model.schema import ForeignKey, Schema, Table
from optimizer.queries.conditions import conjuncts
from optimizer.queries.tree import find_table


@dataclass(frozen=True, eq=False)
class Joined:
    """A table in a FROM clause under its alias; `join` is its JOIN, None for the first one."""

    alias: str
    table: Table
    join: exp.Join | None

    @property
    def left(self) -> bool:
        """True where rows of the other tables stay that have none of this one."""
        return self.join is not None and self.join.side == "LEFT"


@dataclass(frozen=True, eq=False)
class Select:
    """A SELECT whose tree may be changed in place; what was looked up before a change doesn't follow it."""

    tree: exp.Select
    schema: Schema

    @cached_property
    def is_plain(self) -> bool:
        """True where its joins are inner, cross or left ones of tables and subqueries, with ON or WHERE."""
        return all(
            join.side in ("", "LEFT") and join.kind in ("", "INNER", "CROSS", "OUTER") and not join.method
            for join in self.tree.args.get("joins") or ()
        )

    @cached_property
    def tables(self) -> dict[str, Joined]:
        """The schema's tables among its sources, by their aliases."""
        first = self.tree.args.get("from_")
        nodes = [(first.this, None)] if first else []
        nodes += [(join.this, join) for join in self.tree.args.get("joins") or ()]
        found = {}
        for node, join in nodes:
            table = find_table(node, self.schema) if _is_table(node) else None
            if table is not None:
                found[node.alias_or_name] = Joined(node.alias_or_name, table, join)
        return found

    def conditions(self, source: Joined) -> tuple[exp.Expr, ...]:
        """The conjuncts that every row with this source meets: its own ON, and, unless it is outer-joined,
        those of WHERE and of inner joins."""
        on = source.join.args.get("on") if source.join else None
        if source.left:
            return tuple(conjuncts(on))
        inner = [j.args.get("on") for j in self.tree.args.get("joins") or () if j.side != "LEFT"]
        where = self.tree.args.get("where")
        return tuple(part for tree in (*inner, where.this if where else None) for part in conjuncts(tree))

    def links(self, child: Joined, key: ForeignKey, parent: Joined) -> tuple[exp.Expr, ...] | None:
        """The conditions that join two sources along the child's foreign key; None where some is missing."""
        found = []
        conditions = self.conditions(parent) if not child.left or parent.left else self.conditions(child)
        for mine, theirs in zip(key.columns, key.referenced, strict=True):
            equal = (c for c in conditions if _equates(c, (child.alias, mine), (parent.alias, theirs)))
            link = next(equal, None)
            if link is None:
                return None
            found.append(link)
        return tuple(found)

    def columns(self, alias: str) -> Iterator[exp.Column]:
        """Every use of a source's columns, in subqueries too; ValueError where one hides the alias."""
        for node in self.tree.walk():
            named = isinstance(node, exp.Table | exp.Subquery) and node.alias_or_name == alias
            if named and node.find_ancestor(exp.Select) is not self.tree:
                raise ValueError(alias)
            if isinstance(node, exp.Column) and node.table == alias:
                yield node


def selects(query: exp.Query, schema: Schema) -> list[Select]:
    """Every SELECT of a query, the innermost ones last."""
    return [Select(tree, schema) for tree in query.find_all(exp.Select)]


def column(alias: str, name: str) -> exp.Column:
    """A column as it stands in a tree, quoted where it isn't all in lower case."""
    return exp.column(_identifier(name), table=_identifier(alias))


def drop_condition(condition: exp.Expr) -> None:
    """Take a conjunct out of the AND, WHERE or ON that it stands in."""
    parent = condition.parent
    while isinstance(parent, exp.Paren):
        condition, parent = parent, parent.parent
    if isinstance(parent, exp.And):
        other = parent.expression if parent.this is condition else parent.this
        parent.replace(other)
    elif isinstance(parent, exp.Where):
        parent.pop()
    elif isinstance(parent, exp.Join):
        parent.set("on", exp.true())


def _identifier(name: str) -> exp.Identifier:
    return exp.to_identifier(name, quoted=name != name.lower())


def _is_table(node: exp.Expr) -> bool:
    return isinstance(node, exp.Table) and isinstance(node.this, exp.Identifier)


def _equates(condition: exp.Expr, one: tuple[str, str], other: tuple[str, str]) -> bool:
    if not isinstance(condition, exp.EQ):
        return False
    sides = [condition.this.unnest(), condition.expression.unnest()]
    names = [(side.table, side.name) for side in sides if isinstance(side, exp.Column)]
    return names in ([one, other], [other, one])
