"""The first few children of a parent kept in its document: the latest are shown without a second read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from sqlglot import exp

from optimizer.design.documents.sorting import sorts_alike
from optimizer.design.moves.evidence import Evidence, Relation
from optimizer.design.moves.naming import children_field
from optimizer.design.moves.offer import LeftOut, Offer, Use, left_out
from optimizer.design.moves.selection import Selection, selections
from optimizer.model.documents import Subset

MOST_ROWS = 50

Order = tuple[tuple[str, bool], ...]


@dataclass(slots=True)
class _Wanted:
    """What the queries of one order ask for."""

    limit: int = 0
    columns: set[str] = field(default_factory=set)
    gains: list[Use] = field(default_factory=list)


def subsets(evidence: Evidence) -> Iterator[Offer | LeftOut]:
    """For each order of a parent's children as many of them as the query with the largest LIMIT shows."""
    for relation in evidence.relations:
        wanted: dict[Order, _Wanted] = {}
        for selection in selections(evidence, relation):
            order, limit = _order(selection), _limit(selection.select)
            if not order or limit is None or not selection.is_one_parents:
                continue
            if reason := _obstacle(selection, order, limit):
                subject = f"first {limit} of {relation.child.name} in {relation.parent.name}"
                yield left_out(subject, reason, [Use(selection.query, "")])
            else:
                _take_in(wanted.setdefault(_total(relation, order), _Wanted()), selection, limit)
        for order, one in wanted.items():
            yield Offer(_structure(relation, order, one), tuple(one.gains), tuple(_costs(evidence, relation)))


def _take_in(wanted: _Wanted, selection: Selection, limit: int) -> None:
    wanted.limit = max(wanted.limit, limit)
    wanted.columns |= selection.columns(selection.select, selection.child)
    wanted.gains.append(Use(selection.query, "shown by"))


def _structure(relation: Relation, order: Order, wanted: _Wanted) -> Subset:
    held = (wanted.columns | {name for name, _ in order}) - set(relation.key.columns)
    return Subset(
        relation.parent.name,
        relation.child.name,
        relation.key.name,
        children_field(relation, f"_first_by_{order[0][0]}"),
        order,
        wanted.limit,
        tuple(column.name for column in relation.child.columns if column.name in held),
    )


def _order(selection: Selection) -> Order:
    """The SELECT's order where that is by plain columns of the child, nulls where PostgreSQL has them."""
    order = selection.select.args.get("order")
    found: list[tuple[str, bool]] = []
    for term in order.expressions if order else ():
        column, descending = _resolved(term.this, selection.select), bool(term.args.get("desc"))
        if not isinstance(column, exp.Column) or column.table != selection.child:
            return ()
        known = selection.relation.child.by_name[column.name]
        if not known.not_null and bool(term.args.get("nulls_first")) != descending:
            return ()
        found.append((column.name, descending))
    return tuple(found)


def _resolved(term: exp.Expr, select: exp.Select) -> exp.Expr:
    """What an output column's name in ORDER BY stands for."""
    if isinstance(term, exp.Column) and not term.table:
        return next((one.unalias() for one in select.selects if one.alias == term.name), term)
    return term


def _limit(select: exp.Select) -> int | None:
    """The constant LIMIT of a SELECT that does nothing else with its rows."""
    if any(select.args.get(part) for part in ("offset", "group", "distinct")):
        return None
    if select.find(exp.AggFunc, exp.Window):
        return None
    limit = select.args.get("limit")
    count = limit.expression if isinstance(limit, exp.Limit) else None
    return int(count.this) if isinstance(count, exp.Literal) and count.is_int else None


def _obstacle(selection: Selection, order: Order, limit: int) -> str:
    child = selection.relation.child
    if limit > MOST_ROWS:
        return f"{limit} rows are shown, and {MOST_ROWS} are held at most"
    if len(selection.tables) > 1:
        return f"columns of {_others(selection)} are shown too, and the rows held have none of them"
    if selection.filters:
        return f"only some rows are asked for, by {', '.join(sorted(selection.filters))}"
    if child.row_security:
        return f"row-level security decides which rows of {child.name} are shown"
    types = {column.name: column.type for column in child.columns}
    for name, _ in order:
        if not sorts_alike(types[name]):
            return f"MongoDB puts values of {child.name}.{name} in another order"
    if not child.primary_key:
        return f"{child.name} has no primary key to end the order with"
    return ""


def _others(selection: Selection) -> str:
    names = (str(table.name) for alias, table in selection.tables.items() if alias != selection.child)
    return ", ".join(sorted(set(names)))


def _total(relation: Relation, order: Order) -> Order:
    """The order with the child's primary key at its end, unless it ends in a unique column."""
    child, key = relation.child, relation.child.primary_key
    if child.is_unique(frozenset({order[-1][0]})) or key is None:
        return order
    named = {name for name, _ in order} | set(relation.key.columns)
    return (*order, *((name, False) for name in key.columns if name not in named))


def _costs(evidence: Evidence, relation: Relation) -> Iterator[Use]:
    for query, write in evidence.writes():
        if write.table == relation.child.name:
            yield Use(query, "kept up by")
