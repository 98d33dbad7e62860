"""How the fields are named that structures put into documents and tables."""

from __future__ import annotations

from optimizer.design.moves.evidence import Relation
from optimizer.model.schema import Table

_RESERVED = frozenset({"_id", "meta"})
"""Names that documents have of their own."""


def _free_field(holder: Table, wanted: str) -> str:
    """The name, with an underscore more for as long as the table has a column of that name."""
    while wanted in holder.by_name or wanted in _RESERVED:
        wanted += "_"
    return wanted


def children_field(relation: Relation, suffix: str = "") -> str:
    """The field of the parent that holds something of this child's rows (`order_items`, `likes_count`).

    Where the child has several keys to the parent, the key's columns tell them apart.
    """
    by = "_by_" + "_".join(relation.key.columns) if relation.keys_between > 1 else ""
    return _free_field(relation.parent, relation.child.name.name + by + suffix)


def parent_field(relation: Relation) -> str:
    """The field of the child that holds a copy of its parent: `user` for `user_id`, else the table's name."""
    columns = relation.key.columns
    short = columns[0].removesuffix("_id") if len(columns) == 1 else ""
    wanted = short if short and short != columns[0] else relation.parent.name.name
    if wanted == relation.parent.name.name and relation.keys_between > 1:
        wanted += "_by_" + "_".join(columns)
    return _free_field(relation.child, wanted)
