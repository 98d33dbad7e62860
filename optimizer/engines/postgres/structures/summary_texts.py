"""The pieces of SQL that what keeps a summary is made of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from optimizer.engines.postgres.structures.triggers import full_name
from optimizer.model.schema import Table
from optimizer.model.tables import SummaryTable
from optimizer.queries.grains import read_grain
from optimizer.queries.quoting import quote_identifier

EXTREMES = {"min": ("least", ">="), "max": ("greatest", "<=")}
"""What takes a value in, and what tells that an extreme was among those that have gone."""


@dataclass(frozen=True)
class SummaryTexts:
    """A summary and its table as SQL; identifiers are quoted, nothing ends in a semicolon."""

    structure: SummaryTable
    base: Table

    @cached_property
    def name(self) -> str:
        """The summary with its schema."""
        return full_name(self.structure.name)

    @cached_property
    def groups(self) -> tuple[str, ...]:
        """The summary's key."""
        return tuple(quote_identifier(name) for name, _ in self.structure.groups)

    @cached_property
    def totals(self) -> tuple[tuple[str, str, str | None], ...]:
        """Name, function and the table's column of each total, the count of rows first."""
        named = (
            (quote_identifier(name), function, quote_identifier(of))
            for name, function, of in self.structure.totals
        )
        return ((quote_identifier(self.structure.rows), "count", None), *named)

    @cached_property
    def columns(self) -> str:
        """All columns of the summary."""
        return ", ".join((*self.groups, *(name for name, _, _ in self.totals)))

    @cached_property
    def keys(self) -> str:
        """The columns of the key, in its order."""
        return ", ".join(self.groups)

    @cached_property
    def expressions(self) -> tuple[str, ...]:
        """The groups over the table's columns, each with its name."""
        return tuple(
            text if text == quote_identifier(name) else f"{text} AS {quote_identifier(name)}"
            for name, text in self.structure.groups
        )

    @cached_property
    def values(self) -> tuple[str, ...]:
        """The table's columns that totals are over and that aren't groups by themselves."""
        named = (of for _, _, of in self.totals if of is not None and of not in self.expressions)
        return tuple(dict.fromkeys(named))

    @cached_property
    def present(self) -> str:
        """A condition on a row of the table: it is in some group; empty where every row is."""
        columns = dict.fromkeys(read_grain(expression).column for _, expression in self.structure.groups)
        nullable = [name for name in columns if not self.base.by_name[name].not_null]
        return " AND ".join(f"{quote_identifier(name)} IS NOT NULL" for name in nullable)

    def rows_of(self, rows: str, *more: str) -> str:
        """The groups of each row of a table or of a transition table, and more."""
        where = f" WHERE {self.present}" if self.present else ""
        return f"SELECT {', '.join((*self.expressions, *more))} FROM {rows}{where}"

    def added_up(self, of: str, total: Callable[[str, str | None], str]) -> str:
        """The groups of a subquery, each with its totals; `total` writes one."""
        totals = [total(function, column) for _, function, column in self.totals]
        chosen = ",\n".join([self.keys, *(f"  {one}" for one in totals)])
        return f"SELECT {chosen}\nFROM ({of}) one\nGROUP BY {self.keys}"

    def groups_of_table(self) -> str:
        """All groups, as they should be."""
        names = (f"{plain_total(function, column)} AS {name}" for name, function, column in self.totals)
        rows = self.rows_of(full_name(self.base.name), *self.values)
        return f"SELECT {', '.join((*self.groups, *names))}\nFROM ({rows}) one\nGROUP BY {self.keys}"

    def same_group(self, one: str, other: str) -> str:
        """True of two rows of one group."""
        return " AND ".join(f"{one}.{name} = {other}.{name}" for name in self.groups)

    @cached_property
    def extremes(self) -> tuple[tuple[str, str, str], ...]:
        """The totals that are a minimum or a maximum."""
        return tuple((n, f, of) for n, f, of in self.totals if f in EXTREMES and of is not None)

    @cached_property
    def decimal_sums(self) -> tuple[tuple[str, str], ...]:
        """The sums of numerics, which may be NaN."""
        decimal = {c.name for c in self.base.columns if c.type.base == "numeric"}
        names = {quote_identifier(name) for name in decimal}
        return tuple((n, of) for n, f, of in self.totals if f == "sum" and of in names and of is not None)


def plain_total(function: str, column: str | None, where: str = "") -> str:
    """An aggregate over rows; `where` is its FILTER."""
    call = f"{function}({column or '*'})" + (f" FILTER (WHERE {where})" if where else "")
    return f"coalesce({call}, 0)" if function == "sum" else call
