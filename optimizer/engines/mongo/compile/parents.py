"""Reads of one parent's children that its document answers by itself: counts, sums, the first few."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from optimizer.engines.mongo.compile.block import columns_of, replaced
from optimizer.engines.mongo.compile.flow import Flow, top_names
from optimizer.engines.mongo.compile.kept import Family, counted, family_of_value, first_few
from optimizer.engines.mongo.compile.opening import Stage, match
from optimizer.engines.mongo.compile.ordering import Limits, Term
from optimizer.engines.mongo.compile.scope import Field, Scope, document_fields

_PARENT = "#parent"


def read_counters(flow: Flow, aggregates: Sequence[exp.Expr]) -> bool:
    """Read aggregates over one parent's children off its counters; False where it doesn't keep them."""
    for family in family_of_value(flow.block):
        made = counted(flow.layout, family, aggregates)
        if made is not None:
            _begin(flow, family)
            flow.known |= flow.stand_ins(made)
            return True
    return False


def read_first_few(flow: Flow, terms: Sequence[Term], limits: Limits, trees: Sequence[exp.Expr]) -> bool:
    """Read a top-N of one parent's children off the array that it keeps; False where it keeps another."""
    if limits.offset is not None or not terms or any(tree.find(exp.Query, exp.AggFunc) for tree in trees):
        return False
    for family in family_of_value(flow.block):
        alias = family.child.alias
        columns = {c.name for tree in trees for c in columns_of(tree) if c.table == alias}
        subset = first_few(flow.layout, family, terms, limits.limit, columns)
        if subset is not None:
            _begin(flow, family)
            cut: list[Stage] = [{"$limit": limits.limit}] if limits.limit < subset.limit else []
            flow.stages += [{"$unwind": f"${subset.field}"}, *cut]
            flow.scope = flow.scope.with_source(alias, _fields(flow, family, subset.field, subset.columns))
            return True
    return False


def _begin(flow: Flow, family: Family) -> None:
    """Start at the parent's document, found by the values that the child's key is compared with."""
    parent = family.key.target
    known: dict[exp.Expr, exp.Expr] = {
        exp.column(own, table=family.child.alias): exp.column(other, table=_PARENT)
        for own, other in zip(family.key.columns, family.key.referenced, strict=True)
    }
    flow.collection = flow.layout.home(parent).collection
    flow.scope = Scope({_PARENT: document_fields(flow.layout, parent)})
    flow.stages = match([replaced(link, known) for link in family.links], flow.scope)
    flow.taken = top_names(flow.layout, flow.collection)
    flow.pending = []


def _fields(flow: Flow, family: Family, path: str, columns: Sequence[str]) -> dict[str, Field]:
    """The child's columns: those of the elements, and the key, which is the parent's."""
    table = family.table
    own = {n: Field(f"{path}.{n}", table.by_name[n].type, not table.by_name[n].not_null) for n in columns}
    parent = flow.scope.sources[_PARENT]
    pairs = zip(family.key.columns, family.key.referenced, strict=True)
    return {**own, **{name: parent[other] for name, other in pairs}}
