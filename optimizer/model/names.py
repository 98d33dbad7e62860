"""How a table is named."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class TableName:
    """A table's schema and name, both unquoted, in PostgreSQL's own case."""

    schema: str
    name: str

    def __str__(self) -> str:
        """For people and for keys of a result; never for SQL."""
        return self.name if self.schema == "public" else f"{self.schema}.{self.name}"
