"""UNION [ALL]: the rows of one query, then those of the other (`$unionWith`), under the first one's names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlglot import exp

from optimizer.engines.mongo.compile.block import Context
from optimizer.engines.mongo.compile.errors import NotCompiled
from optimizer.engines.mongo.compile.flow import CompileQuery
from optimizer.engines.mongo.compile.opening import Stage
from optimizer.engines.mongo.compile.ordering import Term, fresh, limits_of, sort_keys, sorted_by, term_of
from optimizer.engines.mongo.compile.rows import Rows
from optimizer.engines.mongo.compile.scope import Field, Scope
from optimizer.engines.mongo.compile.types import common


def union_rows(union: exp.SetOperation, context: Context, outer: Scope, compile_query: CompileQuery) -> Rows:
    """The pipeline of a UNION with its ORDER BY and LIMIT; NotCompiled where a part is correlated."""
    if type(union) is not exp.Union or union.args.get("by_name"):
        raise NotCompiled(union, "of the set operations UNION alone is translated")
    left = compile_query(_part(union.this), context, outer)
    right = compile_query(_part(union.expression), context, outer)
    for rows in (left, right):
        if rows.link is not None or rows.let or rows.empty is not None:
            raise NotCompiled(union, "a part of this UNION can't be translated")
    names = [name for name, _ in left.columns]
    if len(names) != len(right.columns):
        raise NotCompiled(union, "both parts of a UNION have the same number of columns")
    columns = _columns(left, right)
    paths = [found.path for _, found in columns]
    stages: list[Stage] = list(_renamed(left, paths))
    stages.append({"$unionWith": {"coll": right.collection, "pipeline": list(_renamed(right, paths))}})
    if union.args.get("distinct"):
        stages += _different(paths)
    stages += _ordered(union, columns)
    return Rows(left.collection, tuple(stages), columns)


def _part(tree: exp.Expr) -> exp.Query:
    bare = tree.unnest()
    if not isinstance(bare, exp.Query):
        raise NotCompiled(tree, "not a query")
    return bare


def _columns(left: Rows, right: Rows) -> tuple[tuple[str, Field], ...]:
    taken = {"_id"}
    made = []
    for (name, first), (_, second) in zip(left.columns, right.columns, strict=True):
        type_ = first.type if first.type == second.type else common((first.type, second.type))
        made.append((name, Field(fresh(name, taken), type_, first.nullable or second.nullable)))
    return tuple(made)


def _renamed(rows: Rows, paths: Sequence[str]) -> tuple[Stage, ...]:
    """The rows under the names that both parts share; a value that is missing becomes null."""
    last = rows.stages[-1].get("$project") if rows.stages else None
    made: dict[str, object] = last or {}
    body: dict[str, object] = {"_id": 0}
    for path, (_, found) in zip(paths, rows.columns, strict=True):
        there = made.get(found.path, 1)
        value = found.reference if there == 1 else there
        body[path] = {"$ifNull": [value, None]} if found.nullable else value
    return (*(rows.stages[:-1] if last else rows.stages), {"$project": body})


def _different(paths: Sequence[str]) -> list[Stage]:
    identity = {path: f"${path}" for path in paths}
    return [{"$group": {"_id": identity}}, {"$replaceWith": "$_id"}]


def _ordered(union: exp.SetOperation, columns: Sequence[tuple[str, Field]]) -> list[Stage]:
    order = union.args.get("order")
    names = [name for name, _ in columns]
    terms = [_by_name(term_of(node), names) for node in (order.expressions if order else ())]
    taken = {found.path for _, found in columns}
    keys = sort_keys(terms, Scope({"": dict(columns)}), taken)
    return [*sorted_by(keys, taken), *limits_of(union).stages()]


def _by_name(term: Term, names: Sequence[str]) -> Term:
    """A term that is a column's name or its number."""
    tree, name = term.tree, term.tree.name
    if isinstance(tree, exp.Literal) and not tree.is_string:
        name = names[int(tree.name) - 1]
    if name not in names or not isinstance(tree, exp.Column | exp.Literal):
        raise NotCompiled(tree, "a UNION is ordered by its columns alone")
    return replace(term, tree=exp.column(name))
