"""The totals of a child in its parent by one key, and the aggregates that they answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlglot import exp

from optimizer.engines.postgres.rewriting.terms import column, is_present, or_zero
from optimizer.engines.postgres.rewriting.totalling.answered import ValueOf
from optimizer.engines.postgres.structures.counting.kept import BIGINT
from optimizer.engines.postgres.structures.counting.sum import SUM_TYPES, values_column
from optimizer.model.denormalisation import Computed
from optimizer.model.schema import Column, ForeignKey, Schema, Table

_KEPT_AS_IT_IS = frozenset({"int2", "int4", "int8", "uuid", "text", "varchar", "date", "enum", "bool"})
"""Types of which two equal values are the same to the letter."""

_FUNCTIONS: Mapping[type[exp.Expr], str] = {exp.Sum: "sum", exp.Min: "min", exp.Max: "max"}


@dataclass(frozen=True)
class Family:
    """`kept` has the parent's columns by function and column (None: rows)."""

    parent: Table
    child: Table
    key: ForeignKey
    kept: Mapping[tuple[str, str | None], str]

    def value(self, aggregate: exp.Expr, child: str, parent: str) -> exp.Expr | None:
        """What an aggregate over the children `child` of the row `parent` gives, over that row's columns."""
        inner = aggregate.this
        if any(part for name, part in aggregate.args.items() if name not in ("this", "big_int")):
            return None
        if isinstance(aggregate, exp.Count) and isinstance(inner, exp.Star | exp.Literal):
            return self.rows(parent)
        if not isinstance(inner, exp.Column) or inner.table != child or inner.name not in self.child.by_name:
            return None
        known = self.child.by_name[inner.name]
        if isinstance(aggregate, exp.Count):
            return self._values(known, parent)
        if isinstance(aggregate, exp.Avg):
            return self._average(known, parent)
        return self._column(_FUNCTIONS.get(type(aggregate), ""), known.name, parent)

    def values(self, child: str, parent: str, *, missing: bool = False) -> ValueOf:
        """The same as a function of the aggregate; where there may be no parent, a count is 0 then."""

        def value(aggregate: exp.Expr) -> exp.Expr | None:
            total = self.value(aggregate, child, parent)
            is_count = isinstance(aggregate, exp.Count)
            return or_zero(total) if total is not None and missing and is_count else total

        return value

    def rows(self, parent: str) -> exp.Expr | None:
        """The number of children; None where it isn't kept."""
        return self._column("count", None, parent)

    def exist(self, parent: str) -> exp.Expr | None:
        """The condition that there are children; None where nothing that is kept tells."""
        rows = self.rows(parent)
        if rows is not None:
            return exp.GT(this=rows, expression=exp.Literal.number(0))
        for (_, name), field in self.kept.items():
            if name is not None and self.child.by_name[name].not_null:
                return is_present(column(parent, field))
        return None

    @property
    def is_exact(self) -> bool:
        """True where the parent's key can be shown in place of the child's."""
        pairs = zip(self.key.columns, self.key.referenced, strict=True)
        types = [(self.child.by_name[mine], self.parent.by_name[theirs]) for mine, theirs in pairs]
        return all(
            mine.type == theirs.type
            and mine.type.base in _KEPT_AS_IT_IS
            and mine.collation == theirs.collation
            for mine, theirs in types
        )

    def _column(self, function: str, name: str | None, parent: str) -> exp.Expr | None:
        field = self.kept.get((function, name))
        return column(parent, field) if field else None

    def _values(self, known: Column, parent: str) -> exp.Expr | None:
        is_there = known.not_null or known.name in self.key.columns
        return self._column("count", None if is_there else known.name, parent)

    def _average(self, known: Column, parent: str) -> exp.Expr | None:
        """Sum through count, as numeric: the division by which PostgreSQL ends avg() of these types."""
        total = self._column("sum", known.name, parent)
        count = self._column("count", known.name, parent)
        if total is None or count is None:
            return None
        if SUM_TYPES[known.type.base] == BIGINT:
            total = exp.cast(total, "numeric")
        return exp.Div(this=total, expression=count, typed=True)


def family(structures: Sequence[Computed], schema: Schema) -> Family:
    """The totals of one family; a sum's count of values is one of them."""
    first = structures[0]
    child = schema.by_name[first.child]
    kept: dict[tuple[str, str | None], str] = {(s.function, s.column): s.field for s in structures}
    for one in structures:
        if one.function == "sum":
            kept[("count", one.column)] = values_column(one)
    never_null = [n for f, n in kept if f == "count" and n is not None and child.by_name[n].not_null]
    if ("count", None) not in kept and never_null:
        kept["count", None] = kept["count", never_null[0]]
    return Family(schema.by_name[first.table], child, child.foreign_key(first.key), kept)
