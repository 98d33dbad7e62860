"""What is kept twice: copies of a parent's columns, and totals over a parent's children.

`key` names one of the child's foreign keys to the parent, by its constraint's name.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from optimizer.model.names import TableName
from optimizer.model.structure import Structure


@dataclass(frozen=True, slots=True)
class ExtendedReference(Structure):
    """Each row of `table` holds a copy of its parent's `columns`: `user_name`, where `field` is `user`.

    In a document they are the subdocument `field`. All is null where there is no parent. An update of the
    parent updates the copies.
    """

    kind: ClassVar[str] = "copy"
    parent: TableName
    key: str
    field: str
    columns: tuple[str, ...]

    @property
    def label(self) -> str:
        """See Structure.label."""
        return f"copy {self.parent} to {self.table} by {self.key}: {', '.join(self.columns)}"

    @property
    def definition(self) -> str:
        """See Structure.definition."""
        return f"{', '.join(self.columns)} of {self.parent} copied to {self.table}.{self.field}"


@dataclass(frozen=True, slots=True)
class Computed(Structure):
    """Each row of `table` (the parent) holds a total over its children, in `field`.

    `function` is `count` (of rows where `column` is None, else of its values that aren't null), `sum`, or on
    tables `min` or `max` (null where there is no value). It is kept by every write of the child.
    """

    kind: ClassVar[str] = "computed"
    child: TableName
    key: str
    field: str
    function: str
    column: str | None = None

    @property
    def label(self) -> str:
        """See Structure.label."""
        return f"{self.function} of {self.child}.{self.column or '*'} in {self.table} by {self.key}"

    @property
    def family(self) -> str:
        """See Structure.family."""
        return f"totals of {self.child} in {self.table} by {self.key}"

    @property
    def definition(self) -> str:
        """See Structure.definition."""
        return f"{self.table}.{self.field} = {self.function}({self.child}.{self.column or '*'})"
