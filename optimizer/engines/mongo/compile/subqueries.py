"""Subqueries in conditions and select lists: each becomes a `$lookup` whose result is tested or read."""

from __future__ import annotations

from dataclasses import replace

from sqlglot import exp

from optimizer.engines.mongo.compile.block import Block, Context, read_block, replaced
from optimizer.engines.mongo.compile.errors import NotCompiled
from optimizer.engines.mongo.compile.expressions import nullable
from optimizer.engines.mongo.compile.flow import Flow
from optimizer.engines.mongo.compile.merging import WHOLE, as_exists, is_in_query
from optimizer.engines.mongo.compile.opening import match
from optimizer.engines.mongo.compile.ordering import fresh
from optimizer.engines.mongo.compile.relatives import aggregate_at_hand, existence_at_hand
from optimizer.engines.mongo.compile.scope import Field, Scope, document_fields
from optimizer.engines.mongo.compile.strictness import strict_columns
from optimizer.engines.mongo.compile.types import BOOL


def filter_at_hand(flow: Flow) -> None:
    """Match the pending EXISTS that a document's own fields tell."""
    for condition in [c for c in flow.pending if c.find(exp.Query)]:
        node = condition.this.unnest() if isinstance(condition, exp.Not) else condition
        if not isinstance(node, exp.Exists) or not flow.block.aliases(condition) <= flow.placed:
            continue
        met = existence_at_hand(flow, node.this.unnest(), negated=isinstance(condition, exp.Not))
        if met is not None:
            flow.stages.append({"$match": met})
            flow.done([condition])


def filter_by_subqueries(flow: Flow) -> None:
    """Match the pending conditions with subqueries whose outer columns are all there by now."""
    filter_at_hand(flow)
    for condition in [c for c in flow.pending if c.find(exp.Query)]:
        if not flow.block.aliases(condition) <= flow.placed:
            continue
        if not _semi_join(flow, condition):
            made = with_results(flow, condition)
            flow.stages += match([made], flow.scope)
        flow.done([condition])


def with_results(flow: Flow, tree: exp.Expr) -> exp.Expr:
    """The expression with its subqueries replaced by columns that the pipeline now has."""
    known = flow.known
    tree = replaced(replaced(tree, known), known)  # what was sorted by is known with its own parts replaced
    for node in tree.walk(bfs=False, prune=lambda n: isinstance(n, exp.Query | exp.Exists) or is_in_query(n)):
        if node in known:
            continue
        if isinstance(node, exp.Exists):
            known[node] = _existence(flow, node.this.unnest())
        elif is_in_query(node):
            known[node] = _existence(flow, as_exists(node).this)
        elif isinstance(node, exp.Subquery | exp.Select):
            query = node.this if isinstance(node, exp.Subquery) else node
            name = flow.names.get(node, "value")
            known[node] = aggregate_at_hand(flow, query, name) or _scalar(flow, query, name)
    return replaced(tree, known)


def _semi_join(flow: Flow, condition: exp.Expr) -> bool:
    negated = isinstance(condition, exp.Not)
    node = condition.this.unnest() if isinstance(condition, exp.Not) else condition
    if is_in_query(node):
        if negated:
            _check_no_nulls(flow, node)
        node = as_exists(node)
    if not isinstance(node, exp.Exists):
        return False
    name = _found(flow, node.this.unnest())
    flow.stages.append({"$match": {name: [] if negated else {"$ne": []}}})
    return True


def _check_no_nulls(flow: Flow, node: exp.Expr) -> None:
    """NOT IN is never true beside a null: it is translated where there can't be one."""
    query = node.args["query"].unnest()
    inner = read_block(query, flow.context)
    chosen = query.selects[0].unalias()
    known = _narrowed(inner, flow.context)
    if nullable(node.this, flow.scope) or nullable(chosen, known):
        raise NotCompiled(node, "NOT IN over what may be null: say NOT EXISTS")


def _narrowed(block: Block, context: Context) -> Scope:
    """The columns of a block's tables, with what its conditions say about nulls."""
    tables = {s.alias: s.table.name for s in block.sources if s.table}
    scope = Scope({alias: document_fields(context.layout, name) for alias, name in tables.items()})
    for column in (c for condition in block.conditions for c in strict_columns(condition)):
        scope = scope.with_value(column)
    return scope


def _found(flow: Flow, query: exp.Query) -> str:
    """A `$lookup` of one row of the query, if there is any; the field that it is in."""
    rows = flow.compile_query(_first_only(query), flow.context, flow.scope)
    if rows.empty is not None:
        raise NotCompiled(query, "EXISTS of an aggregate, which always has a row")
    stages = rows.stages
    if stages and "$project" in stages[-1]:
        stages = (*stages[:-1], {"$project": {"_id": 1}})
    name = fresh("found", flow.taken)
    flow.stages.append(replace(rows, stages=stages).lookup(name))
    return name


def _first_only(query: exp.Query) -> exp.Query:
    """The query cut after its first row, whatever that holds."""
    if not isinstance(query, exp.Select) or any(query.args.get(part) for part in WHOLE):
        return query
    if any(s.find(exp.AggFunc) for s in query.selects):
        return query
    first = query.copy()
    first.set("order", None)
    first.set("expressions", [exp.alias_(exp.Literal.number(1), "one")])
    return first.limit(1, copy=False)


def _existence(flow: Flow, query: exp.Query) -> exp.Column:
    name = _found(flow, query)
    return flow.computed(name, {"$ne": [f"${name}", []]}, Field(name, BOOL, nullable=False))


def _scalar(flow: Flow, query: exp.Query, wanted: str) -> exp.Column:
    """A `$lookup` of the one value of a query; null, or what an aggregate gives, where there is none."""
    rows = flow.compile_query(query, flow.context, flow.scope)
    (_, found), *others = rows.columns
    if others:
        raise NotCompiled(query, "a subquery of one value has one column")
    name = fresh(wanted, flow.taken)
    flow.stages.append(rows.lookup(name))
    first = {"$first": f"${name}.{found.path}"}
    default = rows.empty[0] if rows.empty is not None else None
    expression = first if default is None else {"$ifNull": [first, default]}
    missing = default is None
    return flow.computed(name, expression, Field(name, found.type, missing or found.nullable))
