"""Totals of children in the rows of their parent: on tables minima and maxima too, and whether there are any.

A sum is kept with the number of its values: that serves averages, and counts beside a sum.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import polars as pl
from sqlglot import exp

from optimizer.design.moves.computed import (
    EXACT,
    Answering,
    Total,
    aggregates,
    computed_by,
    costs_of,
    is_by_parent,
    obstacle,
    wanted_totals,
)
from optimizer.design.moves.evidence import Relation
from optimizer.design.moves.offer import LeftOut, Offer, Use, left_out
from optimizer.design.moves.selection import Selection, selections
from optimizer.design.tables.evidence import TableEvidence
from optimizer.model.names import TableName
from optimizer.model.schema import Column
from optimizer.queries.grouped import sources

_ORDERED = EXACT | {"float4", "float8", "date", "timestamp", "timestamptz", "time"}
"""Types of which a minimum is kept."""

_KEYS = frozenset({"int2", "int4", "int8", "uuid", "text", "varchar", "date", "enum", "bool", "timestamptz"})
"""Types of keys that are compared in a trigger as the foreign key compares them."""

_EXTREMES: Mapping[type[exp.Expr], str] = {exp.Min: "min", exp.Max: "max"}


def totals_in_parents(evidence: TableEvidence) -> Iterator[Offer | LeftOut]:
    """A column for each total that some query asks for by parent."""
    for relation in evidence.relations:
        wanted, refused = wanted_totals(evidence, relation, Answering(_total, _obstacle))
        for selection in selections(evidence, relation):
            refused += _inexact(selection)
            if _asks_existence(selection) and not relation.child.row_security:
                wanted.setdefault(Total("count"), []).append(Use(selection.query, "looked for in"))
        reason = _unfit(relation)
        if wanted and reason:
            uses = [use for gains in wanted.values() for use in gains]
            refused.append(left_out(_subject(relation), reason, uses))
            wanted = {}
        yield from refused
        note = _note(evidence, relation) if wanted else ""
        for total, gains in _needed(relation, wanted).items():
            costs = costs_of(evidence, relation, total)
            yield Offer(computed_by(relation, total), tuple(gains), costs, note)


def _subject(relation: Relation) -> str:
    return f"totals of {relation.child.name} in {relation.parent.name}"


def _total(aggregate: exp.Expr, selection: Selection) -> tuple[Total, ...]:
    """The totals that answer an aggregate; none where they can't."""
    inner = aggregate.this if isinstance(aggregate, exp.AggFunc) else None
    if isinstance(aggregate, exp.Count) and isinstance(inner, exp.Star | exp.Literal):
        return (Total("count"),)
    column = _own_column(inner, selection)
    if column is None:
        return ()
    if isinstance(aggregate, exp.Count):
        counts_rows = column.not_null or column.name in selection.relation.key.columns
        return (Total("count") if counts_rows else Total("count", column.name),)
    if _reason(aggregate, column):
        return ()
    if isinstance(aggregate, exp.Sum | exp.Avg):
        return (Total("sum", column.name),)
    function = _EXTREMES.get(type(aggregate))
    return (Total(function, column.name),) if function else ()


def _own_column(tree: exp.Expr | None, selection: Selection) -> Column | None:
    if not isinstance(tree, exp.Column) or tree.table != selection.child:
        return None
    return selection.relation.child.by_name.get(tree.name)


def _reason(aggregate: exp.Expr, column: Column) -> str:
    """Why the total of a column can't be told to the last digit; empty where it can."""
    kind = column.type
    if kind.base == "numeric" and kind.scale is None:
        return "a numeric without a scale keeps the digits of values that have gone"
    if isinstance(aggregate, exp.Sum | exp.Avg):
        if kind.base in ("float4", "float8"):
            return "floats aren't summed: what rounding leaves depends on the order"
        return "" if kind.base in EXACT and not kind.array else f"{kind.sql} isn't summed"
    if type(aggregate) in _EXTREMES:
        return "" if kind.base in _ORDERED and not kind.array else f"no minimum of {kind.sql} is kept"
    return ""


def _inexact(selection: Selection) -> list[LeftOut]:
    """The totals that would be kept if their digits could be told."""
    if not is_by_parent(selection) or _obstacle(selection):
        return []
    relation, found = selection.relation, []
    for aggregate in aggregates(selection.select):
        column = _own_column(aggregate.this, selection) if isinstance(aggregate, exp.AggFunc) else None
        reason = _reason(aggregate, column) if column else ""
        if column and reason:
            subject = f"{aggregate.key} of {relation.child.name}.{column.name} in {relation.parent.name}"
            found.append(left_out(subject, reason, [Use(selection.query, "")]))
    return found


def _obstacle(selection: Selection) -> str:
    """Why no total serves a SELECT; empty where one does."""
    relation, select = selection.relation, selection.select
    reason = obstacle(selection)
    if reason:
        return reason
    if _used(selection) - set(relation.key.columns):
        return f"{relation.child.name} is joined with more than {relation.parent.name}"
    if selection.parent or _is_beside_parent(selection):
        alone = selection.parent and not select.args.get("group")
        return "the parents found are added up together" if alone else ""
    if relation.parent.row_security:
        return f"row-level security may hide the row of {relation.parent.name} that would tell"
    known = all(column.not_null for column in relation.columns) or selection.conditions or select.parent
    if select.args.get("group") and not known:
        return f"rows without {relation.parent.name} are a group of their own"
    return ""


def _used(selection: Selection) -> set[str]:
    """The child's columns outside of aggregates."""
    return {
        column.name
        for column in selection.select.find_all(exp.Column)
        if column.table == selection.child and column.find_ancestor(exp.AggFunc) is None
    }


def _is_beside_parent(selection: Selection) -> bool:
    """True where the rows are those of one row of the parent in a SELECT around this one."""
    relation = selection.relation
    found = set()
    for condition in selection.conditions:
        sides = [condition.this, condition.expression] if isinstance(condition, exp.EQ) else []
        for mine, other in (sides, sides[::-1]) if sides else ():
            if not isinstance(mine, exp.Column) or not isinstance(other, exp.Column):
                continue
            if mine.table == selection.child and _is_of(other, selection):
                found.add((mine.name, other.name))
    return found == set(zip(relation.key.columns, relation.key.referenced, strict=True))


def _is_of(column: exp.Column, selection: Selection) -> bool:
    """True for a column of the relation's parent in a SELECT around this one."""
    outer = selection.select.find_ancestor(exp.Select)
    while outer is not None:
        for node in sources(outer):
            if node.alias_or_name == column.table:
                if not isinstance(node, exp.Table):
                    return False
                return TableName(node.db, node.name) == selection.relation.parent.name
        outer = outer.find_ancestor(exp.Select)
    return False


def _asks_existence(selection: Selection) -> bool:
    """True for EXISTS over all children of a row around it."""
    select = selection.select
    if not isinstance(select.parent, exp.Exists) or select.args.get("group") or len(selection.tables) != 1:
        return False
    plain = not selection.filters and not any(True for _ in aggregates(select))
    return (
        plain and _is_beside_parent(selection) and not _used(selection) - set(selection.relation.key.columns)
    )


def _unfit(relation: Relation) -> str:
    """Why nothing of these children can be kept; empty where it can."""
    if relation.key.deferrable:
        return f"{relation.key.name} is deferrable: children may come before their parent"
    if not relation.key.validated:
        return f"{relation.key.name} isn't validated: children may be without their parent"
    pairs = zip(relation.key.columns, relation.key.referenced, strict=True)
    for mine, theirs in ((relation.child.by_name[a], relation.parent.by_name[b]) for a, b in pairs):
        if mine.type.base not in _KEYS or theirs.type.base not in _KEYS or mine.type.array:
            return f"keys of type {mine.type.sql} may be equal in more than one way"
        if mine.collation != theirs.collation:
            return f"{mine.name} and {theirs.name} are compared by different collations"
    return ""


def _needed(relation: Relation, wanted: Mapping[Total, Sequence[Use]]) -> dict[Total, list[Use]]:
    """Without the counts that stand beside some sum anyway."""
    known = relation.child.by_name
    needed = {total: list(gains) for total, gains in wanted.items() if total.function != "count"}
    for total, gains in wanted.items():
        if total.function == "count":
            counting = (
                other
                for other in needed
                if other.function == "sum"
                and other.column is not None
                and (other.column == total.column or (total.column is None and known[other.column].not_null))
            )
            beside = next(counting, total)
            needed[beside] = list(dict.fromkeys([*needed.get(beside, ()), *gains]))
    return needed


def _note(evidence: TableEvidence, relation: Relation) -> str:
    """What keeping them up costs besides time: writers of one parent's children wait for each other."""
    child, parent = relation.child.name, relation.parent.name
    told = f"a write of {child.name} locks its row of {parent.name} until it is committed"
    share = _largest_share(evidence, relation)
    return f"{told}, and one row has {share:.0%} of them" if share >= 0.005 else told


def _largest_share(evidence: TableEvidence, relation: Relation) -> float:
    """The part of the children that the parent with most has."""
    rows = evidence.dataset.table(relation.child.name)
    keys = list(relation.key.columns)
    if not rows.rows or not set(keys) <= set(rows.columns):
        return 0.0
    groups = pl.scan_parquet(list(rows.files)).select(keys).drop_nulls().group_by(keys).len()
    most = groups.select(pl.col("len").max()).collect().item()
    return float(most or 0) / rows.rows
