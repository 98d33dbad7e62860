"""The aggregates of a grouped SELECT, and whether there is anything in it that totals can't tell."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlglot import exp

from optimizer.model.schema import Column, Table
from optimizer.queries.tree import to_sql

SUMMED = frozenset({"int2", "int4", "int8", "numeric"})
"""What adds up to the same in any order: floats don't."""

_COMPARED = SUMMED | {"date", "timestamp", "timestamptz", "time", "text", "varchar", "bpchar"}
_FUNCTIONS: dict[type[exp.Expr], str] = {
    exp.Count: "count",
    exp.Sum: "sum",
    exp.Avg: "avg",
    exp.Min: "min",
    exp.Max: "max",
}
_SCALAR = """
    abs btrim ceil ceiling char_length chr concat date_bin date_part date_trunc div floor format initcap
    lower lpad ltrim make_date mod position power regexp_replace replace reverse round rpad rtrim sign
    split_part sqrt strpos substr substring time_bucket to_char to_date trim trunc upper width_bucket
    """
"""Functions that are no aggregates; any other one that sqlglot doesn't know may be one."""

_VOLATILE = """
    clock_timestamp gen_random_uuid nextval random setval statement_timestamp timeofday uuid_generate_v4
    uuidv4 uuidv7
    """


@dataclass(frozen=True, eq=False)
class Aggregate:
    """An aggregate over one table's rows: `node` is all of it, its FILTER too.

    `column` is None for a count of rows; a count of values that are never null is one.
    """

    node: exp.Expr
    function: str
    column: Column | None = None

    @property
    def condition(self) -> exp.Expr | None:
        """The condition of its FILTER, as it stands now."""
        return self.node.expression.this if isinstance(self.node, exp.Filter) else None

    @property
    def totals(self) -> tuple[tuple[str, str], ...]:
        """What has to be kept for it besides the count of rows: functions and columns."""
        if self.column is None:
            return ()
        count = () if self.column.not_null else (("count", self.column.name),)
        match self.function:
            case "count":
                return count
            case "sum" | "avg":
                return (("sum", self.column.name), *count)
        return ((self.function, self.column.name),)


def is_grouped(select: exp.Select) -> bool:
    """True where rows are put together: by GROUP BY, by an aggregate, or by DISTINCT."""
    return bool(select.args.get("group") or select.args.get("distinct")) or any(True for _ in nodes(select))


def own(tree: exp.Expr) -> Iterator[exp.Expr]:
    """Every node that isn't within a subquery; of a subquery, the query itself."""
    return tree.walk(prune=lambda node: isinstance(node, exp.Query) and node is not tree)


def nodes(select: exp.Select) -> Iterator[exp.Expr]:
    """The aggregates of the SELECT itself, each with its FILTER or its window."""
    for node in own(select):
        if isinstance(node, exp.AggFunc):
            outside = node.parent
            wraps = isinstance(outside, exp.Filter | exp.Window | exp.WithinGroup)
            yield outside if outside is not None and wraps and outside.this is node else node


def obstacle(select: exp.Select) -> str:
    """What there is in a grouped SELECT that no table of groups answers; empty where there is nothing."""
    group = select.args.get("group")
    distinct = select.args.get("distinct")
    if group is not None and (
        any(isinstance(term, exp.Cube | exp.Rollup | exp.GroupingSets) for term in group.expressions)
        or any(group.args.get(part) for part in ("all", "cube", "rollup", "grouping_sets", "totals"))
    ):
        return "it groups by several sets"
    if distinct is not None and distinct.args.get("on"):
        return "DISTINCT ON chooses a row of each group"
    if any(isinstance(node, exp.Window) for node in own(select)):
        return "a window goes over the groups"
    terms = [to_sql(term) for term in group.expressions] if group else []
    for node in own(select):
        if isinstance(node, exp.Anonymous):
            name = node.name.lower()
            if name in _VOLATILE.split():
                return f"{name} gives another value each time"
            if not is_scalar_call(node) and not _is_scalar(node, select, terms):
                return f"{name} may be an aggregate"
    return ""


def is_scalar_call(call: exp.Anonymous) -> bool:
    """True for a call of a function of PostgreSQL's that gives one value for a row."""
    return call.name.lower() in _SCALAR.split()


def read_aggregate(node: exp.Expr, alias: str, table: Table) -> Aggregate | None:
    """The aggregate over the rows of one source; None where totals of it can't tell the value."""
    call = node.this if isinstance(node, exp.Filter) else node
    function = _FUNCTIONS.get(type(call))
    if function is None or call.args.get("expressions"):
        return None
    argument = call.this.unnest()
    if function == "count" and isinstance(argument, exp.Star | exp.Literal):
        return Aggregate(node, "count")
    if not isinstance(argument, exp.Column) or argument.table != alias or argument.name not in table.by_name:
        return None
    column = table.by_name[argument.name]
    if function == "count":
        return Aggregate(node, "count", None if column.not_null else column)
    return Aggregate(node, function, column) if _is_kept(function, column) else None


def _is_kept(function: str, column: Column) -> bool:
    """True where a total is the same, to the last digit, whatever the order in which it came about.

    A numeric without a scale keeps the digits of values that have gone.
    """
    kind = column.type
    if kind.array or (kind.base == "numeric" and kind.scale is None) or column.collation is not None:
        return False
    return kind.base in (SUMMED if function in ("sum", "avg") else _COMPARED)


def _is_scalar(node: exp.Expr, select: exp.Select, terms: list[str]) -> bool:
    """True where a call can't be an aggregate: it is in a condition on rows, or in what is grouped by."""
    outside: exp.Expr | None = node
    while outside is not None and outside is not select:
        if isinstance(outside, exp.Where | exp.Join | exp.Group) or to_sql(outside) in terms:
            return True
        outside = outside.parent
    return False
