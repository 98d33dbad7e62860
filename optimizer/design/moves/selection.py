"""A SELECT that reads the children of a parent: what it asks of them besides that."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from sqlglot import exp
from sqlglot.optimizer.scope import Scope

from optimizer.design.moves.evidence import Evidence, Relation, Statement, outer_joined
from optimizer.model.query import Query
from optimizer.model.schema import ForeignKey, Table
from optimizer.queries.conditions import conjuncts

OUTSIDE = ""
"""In place of a source: a parameter, a constant, or a column of a query around this one."""


@dataclass(frozen=True)
class Selection:
    """A SELECT from tables alone, with one source of the relation's child: `child` is its name there."""

    query: Query
    select: exp.Select
    relation: Relation
    child: str
    tables: dict[str, Table]

    @cached_property
    def conditions(self) -> tuple[exp.Expr, ...]:
        """All conjuncts of WHERE and ON."""
        joins = self.select.args.get("joins") or ()
        where = self.select.args.get("where")
        trees = [where.this if where else None, *(join.args.get("on") for join in joins)]
        return tuple(part for tree in trees for part in conjuncts(tree))

    @cached_property
    def outer(self) -> frozenset[str]:
        """The sources that an outer join may leave without a row."""
        return outer_joined(self.select)

    @cached_property
    def parent(self) -> str | None:
        """The source of the parent that the child is joined with along the key, if there is one."""
        own = self.relation.key
        return next((n for n in self.tables if self.is_joined(self.child, own, n)), None)

    @cached_property
    def is_one_parents(self) -> bool:
        """True where the key is compared for equality with something outside: the rows of one parent."""
        compared = {mine for source, mine, other, _ in self._equal if source == self.child and not other}
        return set(self.relation.key.columns) <= compared

    @cached_property
    def filters(self) -> frozenset[str]:
        """The child's columns besides the key's that some condition looks at, joins left out."""
        return self.filtered(self.child) - set(self.relation.key.columns)

    def filtered(self, source: str) -> frozenset[str]:
        """The columns of a source that some condition looks at, joins left out."""
        filters = [condition for condition in self.conditions if not self._is_join(condition)]
        return frozenset(name for condition in filters for name in self.columns(condition, source))

    def is_joined(self, child: str, key: ForeignKey, parent: str) -> bool:
        """True where two sources are joined along the first one's foreign key."""
        pairs = zip(key.columns, key.referenced, strict=True)
        linked = all((child, mine, parent, other) in self._equal for mine, other in pairs)
        return linked and child != parent and self.tables[parent].name == key.target

    def adds_no_rows(self, source: str) -> bool:
        """True where a source is a parent of another one, so that joining it repeats no row."""
        return any(
            self.is_joined(child, key, source)
            for child, table in self.tables.items()
            for key in table.foreign_keys
        )

    def columns(self, tree: exp.Expr, source: str) -> frozenset[str]:
        """The columns of one of the sources that a tree mentions."""
        return frozenset(c.name for c in tree.find_all(exp.Column) if self._source(c) == source)

    @cached_property
    def _equal(self) -> frozenset[tuple[str, str, str, str]]:
        """Source and column of each column that is compared for equality, and those of the other side."""
        found = set()
        for condition in self.conditions:
            if isinstance(condition, exp.EQ):
                found |= set(self._sides(condition.this, condition.expression))
                found |= set(self._sides(condition.expression, condition.this))
        return frozenset(found)

    def _sides(self, mine: exp.Expr, other: exp.Expr) -> Iterator[tuple[str, str, str, str]]:
        if not isinstance(mine, exp.Column):
            return
        if isinstance(other, exp.Column):
            yield self._source(mine), mine.name, self._source(other), other.name
        elif all(self._source(column) == OUTSIDE for column in other.find_all(exp.Column)):
            yield self._source(mine), mine.name, OUTSIDE, ""

    def _is_join(self, condition: exp.Expr) -> bool:
        sides = {self._source(column) for column in condition.find_all(exp.Column)} - {OUTSIDE}
        return isinstance(condition, exp.EQ) and len(sides) == 2

    def _source(self, column: exp.Column) -> str:
        return column.table if column.table in self.tables else OUTSIDE


def selections(evidence: Evidence, relation: Relation) -> Iterator[Selection]:
    """Every SELECT of the workload's reads that has the relation's child among its sources once."""
    for statement in evidence.statements:
        for scope, select, tables in _selects(statement):
            own = [name for name, table in tables.items() if table.name == relation.child.name]
            if len(own) == 1 and len(scope.selected_sources) == len(tables):
                yield Selection(statement.query, select, relation, own[0], tables)


def _selects(statement: Statement) -> Iterator[tuple[Scope, exp.Select, dict[str, Table]]]:
    if statement.facts.is_write:
        return
    for names in statement.names:
        for scope in names.scopes:
            if isinstance(scope.expression, exp.Select):
                tables = {name: table for name, (_, table) in names.tables(scope).items()}
                yield scope, scope.expression, tables
