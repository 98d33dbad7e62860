"""What each parameter of a query is for: the column that it is compared with or written to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import pairwise

from sqlglot import exp
from sqlglot.optimizer.scope import Scope

from optimizer.queries.facts import ParameterUse
from optimizer.queries.names import Names, unqualified_text
from optimizer.queries.paths import json_path
from optimizer.queries.reading import Reading
from optimizer.queries.roles import Way, role_in
from optimizer.queries.shapes import MIRRORED, TEXT_TYPES, Sides, row_members, sides

_ARITHMETIC = (exp.Add, exp.Sub, exp.Mul, exp.Div)


class UseReader:
    """Reads the parameters of one query."""

    def __init__(self, names: Names, reading: Reading) -> None:
        self.names = names
        self.reading = reading

    def uses(self) -> Iterator[ParameterUse]:
        """One use for each occurrence, in no particular order; those of the query's copied WITH left out."""
        for scope in self.names.scopes:
            if self.reading.nested and scope.is_cte:
                continue
            for placeholder in scope.find_all(exp.Placeholder):
                yield self._use(placeholder, scope)

    def _use(self, placeholder: exp.Placeholder, scope: Scope) -> ParameterUse:
        unknown = ParameterUse(placeholder.name, "unknown")
        way: list[exp.Expr] = [placeholder]
        node: exp.Expr = placeholder
        while node.parent is not None:
            below, node = node, node.parent
            if isinstance(node, exp.Limit | exp.Fetch):
                return replace(unknown, role="limit")
            if isinstance(node, exp.Offset):
                return replace(unknown, role="offset")
            if isinstance(node, exp.Unnest):
                return self._unnested(unknown, node, below, scope)
            if sides(node) is not None and not self._is_arithmetic(node, scope):
                return self._compared(unknown, node, way, scope)
            if isinstance(node, exp.Select):
                return self._written(unknown, node, way, scope)
            way.append(node)
        return unknown

    def _compared(
        self, unknown: ParameterUse, node: exp.Expr, way: list[exp.Expr], scope: Scope
    ) -> ParameterUse:
        written = sides(node)
        if written is None or _mixed(way) or _is_distance(way):
            return unknown
        at_left = any(written.left is step for step in way)
        other = _partner(written, way, at_left)
        kind = MIRRORED.get(type(node), type(node)) if at_left else type(node)
        target = self._target(other, scope)
        if target is None:
            return unknown
        at_high = node.args.get("high") is way[-1]
        climbed = Way(tuple(way), kind, written.many and not at_left, at_high, written.many and at_left)
        in_row = bool(row_members(written.left))
        return role_in(replace(target, name=unknown.name), climbed, other, self.names.schema, in_row=in_row)

    def _is_arithmetic(self, node: exp.Expr, scope: Scope) -> bool:
        """True for `%` between numbers; between texts it is pg_trgm's similarity."""
        if not isinstance(node, exp.Mod):
            return False
        target = self._target(node.this, scope)
        if target is None or target.table is None or target.column is None:
            return True
        column = self.names.schema.by_name[target.table].by_name[target.column]
        return column.type.base not in TEXT_TYPES

    def _target(self, other: exp.Expr | None, scope: Scope) -> ParameterUse | None:
        """Table, column, path and expression of the side that a parameter is compared with."""
        if other is None:
            return None
        tree = other.unnest()
        if isinstance(tree, exp.Column):
            origin = self.names.origin(tree, scope)
            if origin is None:
                return None
            return ParameterUse("", "compared", origin.table.name, origin.column.name, origin.alias)
        columns = list(tree.find_all(exp.Column, bfs=False))
        owner = self.names.owner(columns[0], scope) if columns else None
        if owner is None or tree.find(exp.Placeholder, exp.Query, exp.AggFunc):
            return None
        if any(self.names.owner(column, scope) != owner for column in columns):
            return None
        return ParameterUse(
            "",
            "compared",
            owner[1].name,
            columns[0].name,
            owner[0],
            json_path(tree),
            expression=unqualified_text(tree),
        )

    def _unnested(
        self, unknown: ParameterUse, node: exp.Unnest, below: exp.Expr, scope: Scope
    ) -> ParameterUse:
        """`unnest(:ids) AS x(id)`: the use of x.id, as a list."""
        columns = node.args["alias"].args.get("columns") if node.args.get("alias") else None
        place = next((n for n, tree in enumerate(node.expressions) if tree is below), 0)
        alias = node.alias
        name = columns[place].name if columns and place < len(columns) else alias
        for outer in self.names.scopes:
            for column in outer.find_all(exp.Column):
                if column.table == alias and column.name == name:
                    use = self._use_of(column, unknown, outer)
                    if use.role != "unknown":
                        return replace(use, many=True)
        return unknown

    def _use_of(self, column: exp.Column, unknown: ParameterUse, scope: Scope) -> ParameterUse:
        node: exp.Expr = column
        way: list[exp.Expr] = [column]
        while node.parent is not None and not isinstance(node.parent, exp.Join | exp.Where):
            node = node.parent
            if sides(node) is not None:
                return self._compared(unknown, node, way, scope)
            if isinstance(node, exp.Select):
                return self._written(unknown, node, way, scope)
            way.append(node)
        return unknown

    def _written(
        self, unknown: ParameterUse, select: exp.Select, way: list[exp.Expr], scope: Scope
    ) -> ParameterUse:
        """The use in a SELECT's list that is written to a table."""
        top = way[-1]
        place = next((n for n, chosen in enumerate(select.expressions) if chosen is top), None)
        table, into = self.reading.table, self.reading.into
        column = into[place] if place is not None and place < len(into) and self._is_root(scope) else None
        if table is None or column is None or column not in table.by_name:
            return unknown
        role = "inserted"
        if _mixed(way):
            role = "delta" if _changes(way, column) else "unknown"
        elif column in self.reading.conflict:
            role = "upserted"
        return ParameterUse(unknown.name, role, table.name, column)

    def _is_root(self, scope: Scope) -> bool:
        parent = scope
        while parent.parent is not None and parent.parent.set_operation_scopes:
            parent = parent.parent
        return parent is self.names.scopes[-1]


def best_uses(found: list[ParameterUse], order: Mapping[str, int]) -> tuple[ParameterUse, ...]:
    """Each use once, in the order of the parameters' first occurrence; unknown where nothing is known."""
    known = {use.name for use in found if use.role != "unknown"}
    kept = [use for use in dict.fromkeys(found) if use.role != "unknown" or use.name not in known]
    return tuple(sorted(kept, key=lambda use: order.get(use.name, len(order))))


def _partner(written: Sides, way: list[exp.Expr], at_left: bool) -> exp.Expr | None:
    """The expression that stands across from the parameter; a row's member across from its place."""
    if not at_left:
        members = row_members(written.left)
        if not members:
            return written.left
        place = _place_in_row(way)
        return members[place] if place is not None and place < len(members) else None
    if len(written.right) != 1:
        return None
    members = row_members(written.right[0])
    place = _place_in_row(way)
    return members[place] if members and place is not None else written.right[0]


def _place_in_row(way: list[exp.Expr]) -> int | None:
    for below, step in pairwise(way):
        for place, member in enumerate(row_members(step)):
            if member is below:
                return place
    return None


def _mixed(way: list[exp.Expr]) -> bool:
    """True where the parameter is part of arithmetic with a column."""
    return any(
        isinstance(step, _ARITHMETIC) and step.find(exp.Column) is not None
        for step in way
        if not isinstance(step, exp.Column)
    )


def _is_distance(way: list[exp.Expr]) -> bool:
    """True where the parameter is taken off something else (`now() - :age`), or is an interval."""
    for below, step in pairwise(way):
        if isinstance(step, exp.Cast) and step.to.this == exp.DType.INTERVAL:
            return True
        if isinstance(step, _ARITHMETIC) and step.this is not below:
            return True
        if isinstance(step, exp.Interval):
            return True
    return False


def _changes(way: list[exp.Expr], column: str) -> bool:
    return any(found.name == column for step in way for found in step.find_all(exp.Column))
