"""Counts and sums over a parent's children, kept in the parent: what is asked for often is added up once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sqlglot import exp

from optimizer.design.moves.evidence import Evidence, Relation
from optimizer.design.moves.naming import children_field
from optimizer.design.moves.offer import LeftOut, Offer, Use, left_out
from optimizer.design.moves.selection import Selection, selections
from optimizer.model.denormalisation import Computed
from optimizer.queries.facts import WriteKind

EXACT = frozenset({"int2", "int4", "int8", "numeric"})
"""What adds up to the same in any order."""


@dataclass(frozen=True, slots=True)
class Total:
    """A count of rows (no column) or of values, a sum, a minimum or a maximum."""

    function: str
    column: str | None = None

    @property
    def suffix(self) -> str:
        """The end of the field's name (`_count`, `_rating_sum`)."""
        return f"_{self.column}_{self.function}" if self.column else f"_{self.function}"


@dataclass(frozen=True, slots=True)
class Answering:
    """How totals answer aggregates: `total` gives those that one aggregate needs, none where they can't tell;
    `obstacle` why a SELECT whose aggregates they could tell isn't answered, empty where it is."""

    total: Callable[[exp.Expr, Selection], tuple[Total, ...]]
    obstacle: Callable[[Selection], str]


def computed(evidence: Evidence) -> Iterator[Offer | LeftOut]:
    """A field for each total that some query asks for by parent; an average is a sum and a count."""
    for relation in evidence.relations:
        wanted, refused = wanted_totals(evidence, relation, Answering(total_of, obstacle))
        yield from refused
        for total, gains in wanted.items():
            yield Offer(computed_by(relation, total), tuple(gains), costs_of(evidence, relation, total))


def wanted_totals(
    evidence: Evidence, relation: Relation, answering: Answering
) -> tuple[dict[Total, list[Use]], list[LeftOut]]:
    """The totals that queries ask for by parent, with those queries, and the SELECTs that none serves."""
    wanted: dict[Total, list[Use]] = {}
    refused = []
    for selection in selections(evidence, relation):
        totals = _totals(selection, answering)
        reason = answering.obstacle(selection) if totals else ""
        if reason:
            subject = f"totals of {relation.child.name} in {relation.parent.name}"
            refused.append(left_out(subject, reason, [Use(selection.query, "")]))
            continue
        for total in totals:
            wanted.setdefault(total, []).append(Use(selection.query, "asked for by"))
    return wanted, refused


def computed_by(relation: Relation, total: Total) -> Computed:
    """The structure that keeps a total."""
    return Computed(
        relation.parent.name,
        relation.child.name,
        relation.key.name,
        children_field(relation, total.suffix),
        total.function,
        total.column,
    )


def _totals(selection: Selection, answering: Answering) -> tuple[Total, ...]:
    """What the SELECT adds up of the children by parent; empty where it asks for anything else of them."""
    if not (is_by_parent(selection) and selection.select.find(exp.AggFunc)):
        return ()
    found: list[Total] = []
    for aggregate in aggregates(selection.select):
        totals = answering.total(aggregate, selection)
        if not totals:
            return ()
        found += totals
    return tuple(dict.fromkeys(found)) if _asks_no_more(selection) else ()


def is_by_parent(selection: Selection) -> bool:
    """True where there is one result for each parent, and no other source repeats the children."""
    group = selection.select.args.get("group")
    others = [name for name in selection.tables if name not in (selection.child, selection.parent)]
    if not all(selection.adds_no_rows(name) for name in others):
        return False
    if group is None:
        return selection.is_one_parents and not others
    return _groups_by_parent(selection, group.expressions)


def _groups_by_parent(selection: Selection, terms: list[exp.Expr]) -> bool:
    key = selection.relation.key
    of_child = {name for term in terms for name in selection.columns(term, selection.child)}
    if of_child - set(key.columns):
        return False
    if of_child == set(key.columns):
        return True
    parent = selection.parent
    plain = {term.name for term in terms if isinstance(term, exp.Column) and term.table == parent}
    return parent is not None and selection.relation.parent.is_unique(frozenset(plain))


def aggregates(select: exp.Select) -> Iterator[exp.Expr]:
    """The aggregates of the SELECT itself, each within its FILTER or window where it has one."""
    for node in select.walk(prune=lambda n: isinstance(n, exp.Query) and n is not select):
        if isinstance(node, exp.AggFunc):
            outside = node.parent
            yield outside if isinstance(outside, exp.Filter | exp.Window) else node


def total_of(aggregate: exp.Expr, selection: Selection) -> tuple[Total, ...]:
    """The counts and sums that answer an aggregate; none where they can't."""
    inner = aggregate.this if isinstance(aggregate, exp.AggFunc) else None
    if isinstance(aggregate, exp.Count) and isinstance(inner, exp.Star | exp.Literal):
        return () if selection.child in selection.outer else (Total("count"),)
    if not isinstance(inner, exp.Column) or inner.table != selection.child:
        return ()
    column = selection.relation.child.by_name[inner.name]
    count = Total("count") if column.not_null else Total("count", column.name)
    if isinstance(aggregate, exp.Count):
        return (count,)
    if column.type.base not in EXACT or column.type.array:
        return ()
    match aggregate:
        case exp.Sum():
            return (Total("sum", column.name),)
        case exp.Avg():
            return (Total("sum", column.name), count)
    return ()


def _asks_no_more(selection: Selection) -> bool:
    """True where the children's columns stand in aggregates, conditions and GROUP BY alone."""
    outside = set(selection.relation.key.columns)
    inside = (exp.AggFunc, exp.Where, exp.Join, exp.Group)
    for column in selection.select.find_all(exp.Column):
        own = column.table == selection.child and column.name not in outside
        if own and column.find_ancestor(*inside) is None:
            return False
    return True


def obstacle(selection: Selection) -> str:
    """Why no total serves a SELECT; empty where one does."""
    child = selection.relation.child
    if selection.filters:
        return f"only some rows are asked for, by {', '.join(sorted(selection.filters))}"
    if child.row_security:
        return f"row-level security decides which rows of {child.name} count"
    return ""


def costs_of(evidence: Evidence, relation: Relation, total: Total) -> tuple[Use, ...]:
    """The writes of children that a total is kept up by."""
    looked_at = {*relation.key.columns, total.column}
    return tuple(
        Use(query, "kept up by")
        for query, write in evidence.writes()
        if write.table == relation.child.name
        and (write.kind is not WriteKind.UPDATE or looked_at & set(write.columns))
    )
