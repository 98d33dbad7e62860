"""Subqueries over the children of a row that is there already: read off its own document where that is
possible (embedded children, counters, the first few), without a `$lookup`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlglot import exp

from optimizer.engines.mongo.compile.block import columns_of, read_block, replaced
from optimizer.engines.mongo.compile.elements import ELEMENT, Elements
from optimizer.engines.mongo.compile.flow import Flow
from optimizer.engines.mongo.compile.grouping import aggregates_of
from optimizer.engines.mongo.compile.kept import Family, count_of, counted, family_of, first_few
from optimizer.engines.mongo.compile.opening import Stage, both, is_match_language
from optimizer.engines.mongo.compile.ordering import fresh, limits_of, terms_of
from optimizer.engines.mongo.compile.scope import Field, Scope, at, row_fields
from optimizer.engines.mongo.compile.units import Unit

_PARTS = ("group", "having", "distinct", "limit", "offset", "order", "with_", "qualify", "windows")


def aggregate_at_hand(flow: Flow, query: exp.Query, name: str) -> exp.Expr | None:
    """A subquery's aggregates over embedded or counted children; None where it isn't one."""
    if not isinstance(query, exp.Select) or any(query.args.get(part) for part in _PARTS):
        return None
    found = _family(flow, query)
    aggregates = aggregates_of(query.selects)
    if found is None or not aggregates or len(query.selects) != 1 or query.selects[0].find(exp.Query):
        return None
    family, prefix = found
    made = counted(flow.layout, family, aggregates, prefix) or _over_elements(
        flow, family, prefix, aggregates
    )
    return replaced(query.selects[0].unalias(), flow.stand_ins(made, name)) if made is not None else None


def existence_at_hand(flow: Flow, query: exp.Query, *, negated: bool) -> dict[str, Any] | None:
    """The filter of [NOT] EXISTS over embedded or counted children; None where it needs a lookup."""
    if not isinstance(query, exp.Select) or any(query.args.get(part) for part in _PARTS):
        return None
    found = _family(flow, query)
    if found is None or aggregates_of(query.selects):
        return None
    family, prefix = found
    embed = flow.layout.embed_of(family.table.name)
    if embed is None:
        count = None if family.rest else count_of(flow.layout, family, prefix)
        return {count: 0 if negated else {"$gt": 0}} if count else None
    path = at(prefix, embed.field)
    whole = embed.key == family.key.name and embed.many and path not in flow.changed
    if not whole or any(c.find(exp.Query) for c in family.rest):
        return None
    if not family.rest:
        return {path: [] if negated else {"$ne": []}}
    fields = row_fields(flow.layout, family.table.name)
    if any(c.table != family.child.alias or c.name not in fields for r in family.rest for c in columns_of(r)):
        return None
    one = both(family.rest, Scope({family.child.alias: fields}))
    if not one or not is_match_language(one):
        return None
    return {path: {"$not": {"$elemMatch": one}} if negated else {"$elemMatch": one}}


def attach_first_few(flow: Flow, unit: Unit) -> bool:
    """Join a LATERAL top-N that its row's document keeps; False where it doesn't."""
    query, source = unit.query, unit.owner
    if not isinstance(query, exp.Select) or source is None or source.on:
        return False
    if any(query.args.get(part) for part in _PARTS if part not in ("order", "limit")):
        return False
    found = _family(flow, query)
    chosen = {s.alias_or_name: s.unalias() for s in query.selects}
    if found is None or not all(isinstance(tree, exp.Column) for tree in chosen.values()):
        return False
    if any(source.alias in flow.block.aliases(c) for c in flow.pending):
        return False
    family, prefix = found
    limit = limits_of(query).limit
    columns = {tree.name for tree in chosen.values()}
    subset = first_few(flow.layout, family, terms_of(query), limit, columns)
    if subset is None or not columns <= set(subset.columns):
        return False
    path = at(prefix, subset.field)
    if path in flow.changed:
        return False
    name = fresh(source.alias, flow.taken)
    stages: list[Stage] = [{"$set": {name: {"$slice": [f"${path}", limit]}}}] if limit < subset.limit else []
    if not stages:
        name = path
        flow.changed.add(path)
    kept = {"path": f"${name}", "preserveNullAndEmptyArrays": True}
    flow.stages += [*stages, {"$unwind": kept if source.left else f"${name}"}]
    fields = {n: _field(family, name, tree.name, optional=source.left) for n, tree in chosen.items()}
    flow.scope = flow.scope.with_source(source.alias, fields)
    flow.placed.add(source.alias)
    if source.left:
        flow.loose.add(source.alias)
    return True


def _field(family: Family, path: str, column: str, *, optional: bool) -> Field:
    known = family.table.by_name[column]
    return Field(f"{path}.{column}", known.type, optional or not known.not_null)


def _family(flow: Flow, query: exp.Select) -> tuple[Family, str] | None:
    """The children that a correlated query is about, and where their parent's document is."""
    inner = read_block(query, flow.context)
    there = (flow.prefixes.keys() & flow.placed) - flow.loose - inner.by_alias.keys()
    met = family_of(inner, [s for s in flow.block.sources if s.alias in there])
    return (met[0], flow.prefixes[met[1].alias]) if met else None


def _over_elements(
    flow: Flow, family: Family, prefix: str, aggregates: Sequence[exp.Expr]
) -> dict[exp.Expr, tuple[Any, Field]] | None:
    embed = flow.layout.embed_of(family.table.name)
    if embed is None or embed.key != family.key.name or not embed.many:
        return None
    if at(prefix, embed.field) in flow.changed:
        return None
    fields = row_fields(flow.layout, family.table.name, f"$${ELEMENT}")
    scope = flow.scope.with_source(family.child.alias, fields)
    elements = Elements(at(prefix, embed.field), family.child.alias, scope, family.rest, empty=True)
    return elements.aggregates(aggregates)
