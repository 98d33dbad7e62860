"""What is asked of a column that rows are grouped by: its value, or the hour, day or month it lies in."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from enum import Enum

from sqlglot import exp

from optimizer.model.schema import ColumnType, Table
from optimizer.queries.dialect import QueryDialect
from optimizer.queries.time_units import UNITS, bucket_of, is_coarser
from optimizer.queries.time_units import finest as finest_unit
from optimizer.queries.tree import DIALECT, identifier, to_sql

_DAYS = frozenset({"DAY", "DAYS", "WEEK", "WEEKS", "MONTH", "MONTHS", "YEAR", "YEARS"})
_MIDNIGHT = re.compile(r"\d{4}-\d\d-\d\d(?:[ T]00:00(?::00)?)?\Z")
_WHOLE = re.compile(r"-?\d+\Z")
_UTC = "UTC"
_ORIGIN = "2000-01-03"
_TIMESTAMP = ColumnType("timestamp without time zone", "timestamp")


@dataclass(frozen=True, slots=True)
class Grain:
    """A column, or its time in `zone` where it is a timestamptz, cut down to the beginning of a `unit`: one
    of date_trunc's, or another that fits into a day (`15 minutes`)."""

    column: str
    zone: str | None = None
    unit: str | None = None

    def serves(self, other: Grain) -> bool:
        """True where the other one can be computed from this one."""
        if self == other or self == Grain(other.column):
            return True
        same = (self.column, self.zone) == (other.column, other.zone)
        return same and None not in (self.unit, other.unit) and is_coarser(self.unit or "", other.unit or "")

    def over(self, column: exp.Column) -> exp.Expr:
        """The grain as a tree over a column, which becomes a part of it."""
        tree: exp.Expr = column
        if self.zone is not None:
            tree = exp.AtTimeZone(this=tree, zone=exp.Literal.string(self.zone))
        if self.unit in UNITS:
            return exp.Anonymous(this="date_trunc", expressions=[exp.Literal.string(self.unit), tree])
        if self.unit is not None:
            parts = [exp.Literal.string(self.unit), tree, exp.Literal.string(_ORIGIN)]
            return exp.Anonymous(this="date_bin", expressions=parts)
        return tree

    @property
    def expression(self) -> str:
        """SQL over the unqualified column."""
        tree = self.over(exp.column(identifier(self.column)))
        return tree.sql(DIALECT, normalize_functions=False)

    @property
    def name(self) -> str:
        """A name for a column that holds it."""
        return f"{self.column}_{self.unit.replace(' ', '_')}" if self.unit else self.column

    def type(self, table: Table) -> ColumnType:
        """The type of its values."""
        return _TIMESTAMP if self.unit else table.by_name[self.column].type


def read_grain(expression: str) -> Grain:
    """The grain of an expression that Grain wrote."""
    tree = QueryDialect().parse_into(exp.Condition, expression)[0]
    if tree is None:
        raise ValueError(expression)
    unit = tree.expressions[0].name if isinstance(tree, exp.Anonymous) else None
    inner = tree.expressions[1] if isinstance(tree, exp.Anonymous) else tree
    zone = inner.args["zone"].name if isinstance(inner, exp.AtTimeZone) else None
    return Grain((inner.this if zone else inner).name, zone, unit)


def finest(grains: Collection[Grain]) -> frozenset[Grain]:
    """The fewest grains that serve all of these."""
    found: set[Grain] = set()
    for column, zone in {(grain.column, grain.zone) for grain in grains}:
        needed = {grain.unit for grain in grains if (grain.column, grain.zone) == (column, zone)}
        found.add(Grain(column, zone, finest_unit(needed)))
    return frozenset(grain for grain in found if grain.zone is None or Grain(grain.column) not in found)


def in_order(grains: Collection[Grain], table: Table) -> list[Grain]:
    """The grains in the order of their columns in the table."""
    places = {column.name: place for place, column in enumerate(table.columns)}
    return sorted(grains, key=lambda grain: (places[grain.column], str(grain.unit)))


class Way(Enum):
    """How a grain is used."""

    VALUE = "value"
    DATE = "date"  # cast to a date: the grain's unit is a day
    ZONED = "zoned"  # a timestamptz: the grain, which is UTC's time, put back
    BOUND = "bound"  # >= or < the beginning of a unit: the same for the value and for its grain


@dataclass(frozen=True, eq=False)
class Use:
    """One use of a column: `node` is the expression that is the grain, over the one `column`."""

    node: exp.Expr
    column: exp.Column
    grain: Grain
    way: Way = Way.VALUE

    def answered(self, held: Grain, by: exp.Column) -> None:
        """Put what a column holds, which serves the use, in its place."""
        if held == Grain(self.grain.column):
            self.column.replace(by)
        elif self.way is Way.ZONED:
            time = by if held == self.grain else replace(self.grain, zone=None).over(by)
            self.node.replace(exp.Paren(this=exp.AtTimeZone(this=time, zone=exp.Literal.string(_UTC))))
        elif self.way is Way.DATE:
            self.node.replace(exp.cast(by, "date"))
        elif self.way is Way.BOUND or held == self.grain:
            self.node.replace(by)
        else:
            self.node.replace(replace(self.grain, zone=None).over(by))


def use_of(column: exp.Column, table: Table) -> Use:
    """The most that can be said of what stands around a table's column."""
    base = table.by_name[column.name].type.base
    node: exp.Expr = column
    grain = Grain(column.name)
    outside = _outside(node)
    if base == "timestamptz" and _is_zoned(outside, node):
        node, grain = outside, replace(grain, zone=outside.args["zone"].name)
    elif base == "timestamptz":
        return _utc_use(column, outside)
    elif base != "timestamp":
        return Use(column, column, grain)
    outside = _outside(node)
    if unit := _truncated_to(outside, node):
        return Use(outside, column, replace(grain, unit=unit))
    if isinstance(outside, exp.Cast) and outside.to.is_type("date"):
        return Use(outside, column, replace(grain, unit="day"), Way.DATE)
    if unit := _bound(outside, node):
        return Use(node, column, replace(grain, unit=unit), Way.BOUND)
    return Use(column, column, Grain(column.name))


def _utc_use(column: exp.Column, outside: exp.Expr) -> Use:
    """The use of a timestamptz by buckets, which are UTC's whatever the session's zone is."""
    if unit := _bucketed_to(outside, column, zoned=True):
        return Use(outside, column, Grain(column.name, _UTC, unit), Way.ZONED)
    other = _compared_with(outside, column)
    found = bucket_of(other, zoned=True) if other is not None else None
    if found is not None and isinstance(found[1], exp.Cast) and found[1].to.is_type("timestamptz"):
        return Use(column, column, Grain(column.name, _UTC, found[0]), Way.ZONED)
    return Use(column, column, Grain(column.name))


def _bucketed_to(outside: exp.Expr, node: exp.Expr, *, zoned: bool) -> str | None:
    found = bucket_of(outside, zoned=zoned)
    return found[0] if found is not None and found[1] is node else None


def _outside(node: exp.Expr) -> exp.Expr:
    """What a node stands in, parentheses left out."""
    parent = node.parent
    while isinstance(parent, exp.Paren):
        parent = parent.parent
    return parent if parent is not None else node


def _is_zoned(outside: exp.Expr, node: exp.Expr) -> bool:
    if not isinstance(outside, exp.AtTimeZone) or outside.this.unnest() is not node:
        return False
    zone = outside.args.get("zone")
    return isinstance(zone, exp.Literal) and bool(zone.is_string)


def _truncated_to(outside: exp.Expr, node: exp.Expr) -> str | None:
    if not isinstance(outside, exp.Anonymous) or outside.name.lower() != "date_trunc":
        return _bucketed_to(outside, node, zoned=False)
    unit, *rest = outside.expressions
    known = isinstance(unit, exp.Literal) and unit.name.lower() in UNITS
    return unit.name.lower() if known and len(rest) == 1 and rest[0].unnest() is node else None


def _bound(outside: exp.Expr, node: exp.Expr) -> str | None:
    """The unit at whose beginning lies what a time is compared with by >= or <."""
    other = _compared_with(outside, node)
    return None if other is None else _begins(other)


def _compared_with(outside: exp.Expr, node: exp.Expr) -> exp.Expr | None:
    if isinstance(outside, exp.GTE | exp.LT) and outside.this.unnest() is node:
        other: exp.Expr = outside.expression
        return other.unnest()
    if isinstance(outside, exp.LTE | exp.GT) and outside.expression.unnest() is node:
        this: exp.Expr = outside.this
        return this.unnest()
    return None


def _begins(tree: exp.Expr) -> str | None:
    """The unit at whose beginning a value lies for sure: a date lies at midnight."""
    tree = tree.unnest()
    if _is_date(tree) or (isinstance(tree, exp.Literal) and tree.is_string and _MIDNIGHT.match(tree.name)):
        return "day"
    if isinstance(tree, exp.Anonymous) and len(tree.expressions) > 1:
        time = tree.expressions[1].unnest()
        return _truncated_to(tree, time) if isinstance(time, exp.Cast) and _is_plain_time(time) else None
    if isinstance(tree, exp.Add | exp.Sub) and _begins(tree.this):
        return "day" if _is_days(tree.expression.unnest(), _is_date(tree.this.unnest())) else None
    return None


def _is_date(tree: exp.Expr) -> bool:
    cast = isinstance(tree, exp.Cast) and tree.to.is_type("date")
    return cast or isinstance(tree, exp.CurrentDate)


def _is_plain_time(cast: exp.Cast) -> bool:
    return to_sql(cast.to).upper() == "TIMESTAMP"


def _is_days(tree: exp.Expr, to_date: bool) -> bool:
    """True for an interval of whole days or longer, and for an integer that is added to a date."""
    if isinstance(tree, exp.Interval):
        unit, amount = tree.args.get("unit"), tree.this
        whole = isinstance(amount, exp.Literal) and _WHOLE.match(amount.name)
        return unit is not None and unit.name.upper() in _DAYS and bool(whole)
    return to_date and isinstance(tree, exp.Literal) and not tree.is_string and bool(_WHOLE.match(tree.name))
