"""A grouped query cut in two: what can be computed beforehand, and what is left to ask of that.

What is computed beforehand has no parameter: conditions with one (or with the time of day) are left to be
asked, and what they look at becomes part of the key. Where the key is no finer than what the query groups
by, a row of it is a row of the answer; else the rest adds it up further, which counts, sums, averages and
extremes allow.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlglot import exp

from optimizer.model.schema import Column, Schema, Table
from optimizer.queries.adding import Unfit
from optimizer.queries.aggregates import nodes, obstacle
from optimizer.queries.conditions import conjuncts
from optimizer.queries.grains import Grain, Use, Way, finest, in_order, use_of
from optimizer.queries.grouped import conditions, grouping, inner_conditions, is_outer, never_null, sources
from optimizer.queries.precomputed import Precomputed
from optimizer.queries.shapes import is_fixed
from optimizer.queries.tree import find_table, identifier, to_sql

Grains = Mapping[str, Sequence[Grain]]
"""What is grouped by, by the alias of its source."""


@dataclass(frozen=True, eq=False)
class Cut:
    """`view` is the SELECT to compute beforehand, `columns` what it gives, `key` those that are unique in it
    together and never null; `rest` reads it as the table `v`."""

    view: exp.Select
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    rest: exp.Select
    tables: Mapping[str, Table]
    grains: Grains


def cut(query: exp.Expr, schema: Schema) -> Cut:
    """Cut a qualified query, which stays as it is; Unfit with the reason where that can't be done."""
    if not isinstance(query, exp.Select) or not grouping(query):
        raise Unfit("only grouped answers are computed beforehand")
    if query.args.get("with_"):
        raise Unfit("it has common table expressions")
    if reason := obstacle(query):
        raise Unfit(reason)
    tables = _tables(query, schema)
    _check(query)
    if not _terms(query) and not query.args.get("distinct") and not list(nodes(query)):
        raise Unfit("it has no groups")
    rest = query.copy()
    uses, varying = _uses(rest, tables), _varying(rest)
    grains = _grains(uses, tables)
    lone = not _terms(rest) and bool(varying)  # one row, even where the conditions leave nothing
    made = Precomputed(rest, tables, grains)
    made.answer(uses, exact=_is_exact(rest, uses, grains, tables) and not lone)
    made.read(varying)
    key = _key(query, tables, grains, made)
    view = _view(query, tables, grains)
    view.set("expressions", made.items)
    if grains:
        view.set("group", exp.Group(expressions=made.terms))
    return Cut(view, made.columns(), key, rest, tables, grains)


def _tables(query: exp.Select, schema: Schema) -> dict[str, Table]:
    found = {}
    for source in sources(query):
        table = find_table(source, schema) if isinstance(source, exp.Table) else None
        if table is None:
            raise Unfit(f"{source.alias_or_name} is no table of the schema")
        if table.row_security:
            raise Unfit(f"row-level security of {table.name} wouldn't be applied to it")
        found[source.alias_or_name] = table
    return found


def _check(query: exp.Select) -> None:
    """Parameters only where what is computed beforehand doesn't depend on them, subqueries only within it."""
    for node in (*nodes(query), *_terms(query)):
        if not is_fixed(node):
            raise Unfit(f"{to_sql(node)} depends on a parameter or on the time")
    for join in query.args.get("joins") or ():
        if join.side and not all(is_fixed(one) for one in conjuncts(join.args.get("on"))):
            raise Unfit("an outer join depends on a parameter or on the time")
    for part in _left_to_ask(query):
        if part.find(exp.Query):
            raise Unfit("it has a subquery beside what is grouped")


def _terms(query: exp.Select) -> list[exp.Expr]:
    group = query.args.get("group")
    return list(group.expressions) if group else []


def _varying(query: exp.Select) -> list[exp.Expr]:
    """The conditions on rows that have a parameter, or another value at another time."""
    return [one for one in inner_conditions(query) if not is_fixed(one)]


def _left_to_ask(query: exp.Select) -> list[exp.Expr]:
    """The parts of a query that aren't computed beforehand, aggregates aside."""
    parts = [query.args.get(name) for name in ("group", "having", "order", "limit", "offset")]
    return [*query.expressions, *(part for part in parts if part is not None), *_varying(query)]


def _uses(query: exp.Select, tables: Mapping[str, Table]) -> dict[str, list[Use]]:
    """The columns that the rest asks for, by source."""
    inside = {id(column) for node in nodes(query) for column in node.find_all(exp.Column)}
    found: dict[str, list[Use]] = {alias: [] for alias in tables}
    for part in _left_to_ask(query):
        for column in list(part.find_all(exp.Column)):
            if id(column) in inside or not column.table:
                continue  # within an aggregate, or the name of what is given out
            table = tables.get(column.table)
            if table is None or column.name not in table.by_name:
                raise Unfit(f"{to_sql(column)} isn't a column of the schema")
            found[column.table].append(use_of(column, table))
    return found


def _grains(uses: Mapping[str, Sequence[Use]], tables: Mapping[str, Table]) -> Grains:
    return {
        alias: in_order(finest({use.grain for use in own}), tables[alias])
        for alias, own in uses.items()
        if own
    }


def _is_exact(
    query: exp.Select, uses: Mapping[str, Sequence[Use]], grains: Grains, tables: Mapping[str, Table]
) -> bool:
    """True where nothing that is grouped by is finer than what the query groups by."""
    terms = {id(term.unnest()) for term in _terms(query)}
    for alias, found in grains.items():
        named = {use.grain for use in uses[alias] if id(use.node) in terms and use.way is not Way.BOUND}
        plain = {grain.column for grain in named if grain == Grain(grain.column)}
        if not named.issuperset(found) and not _own_key(tables[alias], plain):
            return False
    return True


def _own_key(table: Table, columns: set[str]) -> tuple[str, ...]:
    """A key of the table within these columns, none of which is ever null; empty where there is none."""
    full = (key.columns for key in table.keys if key.columns and not key.where)
    fit = (one for one in full if columns.issuperset(one) and all(table.by_name[n].not_null for n in one))
    return next(fit, ())


def _view(query: exp.Select, tables: Mapping[str, Table], grains: Grains) -> exp.Select:
    """The query without what is left to ask, and without rows that no condition of the rest is met by."""
    view = query.copy()
    for name in ("distinct", "having", "order", "limit", "offset", "group"):
        view.set(name, None)
    varying = _varying(view)
    compared = {alias: set(never_null(varying, alias)) for alias in tables}
    for one in varying:
        _take_away(one)
    for alias, own in grains.items():
        for grain in own:
            if not tables[alias].by_name[grain.column].not_null and grain.column in compared[alias]:
                column = exp.column(identifier(grain.column), table=identifier(alias))
                view.where(exp.Not(this=exp.Is(this=column, expression=exp.null())), copy=False)
    return view


def _take_away(condition: exp.Expr) -> None:
    """Take a conjunct out of WHERE or ON."""
    parent = condition.parent
    while isinstance(parent, exp.Paren):
        condition, parent = parent, parent.parent
    if isinstance(parent, exp.And):
        parent.replace(parent.expression if parent.this is condition else parent.this)
    elif isinstance(parent, exp.Where):
        parent.pop()
    elif isinstance(parent, exp.Join):
        parent.set("on", exp.true())


def _key(
    query: exp.Select, tables: Mapping[str, Table], grains: Grains, made: Precomputed
) -> tuple[str, ...]:
    """What tells rows apart: a key of each source that is grouped by, or else all that is grouped by."""
    found: list[str] = []
    for alias, own in grains.items():
        table = tables[alias]
        key = _own_key(table, {grain.column for grain in own if grain == Grain(grain.column)})
        for grain in own:
            if key and grain.column not in key:
                continue
            if not _is_present(query, alias, table, grain):
                raise Unfit(f"{alias}.{grain.column} may be null, and a null is no part of a key")
            found.append(made.names[alias, grain])
    return tuple(found) or made.only_key()


def _is_present(query: exp.Select, alias: str, table: Table, grain: Grain) -> bool:
    if is_outer(query, alias):
        return False
    return table.by_name[grain.column].not_null or grain.column in never_null(conditions(query, alias), alias)
