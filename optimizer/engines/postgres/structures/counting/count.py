"""A count in the parent: it changes by differences."""

from __future__ import annotations

from dataclasses import dataclass

from optimizer.engines.postgres.structures.counting.kept import BIGINT, Kept
from optimizer.model.schema import Column


@dataclass(frozen=True)
class Count(Kept):
    """A count of rows, or of values that aren't null."""

    @property
    def columns(self) -> tuple[Column, ...]:
        return (Column(self.structure.field, BIGINT, not_null=True, default="0"),)

    @property
    def aggregates(self) -> tuple[str, ...]:
        return (f"count({'c.' + self.value if self.structure.column else '*'})",)

    @property
    def cleared(self) -> str:
        return f"{self.field} = 0 WHERE p.{self.field} <> 0"

    @property
    def applied(self) -> str:
        return f"    {self.updated(f'{self.field} = p.{self.field} + d.n')}"

    def source(self, rows: str, sign: str) -> str:
        some = f" WHERE {rows}.{self.value} IS NOT NULL" if self.structure.column else ""
        return f"SELECT {self.keyed(rows)}, {sign}1 AS n FROM {rows}{some}"

    @property
    def summed(self) -> tuple[str, str]:
        return "sum(n) AS n", "sum(n) <> 0"
