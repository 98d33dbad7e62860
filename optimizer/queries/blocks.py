"""A query's scopes as blocks: sources, predicates, join edges, order, groups, limit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlglot import exp
from sqlglot.optimizer.scope import Scope

from optimizer.queries.conditions import ConditionReader
from optimizer.queries.facts import Block, JoinEdge, OrderTerm, Predicate, Source, Term
from optimizer.queries.names import Names
from optimizer.queries.reading import RETURNED


def blocks(names: Names, *, nested: bool = False, outermost: bool = True) -> tuple[Block, ...]:
    """One block a SELECT that has known sources, outermost first.

    `nested`: the query's common table expressions are left out; `outermost` False: the query itself is.
    """
    inner = names.scopes if outermost else names.scopes[:-1]
    scopes = [s for s in reversed(inner) if not (nested and s.is_cte) and not _is_returned(s)]
    pushed: list[Predicate] = []
    found = [_block(names, s, s.expression, pushed) for s in scopes if isinstance(s.expression, exp.Select)]
    return mirrored([_with(block, pushed) for block in found if block.sources])


def _is_returned(scope: Scope) -> bool:
    return any(isinstance(s, exp.Table) and s.meta.get(RETURNED) for s in scope.sources.values())


def mirrored(found: Sequence[Block]) -> tuple[Block, ...]:
    """The blocks, an edge between two of them being in both."""
    edges = [edge for block in found for edge in block.joins]
    return tuple(replace(block, joins=_edges_of(block, edges)) for block in found)


def _edges_of(block: Block, edges: Sequence[JoinEdge]) -> tuple[JoinEdge, ...]:
    own = {source.alias for source in block.sources}
    touching = [edge for edge in edges if own & {edge.left.alias, edge.right.alias}]
    return tuple(dict.fromkeys(touching))


def _with(block: Block, pushed: Sequence[Predicate]) -> Block:
    own = {source.alias for source in block.sources}
    inside = tuple(predicate for predicate in pushed if predicate.term.alias in own)
    return replace(block, predicates=tuple(dict.fromkeys((*block.predicates, *inside))))


def _block(names: Names, scope: Scope, select: exp.Select, pushed: list[Predicate]) -> Block:
    reader = ConditionReader(names, scope)
    for join in select.args.get("joins") or ():
        reader.read(join.args.get("on"), optional=join.side in {"LEFT", "RIGHT", "FULL"})
    where = select.args.get("where")
    reader.read(where.this if where else None)
    ordered = _ordered(select)
    for term in ordered:
        reader.nearest(term.this)
    pushed += reader.found.pushed
    extreme = _extreme(names, scope, select)
    return Block(
        _sources(names, scope),
        tuple(dict.fromkeys(reader.found.predicates)),
        tuple(dict.fromkeys(reader.found.joins)),
        extreme or _order(names, scope, ordered),
        _groups(names, scope, select),
        bool(extreme or select.args.get("limit") or select.args.get("fetch")),
    )


def _sources(names: Names, scope: Scope) -> tuple[Source, ...]:
    mentioned = _mentioned(names, scope)
    return tuple(
        Source(alias, table.name, tuple(c.name for c in table.columns if c.name in mentioned.get(alias, ())))
        for alias, table in names.tables(scope).values()
    )


def _mentioned(names: Names, scope: Scope) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for column in scope.columns:
        owner = names.owner(column, scope)
        if owner:
            found.setdefault(owner[0], set()).add(column.name)
    return found


def _ordered(select: exp.Select) -> list[exp.Ordered]:
    order = select.args.get("order")
    return [_resolved(select, term) for term in order.expressions] if order else []


def _resolved(select: exp.Select, term: exp.Ordered) -> exp.Ordered:
    """The term with the name of an output column replaced by what it stands for."""
    inner = term.this
    if isinstance(inner, exp.Column) and not inner.table:
        named = {chosen.alias: chosen.unalias() for chosen in select.selects if chosen.alias}
        if inner.name in named:
            resolved = term.copy()
            resolved.set("this", named[inner.name].copy())
            return resolved
    return term


def _order(names: Names, scope: Scope, ordered: Sequence[exp.Ordered]) -> tuple[OrderTerm, ...]:
    terms = [names.term(term.this, scope) for term in ordered]
    own = {alias for alias, _ in names.tables(scope).values()}
    found = [
        OrderTerm(term, bool(node.args.get("desc")), bool(node.args.get("nulls_first")))
        for term, node in zip(terms, ordered, strict=True)
        if term is not None and term.alias in own
    ]
    return tuple(found) if len(found) == len(ordered) else ()


def _extreme(names: Names, scope: Scope, select: exp.Select) -> tuple[OrderTerm, ...]:
    """The order that a lone minimum or maximum is found by: PostgreSQL reads it off an index's end."""
    chosen = [projection.unalias() for projection in select.selects]
    if len(chosen) != 1 or not isinstance(chosen[0], exp.Min | exp.Max) or select.args.get("group"):
        return ()
    term = names.term(chosen[0].this, scope)
    return (OrderTerm(term, isinstance(chosen[0], exp.Max)),) if term else ()


def _groups(names: Names, scope: Scope, select: exp.Select) -> tuple[Term, ...]:
    group, distinct = select.args.get("group"), select.args.get("distinct")
    trees: list[exp.Expr] = []
    if group:
        trees = list(group.expressions)
    elif distinct:
        on = distinct.args.get("on")
        trees = list(on.expressions) if on else [projection.unalias() for projection in select.selects]
    terms = [names.term(tree, scope) for tree in trees]
    own = {alias for alias, _ in names.tables(scope).values()}
    return tuple(dict.fromkeys(term for term in terms if term is not None and term.alias in own))
