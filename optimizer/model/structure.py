"""A structure: one choice about how tables are laid out, beside the choice of indexes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from optimizer.model.names import TableName


@dataclass(frozen=True, slots=True)
class Structure:
    """The base of all structures; two are equal where they are of one class and their fields are equal.

    `table` is the table whose rows are laid out differently, or that gets something more to hold.
    """

    kind: ClassVar[str] = ""
    table: TableName

    @property
    def tables(self) -> frozenset[TableName]:
        """The tables whose stores it changes."""
        return frozenset({self.table})

    @property
    def label(self) -> str:
        """A short name that is unique among the structures of a workload (`embed order_items`)."""
        return f"{self.kind} {self.table}"

    @property
    def family(self) -> str:
        """What it is tried together with: a count and a sum gain only as the average that both make."""
        return self.label

    @property
    def definition(self) -> str:
        """One line for people: what is laid out how."""
        return self.label


@dataclass(frozen=True, slots=True)
class StructureCandidate:
    """A structure that may be chosen, with the names of the queries that gain by it and why.

    Two candidates are equal where their structures are.
    """

    structure: Structure
    queries: tuple[str, ...] = ()
    because: str = ""
