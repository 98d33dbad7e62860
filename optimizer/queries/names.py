"""What the names in a qualified query stand for: sources under unique aliases, terms, origins of columns."""

from __future__ import annotations

from dataclasses import dataclass

from sqlglot import exp
from sqlglot.optimizer.scope import Scope, traverse_scope

from optimizer.model.schema import Column, Schema, Table
from optimizer.queries.facts import Term
from optimizer.queries.tree import find_table, to_sql


@dataclass(frozen=True, slots=True)
class Origin:
    """The column of a table that a column of a query comes from, and the table's unique alias."""

    table: Table
    column: Column
    alias: str


class Names:
    """The scopes of one qualified query.

    A source's alias is made unique over the whole statement (`o`, then `o_2`): `taken` holds those in use.
    """

    def __init__(self, query: exp.Expr, schema: Schema, taken: set[str]) -> None:
        self.schema = schema
        self.scopes: tuple[Scope, ...] = tuple(traverse_scope(query))
        self._aliases: dict[tuple[int, str], str] = {}
        for scope in reversed(self.scopes):
            for name, source in scope.sources.items():
                if self.table_of(source) is not None:
                    self._aliases[id(scope), name] = _unique(name, taken)

    def table_of(self, source: object) -> Table | None:
        """The schema's table behind a scope's source; None for a derived table, a view or a function."""
        return find_table(source, self.schema) if isinstance(source, exp.Table) else None

    def tables(self, scope: Scope) -> dict[str, tuple[str, Table]]:
        """Unique alias and table of each known source of the scope, by the name it has there."""
        own = scope.selected_sources
        found = {name: self.table_of(source) for name, (_, source) in own.items()}
        return {name: (self._aliases[id(scope), name], table) for name, table in found.items() if table}

    def holder(self, scope: Scope | None, name: str) -> Scope | None:
        """The scope, this one or one around it, whose source has that name."""
        while scope is not None and name not in scope.selected_sources:
            scope = scope.parent
        return scope

    def owner(self, column: exp.Column, scope: Scope) -> tuple[str, Table] | None:
        """Unique alias and table of the source that a column belongs to, here or around here."""
        name = column.table or self._only_owner(column, scope)
        holder = self.holder(scope, name)
        found = self.tables(holder).get(name) if holder else None
        return found if found and column.name in found[1].by_name else None

    def origin(self, column: exp.Column, scope: Scope) -> Origin | None:
        """The table's column at the bottom, through derived tables and common table expressions."""
        owner = self.owner(column, scope)
        if owner:
            return Origin(owner[1], owner[1].by_name[column.name], owner[0])
        holder = self.holder(scope, column.table)
        source = holder.sources.get(column.table) if holder else None
        return self._inner_origin(source, column.name) if isinstance(source, Scope) else None

    def term(self, tree: exp.Expr, scope: Scope) -> Term | None:
        """The term of an expression over one known source; None where it is over none, or over several.

        An expression with a parameter or a subquery inside is none either.
        """
        tree = tree.unnest()
        if tree.find(exp.Query, exp.Placeholder, exp.Parameter, exp.AggFunc, exp.Window):
            return None
        owners = {self.owner(column, scope) for column in tree.find_all(exp.Column)}
        if len(owners) != 1:
            return None
        owner = owners.pop()
        if owner is None:
            return None
        return Term(owner[0], unqualified_text(tree), tree.name if isinstance(tree, exp.Column) else None)

    def pushed(self, column: exp.Column, scope: Scope) -> Term | None:
        """The term of a derived table's column where PostgreSQL moves conditions on it inside.

        It does so past GROUP BY for the columns that are grouped by, not past LIMIT, windows or DISTINCT ON.
        """
        holder = self.holder(scope, column.table)
        inner = holder.sources.get(column.table) if holder is scope else None
        if not isinstance(inner, Scope) or not isinstance(inner.expression, exp.Select):
            return None
        chosen = _projection(inner, column.name)
        if not isinstance(chosen, exp.Column) or not _is_transparent(inner.expression, chosen):
            return None
        return self.term(chosen, inner) or self.pushed(chosen, inner)

    def _only_owner(self, column: exp.Column, scope: Scope) -> str:
        having = [name for name, (_, table) in self.tables(scope).items() if column.name in table.by_name]
        return having[0] if len(having) == 1 else ""

    def _inner_origin(self, scope: Scope, name: str, depth: int = 0) -> Origin | None:
        if depth > 20:
            return None
        if scope.set_operation_scopes:
            return self._inner_origin(scope.set_operation_scopes[0], name, depth + 1)
        chosen = _projection(scope, name)
        if not isinstance(chosen, exp.Column):
            return None
        owner = self.owner(chosen, scope)
        if owner:
            return Origin(owner[1], owner[1].by_name[chosen.name], owner[0])
        inner = scope.sources.get(chosen.table)
        return self._inner_origin(inner, chosen.name, depth + 1) if isinstance(inner, Scope) else None


def unqualified_text(tree: exp.Expr) -> str:
    """The expression's text with its columns' tables taken off."""
    bare = tree.copy()
    for column in bare.find_all(exp.Column):
        for part in ("table", "db", "catalog"):
            column.set(part, None)
    return to_sql(bare)


def _projection(scope: Scope, name: str) -> exp.Expr | None:
    """The expression that a query gives out under a name: a minimum or maximum counts as its column."""
    query = scope.expression
    if not isinstance(query, exp.Query):
        return None
    for chosen in query.selects:
        if chosen.alias_or_name == name:
            inner = chosen.unalias()
            while isinstance(inner, exp.Cast | exp.Min | exp.Max | exp.Paren):
                inner = inner.this
            return inner
    return None


def _is_transparent(select: exp.Select, column: exp.Column) -> bool:
    if any(select.args.get(part) for part in ("limit", "offset", "fetch", "distinct")) or select.find(
        exp.Window
    ):
        return False
    group = select.args.get("group")
    return column in group.expressions if group else not select.find(exp.AggFunc)


def _unique(name: str, taken: set[str]) -> str:
    candidate, number = name, 1
    while candidate in taken:
        number += 1
        candidate = f"{name}_{number}"
    taken.add(candidate)
    return candidate
