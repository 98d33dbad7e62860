"""A grouped answer that a summary's rows stand for, each for all rows of its group."""

from __future__ import annotations

from functools import lru_cache

from sqlglot import exp

from optimizer.engines.postgres.rewriting.determined import is_one_row_each
from optimizer.engines.postgres.rewriting.selects import selects
from optimizer.engines.postgres.rewriting.terms import column, or_zero
from optimizer.engines.postgres.structures.counting.kept import BIGINT
from optimizer.engines.postgres.structures.counting.sum import SUM_TYPES
from optimizer.model.schema import Column, Schema
from optimizer.model.tables import SummaryTable
from optimizer.queries.aggregates import Aggregate
from optimizer.queries.grains import Grain, Use, read_grain
from optimizer.queries.grouped import Grouped, grouping, read_grouped, sources
from optimizer.queries.tree import identifier


def read_summary(query: exp.Query, structure: SummaryTable, schema: Schema) -> bool:
    """Read the summary instead of its table, in every grouped SELECT that it can answer.

    Where each group is one row of the summary, what that holds is the answer; else it is added up further.
    """
    changed = False
    for select in selects(query, schema):
        if not grouping(select.tree):
            continue
        for source in tuple(select.tables.values()):
            if source.table.name != structure.table or source.table.row_security:
                continue
            asked = read_grouped(select.tree, source.alias, source.table)
            if isinstance(asked, Grouped) and _holds(structure, asked):
                _read(asked, structure, schema)
                changed = True
                break
    return changed


@lru_cache(maxsize=256)
def held_grains(structure: SummaryTable) -> dict[Grain, str]:
    """The summary's columns by what they hold of the table's rows."""
    return {read_grain(expression): name for name, expression in structure.groups}


def _holds(structure: SummaryTable, asked: Grouped) -> bool:
    """True where the summary has all groups that are asked for, all rows of each, and their totals."""
    held = held_grains(structure)
    if not all(grain.column in asked.present for grain in held):
        return False
    known = {(function, name) for _, function, name in structure.totals}
    if not all(known.issuperset(aggregate.totals) for aggregate in asked.aggregates):
        return False
    return all(any(grain.serves(use.grain) for grain in held) for use in asked.uses)


def _read(asked: Grouped, structure: SummaryTable, schema: Schema) -> None:
    select, alias = asked.select, asked.alias
    outer = asked.is_outer
    for use in asked.uses:
        _answer(use, alias, structure)
    key = {name: grain.unit == "day" for grain, name in held_grains(structure).items()}
    direct = is_one_row_each(select, schema, alias, key)
    for aggregate in asked.aggregates:
        totals = _Totals(structure, alias, aggregate, direct, outer, asked.is_scalar)
        aggregate.node.replace(totals.value())
    _read_from(select, alias, structure)
    if direct:
        select.set("group", None)
        having = select.args.get("having")
        if having is not None:
            select.set("having", None)
            select.where(having.this, copy=False)


def _answer(use: Use, alias: str, structure: SummaryTable) -> None:
    held = held_grains(structure)
    best = use.grain if use.grain in held else next(grain for grain in held if grain.serves(use.grain))
    use.answered(best, column(alias, held[best]))


def _read_from(select: exp.Select, alias: str, structure: SummaryTable) -> None:
    table = next(source for source in sources(select) if source.alias_or_name == alias)
    table.set("this", identifier(structure.name.name))
    table.set("db", identifier(structure.name.schema))


class _Totals:
    """An aggregate in the words of a summary.

    Nothing counts as 0 and adds up to null, which is told by the count of values where some may be null.
    """

    def __init__(
        self,
        structure: SummaryTable,
        alias: str,
        aggregate: Aggregate,
        direct: bool,
        outer: bool,
        scalar: bool,
    ) -> None:
        self._alias = alias
        self._aggregate = aggregate
        self._direct = direct
        self._may_lack = outer or scalar or aggregate.condition is not None
        self._names = {(function, name): field for field, function, name in structure.totals}
        self._rows = structure.rows

    def value(self) -> exp.Expr:
        """What stands for the aggregate, of its type."""
        match self._aggregate.function, self._aggregate.column:
            case "sum", Column() as of:
                type_ = "bigint" if _is_bigint(of) else None
                return self._added(self._kept("sum", of), type_, self._has_values(of))
            case "avg", Column() as of:
                return self._average(of)
            case "min" | "max" as function, Column() as of:
                return self._added(self._kept(function, of), None, function=function)
            case _, of:
                counted = self._added(self._count(of), "bigint")
                return or_zero(counted) if self._may_lack else counted

    def _average(self, of: Column) -> exp.Expr:
        """numeric / numeric, as PostgreSQL's avg() divides sum by count: the same digits."""
        count = self._added(self._count(of), None)
        if not of.not_null:
            count = exp.Nullif(this=count, expression=exp.Literal.number(0))
        total = self._added(self._kept("sum", of), None)
        if self._direct and _is_bigint(of):
            total = exp.cast(total, "numeric")
        return exp.Paren(this=exp.Div(this=total, expression=count, typed=True))

    def _added(
        self,
        kept: exp.Column,
        type_: str | None,
        condition: exp.Expr | None = None,
        function: str = "sum",
    ) -> exp.Expr:
        """A total of all rows of the summary that the aggregate is over, those left out that don't meet a
        condition; of the one row, where it is direct."""
        wanted = [one.copy() for one in (self._aggregate.condition, condition) if one is not None]
        if self._direct:
            return exp.Case().when(exp.and_(*wanted), kept) if wanted else kept
        call: exp.Expr = {"sum": exp.Sum, "min": exp.Min, "max": exp.Max}[function](this=kept)
        if wanted:
            call = exp.Filter(this=call, expression=exp.Where(this=exp.and_(*wanted)))
        return exp.cast(call, type_) if type_ else call

    def _has_values(self, of: Column) -> exp.Expr | None:
        """The condition on which a row of the summary has values to add up."""
        return None if of.not_null else exp.GT(this=self._count(of), expression=exp.Literal.number(0))

    def _count(self, of: Column | None) -> exp.Column:
        if of is None or of.not_null:
            return column(self._alias, self._rows)
        return self._kept("count", of)

    def _kept(self, function: str, of: Column) -> exp.Column:
        return column(self._alias, self._names[function, of.name])


def _is_bigint(of: Column) -> bool:
    return SUM_TYPES[of.type.base] == BIGINT
