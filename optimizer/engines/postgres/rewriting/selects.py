"""One SELECT of a qualified query: its tables, what joins them, and where their columns are used."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from sqlglot import exp

from optimizer.model.schema import ForeignKey, Schema, Table
from optimizer.queries.conditions import conjuncts
from optimizer.queries.tree import find_table


@dataclass(frozen=True, eq=False)
class Joined:
    """A table in a FROM clause under its alias; `join` is its JOIN, None for the first one.

    `place` counts all sources from 0; `node` is the table in the tree.
    """

    alias: str
    table: Table
    join: exp.Join | None
    node: exp.Table
    place: int

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
        """The schema's tables among its sources, by their aliases; not those of which a sample is read."""
        first = self.tree.args.get("from_")
        nodes = [(first.this, None)] if first else []
        nodes += [(join.this, join) for join in self.tree.args.get("joins") or ()]
        found = {}
        for place, (node, join) in enumerate(nodes):
            table = find_table(node, self.schema) if _is_table(node) else None
            if table is not None:
                found[node.alias_or_name] = Joined(node.alias_or_name, table, join, node, place)
        return found

    def conditions(self, source: Joined) -> tuple[exp.Expr, ...]:
        """The conjuncts that every row with this source meets: its own ON, and, unless it is outer-joined,
        those of WHERE and of inner joins."""
        if source.left and source.join:
            return tuple(conjuncts(source.join.args.get("on")))
        return self.certain

    @property
    def certain(self) -> tuple[exp.Expr, ...]:
        """The conjuncts that every row of the result meets: those of inner joins and of WHERE."""
        inner = [join.args.get("on") for join in self.tree.args.get("joins") or () if join.side != "LEFT"]
        return (*(part for tree in inner for part in conjuncts(tree)), *conditions_of(self.tree))

    def links(self, child: Joined, key: ForeignKey, parent: Joined) -> tuple[exp.Expr, ...] | None:
        """The conditions that join two sources along the child's foreign key; None where some is missing."""
        return self.linking(
            child, key, parent, self.conditions(child if child.left and not parent.left else parent)
        )

    def linking(
        self, child: Joined, key: ForeignKey, parent: Joined, conditions: Sequence[exp.Expr]
    ) -> tuple[exp.Expr, ...] | None:
        """Those of some conditions that join two sources along the child's foreign key; None where one is
        missing."""
        found = []
        for mine, theirs in zip(key.columns, key.referenced, strict=True):
            equal = (c for c in conditions if _equates(c, (child.alias, mine), (parent.alias, theirs)))
            link = next(equal, None)
            if link is None:
                return None
            found.append(link)
        return tuple(found)

    def columns(self, alias: str) -> Iterator[exp.Column]:
        """Every use of a source's columns, in subqueries too; ValueError where one hides the alias."""
        for node in self.tree.walk(prune=self._is_apart):
            named = isinstance(node, _SOURCES) and node.alias_or_name == alias
            if named and node.find_ancestor(exp.Select) is not self.tree:
                raise ValueError(alias)
            if isinstance(node, exp.Column) and node.table == alias:
                yield node

    def _is_apart(self, node: exp.Expr) -> bool:
        """True for common table expressions and derived tables, which don't see this SELECT's sources."""
        if isinstance(node, exp.Subquery):
            return isinstance(node.parent, exp.From | exp.Join) and node.parent.parent is self.tree
        return node is self.tree.args.get("with_")

    def is_read_whole(self, alias: str) -> bool:
        """True where a row of the source is a value: `SELECT t FROM t`, `to_jsonb(t)`."""
        found = self.tree.find_all(exp.Column, exp.TableColumn)
        return any(node.name == alias and not node.args.get("table") for node in found)

    def is_hidden(self, alias: str, node: exp.Expr) -> bool:
        """True where a subquery between this SELECT and a node in it has a source of that name."""
        inner = node.find_ancestor(exp.Select)
        while inner is not None and inner is not self.tree:
            if any(
                source.alias_or_name == alias and source.find_ancestor(exp.Select) is inner
                for source in inner.find_all(*_SOURCES)
            ):
                return True
            inner = inner.find_ancestor(exp.Select)
        return False

    def is_certain(self, condition: exp.Expr) -> bool:
        """True where every row of the result meets it: a conjunct of WHERE, or of an inner join's ON."""
        holder = condition.parent
        while isinstance(holder, exp.Paren | exp.And):
            holder = holder.parent
        if isinstance(holder, exp.Join):
            return holder.side == "" and holder.parent is self.tree
        return isinstance(holder, exp.Where) and holder.parent is self.tree


_SOURCES = (exp.Table, exp.Subquery, exp.Lateral)
_PART_OF_A_TABLE = ("only", "sample", "joins", "pivots", "laterals")


def selects(query: exp.Query, schema: Schema) -> list[Select]:
    """Every SELECT of a query, the innermost ones last."""
    return [Select(tree, schema) for tree in query.find_all(exp.Select)]


def conditions_of(tree: exp.Select) -> tuple[exp.Expr, ...]:
    """The conjuncts of WHERE."""
    where = tree.args.get("where")
    return tuple(conjuncts(where.this if where else None))


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


def _is_table(node: exp.Expr) -> bool:
    """True for a table as a whole; in a qualified tree only common table expressions have no schema."""
    named = isinstance(node, exp.Table) and isinstance(node.this, exp.Identifier) and bool(node.db)
    return named and not any(node.args.get(part) for part in _PART_OF_A_TABLE)


def _equates(condition: exp.Expr, one: tuple[str, str], other: tuple[str, str]) -> bool:
    if not isinstance(condition, exp.EQ):
        return False
    sides = [condition.this.unnest(), condition.expression.unnest()]
    names = [(side.table, side.name) for side in sides if isinstance(side, exp.Column)]
    return names in ([one, other], [other, one])
