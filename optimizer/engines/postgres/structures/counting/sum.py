"""A sum in the parent, and the number of its values: they change by differences; of no values it is null."""

from __future__ import annotations

from dataclasses import dataclass

from optimizer.engines.postgres.structures.counting.kept import BIGINT, Kept
from optimizer.engines.postgres.structures.naming import object_name
from optimizer.model.denormalisation import Computed
from optimizer.model.schema import Column, ColumnType
from optimizer.queries.quoting import quote_identifier

NUMERIC = ColumnType("numeric", "numeric")
SUM_TYPES = {"int2": BIGINT, "int4": BIGINT, "int8": NUMERIC, "numeric": NUMERIC}
"""The types that PostgreSQL's sum() gives."""


def values_column(structure: Computed) -> str:
    """The column beside a sum that counts the values in it: where it falls to 0 the sum is null again."""
    return object_name(structure.field, "values")


@dataclass(frozen=True)
class Sum(Kept):
    """A sum with the number of its values. One that isn't finite can't be told by differences."""

    @property
    def type(self) -> ColumnType:
        return SUM_TYPES[self.base]

    @property
    def may_be_infinite(self) -> bool:
        return self.base == "numeric"

    @property
    def columns(self) -> tuple[Column, ...]:
        return (
            Column(self.structure.field, self.type),
            Column(values_column(self.structure), BIGINT, not_null=True, default="0"),
        )

    @property
    def aggregates(self) -> tuple[str, ...]:
        return (f"sum(c.{self.value})", f"count(c.{self.value})")

    @property
    def declared(self) -> str:
        return super().declared + ("\n  held numeric;" if self.may_be_infinite else "")

    @property
    def counted(self) -> str:
        return quote_identifier(values_column(self.structure))

    @property
    def cleared(self) -> str:
        return f"{self.field} = NULL, {self.counted} = 0 WHERE p.{self.counted} <> 0"

    @property
    def applied(self) -> str:
        updated = self.updated(
            f"{self.counted} = p.{self.counted} + d.n,\n      {self.field} = "
            f"CASE WHEN p.{self.counted} + d.n <> 0 THEN coalesce(p.{self.field}, 0) + d.total END\n     "
        )
        if not self.may_be_infinite:
            return f"    {updated}"
        return (
            f"    {updated[:-1]}\n    RETURNING p.{self.field} INTO held;\n"
            f"    IF abs(held) >= 'Infinity' THEN\n      {self.told_anew}\n    END IF;"
        )

    def source(self, rows: str, sign: str) -> str:
        value = f"{rows}.{self.value}::{self.type.sql}"
        return (
            f"SELECT {self.keyed(rows)}, {sign}1 AS n, {f'-({value})' if sign else value} AS total "
            f"FROM {rows} WHERE {rows}.{self.value} IS NOT NULL"
        )

    @property
    def summed(self) -> tuple[str, str]:
        return "sum(n) AS n, sum(total) AS total", "sum(n) <> 0 OR sum(total) <> 0"
