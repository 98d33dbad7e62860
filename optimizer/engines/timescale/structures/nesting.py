"""Continuous aggregates on top of one another: one whose buckets are made of another's reads that one. Pure.

A refresh then reads the finer buckets instead of all rows. What it asks for is computed from parts that the
finer one keeps as well: a count from counts, an average from sums and counts. Since an answer may be as old
as both together, the finer one has to be refreshed at least twice as often.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from sqlglot import exp

from optimizer.model.hypertables import ContinuousAggregate
from optimizer.model.names import TableName
from optimizer.model.schema import Schema, Table
from optimizer.queries.adding import Unfit, added, column_name
from optimizer.queries.conditions import conjuncts
from optimizer.queries.time_buckets import is_bucket
from optimizer.queries.tree import identifier, to_sql, unqualified

_ALIAS = "v"


@dataclass(frozen=True, slots=True)
class Nested:
    """How an aggregate is made: from `source` (the aggregate beneath it; None: from the rows), by `query`.

    `sql` is the same from the rows.
    """

    query: exp.Select
    source: ContinuousAggregate | None
    sql: str


@dataclass
class _Kept:
    """An aggregate's SELECT, taken apart: `items` has what it keeps, name and tree, by its text."""

    structure: ContinuousAggregate
    tree: exp.Select
    table: Table
    items: dict[str, tuple[str, exp.Expr]] = field(default_factory=dict)

    @property
    def alias(self) -> str:
        """Of the hypertable."""
        return str(self.tree.args["from_"].this.alias_or_name)

    @property
    def conditions(self) -> frozenset[str]:
        """Which rows are kept."""
        where = self.tree.args.get("where")
        return frozenset(self.text(one) for one in conjuncts(where.this if where else None))

    @property
    def grains(self) -> frozenset[str]:
        """What it groups by, but for the bucket."""
        return frozenset(self.text(one) for one in self.tree.args["group"].expressions if not is_bucket(one))

    def text(self, tree: exp.Expr) -> str:
        """An expression over the rows, the same whatever the table is called."""
        return to_sql(_of(tree, _ALIAS))

    def column(self, tree: exp.Expr) -> exp.Column:
        """What keeps it, for those that read this one; it is kept from now on where it wasn't."""
        text = self.text(tree)
        if text not in self.items:
            name, taken = column_name(tree), {name for name, _ in self.items.values()}
            while name in taken:
                name += "_"
            self.items[text] = (name, _of(tree, self.alias))
        return exp.column(identifier(self.items[text][0]), table=identifier(_ALIAS))


def nested(
    aggregates: Collection[ContinuousAggregate], schema: Schema
) -> Mapping[ContinuousAggregate, Nested]:
    """How each of these, of one design, is made."""
    kept = {one: _taken_apart(one, schema.by_name[one.table]) for one in sorted(aggregates, key=_fineness)}
    beneath = {one: _beneath(one, kept) for one in kept}
    made: dict[ContinuousAggregate, Nested] = {}
    for one in reversed(kept):  # what is beneath it learns first what it has to keep too
        own, source = kept[one], beneath[one]
        rows = _from_rows(own)
        query = rows if source is None else _from_buckets(own, kept[source])
        made[one] = Nested(query, source, to_sql(rows))
    return made


def _fineness(one: ContinuousAggregate) -> tuple[int, str]:
    return one.bucket.longest_s, one.label


def _taken_apart(structure: ContinuousAggregate, table: Table) -> _Kept:
    tree = unqualified(structure.sql)
    if not isinstance(tree, exp.Select):
        raise TypeError(structure.label)
    found = _Kept(structure, tree, table)
    found.items = {found.text(one.unalias()): (one.alias_or_name, one.unalias()) for one in tree.expressions}
    return found


def _beneath(
    one: ContinuousAggregate, kept: Mapping[ContinuousAggregate, _Kept]
) -> ContinuousAggregate | None:
    """The one with the longest buckets that this one can be made of."""
    own = kept[one]
    try:
        _from_buckets(own, replace(own, items=dict(own.items)))
    except Unfit:
        return None
    fitting = [
        other.structure
        for other in kept.values()
        if other.structure.table == one.table
        and other.structure.column == one.column
        and other.structure.bucket != one.bucket
        and other.structure.bucket.makes(one.bucket)
        and other.structure.staleness_s * 2 <= one.staleness_s
        and other.conditions == own.conditions
        and other.grains >= own.grains
    ]
    return fitting[-1] if fitting else None


def _from_rows(kept: _Kept) -> exp.Select:
    made = kept.tree.copy()
    made.set("expressions", [exp.alias_(tree.copy(), identifier(name)) for name, tree in kept.items.values()])
    return made


def _from_buckets(own: _Kept, finer: _Kept) -> exp.Select:
    items = [exp.alias_(_from_parts(own, tree, finer), identifier(name)) for name, tree in own.items.values()]
    groups = [_from_parts(own, tree, finer) for tree in own.tree.args["group"].expressions]
    made = exp.select(*items).from_(_source(finer.structure.name))
    made.set("group", exp.Group(expressions=groups))
    return made


def _source(name: TableName) -> exp.Table:
    return exp.Table(
        this=identifier(name.name),
        db=identifier(name.schema),
        alias=exp.TableAlias(this=identifier(_ALIAS)),
    )


def _from_parts(own: _Kept, tree: exp.Expr, finer: _Kept) -> exp.Expr:
    """An item over the rows of a finer aggregate, which keeps its parts then; Unfit where it has none."""
    if is_bucket(tree):
        begun = next(one for _, one in finer.items.values() if is_bucket(one))
        return _over(tree, finer.column(begun))
    if isinstance(tree, exp.Filter | exp.AggFunc):
        return added(tree, {own.alias: own.table}, finer.column, in_any_order=True)
    return finer.column(tree)


def _of(tree: exp.Expr, alias: str) -> exp.Expr:
    """An expression over the rows of a table by another alias."""
    copy = tree.copy()
    for column in copy.find_all(exp.Column):
        column.set("table", identifier(alias))
    return copy


def _over(bucket: exp.Expr, column: exp.Column) -> exp.Expr:
    made = bucket.copy()
    for one in list(made.find_all(exp.Column)):
        one.replace(column.copy())
    return made
