"""What the documents of a parent keep of its children: counters and sums, the first few, or all of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlglot import exp

from optimizer.design.documents.layout import Layout
from optimizer.engines.mongo.compile.block import Block, Source
from optimizer.engines.mongo.compile.choosing import bound
from optimizer.engines.mongo.compile.ordering import Term
from optimizer.engines.mongo.compile.scope import Field, at
from optimizer.engines.mongo.compile.types import FLOATS, INT8, NUMERIC
from optimizer.engines.mongo.compile.units import followed
from optimizer.model.documents import Subset
from optimizer.model.schema import ColumnType, ForeignKey, Table


@dataclass(frozen=True)
class Family:
    """The children of one parent: the block's only source, the key they are found by, and what else is asked.

    `rest` are the conditions beside those that name the parent.
    """

    child: Source
    table: Table
    key: ForeignKey
    rest: tuple[exp.Expr, ...]
    links: tuple[exp.Expr, ...]


def family_of(block: Block, parents: Iterable[Source]) -> tuple[Family, Source] | None:
    """The children of a row outside of a correlated block, and the source of that row."""
    if len(block.sources) != 1:
        return None
    for parent in parents:
        family = family_along(block.conditions, block.sources[0], parent)
        if family is not None:
            return family, parent
    return None


def family_along(conditions: Sequence[exp.Expr], child: Source, parent: Source) -> Family | None:
    """The children of a parent, where conditions join them along a foreign key."""
    met = followed(conditions, child, parent)
    if met is None or child.table is None:
        return None
    return Family(child, child.table, met[0], _others(conditions, met[1]), met[1])


def family_of_value(block: Block) -> list[Family]:
    """The children of the parent that a block's conditions name by value, for each key that they do it by."""
    if len(block.sources) != 1 or block.sources[0].table is None:
        return []
    child, table = block.sources[0], block.sources[0].table
    named = {name: c for c in block.conditions for name in bound(c, child.alias, block.by_alias)}
    found = []
    for key in table.foreign_keys:
        if all(name in named for name in key.columns):
            links = tuple(named[name] for name in key.columns)
            found.append(Family(child, table, key, _others(block.conditions, links), links))
    return found


def _others(conditions: Iterable[exp.Expr], links: Iterable[exp.Expr]) -> tuple[exp.Expr, ...]:
    ids = {id(link) for link in links}
    return tuple(c for c in conditions if id(c) not in ids)


def counted(
    layout: Layout, family: Family, aggregates: Sequence[exp.Expr], prefix: str = ""
) -> dict[exp.Expr, tuple[Any, Field]] | None:
    """All aggregates read off the parent's counters, if it has them: expressions and what is known of them.

    A path stands in the field of what needs no computing; `prefix` is where the parent's document is.
    """
    if family.rest:
        return None
    made = {}
    for node in aggregates:
        one = _counted(layout, family, node, prefix)
        if one is None:
            return None
        made[node] = one
    return made


def first_few(
    layout: Layout, family: Family, terms: Sequence[Term], limit: Any, columns: Iterable[str]
) -> Subset | None:
    """The subset that answers a top-N of the family; None where it has other rows, or lacks a column."""
    if family.rest or not isinstance(limit, int):
        return None
    wanted = [(term.tree.name, term.descending) for term in terms if _is_own(term, family)]
    for subset in layout.subsets_in(family.key.target):
        same = (subset.child, subset.key) == (family.table.name, family.key.name)
        has = set(columns) - set(family.key.columns) <= set(subset.columns)
        if (
            same
            and has
            and limit <= subset.limit
            and len(wanted) == len(terms)
            and wanted == list(subset.order)
        ):
            return subset
    return None


def count_of(layout: Layout, family: Family, prefix: str = "") -> str | None:
    """The field with the number of children, if the parent, whose document is at `prefix`, keeps it."""
    return _fields(layout, family, prefix).get(("count", None))


def _is_own(term: Term, family: Family) -> bool:
    """True for a plain column whose nulls are where PostgreSQL puts them by default."""
    plain = isinstance(term.tree, exp.Column) and term.tree.table == family.child.alias
    return plain and term.nulls_first == term.descending


def _counted(layout: Layout, family: Family, node: exp.Expr, prefix: str) -> tuple[Any, Field] | None:
    if not isinstance(node, exp.Count | exp.Sum | exp.Avg) or node.args.get("expressions"):
        return None
    tree, table = node.this, family.table
    own = isinstance(tree, exp.Column) and tree.table == family.child.alias
    if not own and not isinstance(tree, exp.Star):
        return None
    column = tree.name if isinstance(tree, exp.Column) else None
    fields = _fields(layout, family, prefix)
    every = column is None or table.by_name[column].not_null
    count = fields.get(("count", None if every else column)) or fields.get(("count", column))
    if isinstance(node, exp.Count):
        return (f"${count}", Field(count, INT8, nullable=False)) if count else None
    whole = fields.get(("sum", column))
    type_ = table.by_name[column or ""].type
    if whole is None or type_.base in FLOATS:
        return None
    if isinstance(node, exp.Sum):
        return f"${whole}", Field(whole, _sum_type(type_))
    if count is None:
        return None
    quotient = {"$divide": [{"$toDecimal": f"${whole}"}, f"${count}"]}
    return {"$cond": [{"$gt": [f"${count}", 0]}, quotient, None]}, Field("", NUMERIC)


def _fields(layout: Layout, family: Family, prefix: str) -> Mapping[tuple[str, str | None], str]:
    return {
        (one.function, one.column): at(prefix, one.field)
        for one in layout.computed_in(family.key.target)
        if (one.child, one.key) == (family.table.name, family.key.name)
    }


def _sum_type(of: ColumnType) -> ColumnType:
    return INT8 if of.base in ("int2", "int4") else NUMERIC
