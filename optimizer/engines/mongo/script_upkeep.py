"""What keeps the structures of a design right, in words for the delivered script."""

from __future__ import annotations

from optimizer.model.denormalisation import Computed, ExtendedReference
from optimizer.model.documents import Embed, Subset, TimeSeries
from optimizer.model.names import TableName
from optimizer.model.schema import ForeignKey, Table
from optimizer.model.structure import Structure


def holder(structure: Structure) -> TableName:
    """The table whose documents hold what the structure adds."""
    return structure.parent if isinstance(structure, Embed) else structure.table


def locking(child: Table, key: ForeignKey, lock: str) -> str:
    """What a statement has to do before it relies on a parent, so that the child goes with it."""
    return (
        f"Locked: a statement that writes a row of {child.name} adds 1 to {lock} in the document that its "
        f"{', '.join(key.columns)} refers to, in the same transaction. With one that changes or deletes that "
        "document meanwhile, one of the two ends in a write conflict and is tried again."
    )


def upkeep(structure: Structure) -> str:
    """Who writes what the structure holds, and when."""
    match structure:
        case Embed():
            how = "an element" if structure.many else "the subdocument"
            return f"Kept: a row of {structure.table} is written once, as {how} of {structure.field}."
        case ExtendedReference():
            fields = ", ".join(f"{structure.field}.{column}" for column in structure.columns)
            return (
                f"Kept: an insert copies {fields} from {structure.parent}; an update of those columns there "
                f"updates the copies in {structure.table}, in the same transaction."
            )
        case Computed():
            return (
                f"Kept: each insert, delete and update of {structure.child} changes {structure.field} of its "
                f"{structure.table}, in the same transaction."
            )
        case Subset():
            return (
                f"Kept: each insert into {structure.child} pushes into {structure.field}, sorted and cut to "
                f"{structure.limit}; deletes and updates fill it again, in the same transaction."
            )
        case TimeSeries():
            return (
                "Kept: measurements are only ever added, outside transactions; time and series never change."
            )
    return ""
