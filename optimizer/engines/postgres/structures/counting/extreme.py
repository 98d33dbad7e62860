"""A minimum or a maximum in the parent: it is told anew from the rows where the extreme one goes."""

from __future__ import annotations

from dataclasses import dataclass

from optimizer.engines.postgres.structures.counting.kept import Kept
from optimizer.engines.postgres.structures.triggers import full_name
from optimizer.model.schema import Column, ColumnType

_SPELLED = {
    "int2": "smallint",
    "int4": "integer",
    "int8": "bigint",
    "float4": "real",
    "float8": "double precision",
    "timestamp": "timestamp without time zone",
    "timestamptz": "timestamp with time zone",
    "time": "time without time zone",
}
"""How PostgreSQL spells the types whose internal name isn't their name."""


@dataclass(frozen=True)
class Extreme(Kept):
    """A minimum or a maximum."""

    @property
    def type(self) -> ColumnType:
        return ColumnType(_SPELLED.get(self.base, self.base), self.base)

    @property
    def columns(self) -> tuple[Column, ...]:
        return (Column(self.structure.field, self.type),)

    @property
    def aggregates(self) -> tuple[str, ...]:
        return (f"{self.structure.function}(c.{self.value})",)

    @property
    def declared(self) -> str:
        return f"{super().declared}\n  held {self.type.sql};"

    @property
    def cleared(self) -> str:
        return f"{self.field} = NULL WHERE p.{self.field} IS NOT NULL"

    @property
    def applied(self) -> str:
        beyond = "<" if self.structure.function == "min" else ">"
        return (
            f"    SELECT p.{self.field} INTO held FROM {full_name(self.parent.name)} p "
            f"WHERE {self.of_parent} FOR NO KEY UPDATE;\n"
            f"    IF d.come {beyond} held OR held IS NULL THEN\n"
            f"      {self.updated(f'{self.field} = d.come')}\n"
            f"    ELSIF d.gone {beyond}= held AND d.come IS DISTINCT FROM held THEN\n"
            f"      {self.told_anew}\n    END IF;"
        )

    def source(self, rows: str, sign: str) -> str:
        nothing, value = f"NULL::{self.type.sql}", f"{rows}.{self.value}"
        gone, come = (value, nothing) if sign else (nothing, value)
        return f"SELECT {self.keyed(rows)}, {gone} AS gone, {come} AS come FROM {rows}"

    @property
    def summed(self) -> tuple[str, str]:
        name = self.structure.function
        return (
            f"{name}(gone) AS gone, {name}(come) AS come",
            f"{name}(gone) IS DISTINCT FROM {name}(come)",
        )
