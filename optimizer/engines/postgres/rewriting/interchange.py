"""Which columns of a child say the same as its parent's."""

from __future__ import annotations

from collections.abc import Mapping

from optimizer.engines.postgres.structures.copies import copied_columns
from optimizer.model.denormalisation import ExtendedReference
from optimizer.model.schema import Column, Schema

_EQUAL_IS_SAME = frozenset(
    {
        *("int2", "int4", "int8", "bool", "uuid", "text", "varchar", "bpchar", "bytea"),
        *("date", "time", "timestamp", "timestamptz", "enum"),
    }
)
"""Types in which equal values are the same: not numeric (1.0 = 1.00), floats (0 = -0) or citext."""


def stand_ins(structure: ExtendedReference, schema: Schema, *, outer: bool) -> Mapping[str, str]:
    """What stands for the parent's columns in a child that has a parent: its copies, and its key.

    `outer`: also in a child without one, where the parent's columns are null: a key of several columns may
    have some values then.
    """
    child, parent = schema.by_name[structure.table], schema.by_name[structure.parent]
    key = child.foreign_key(structure.key)
    found = dict(copied_columns(structure))
    for mine, theirs in zip(key.columns, key.referenced, strict=True):
        alone = all(child.by_name[other].not_null for other in key.columns if other != mine)
        if _is_same(child.by_name[mine], parent.by_name[theirs]) and (alone or not outer):
            found[theirs] = mine
    return found


def _is_same(one: Column, other: Column) -> bool:
    """True where two values that are equal can't be told apart."""
    return (
        (one.type, one.collation) == (other.type, other.collation)
        and one.type.base in _EQUAL_IS_SAME
        and not one.type.array
        and one.collation in (None, "C", "POSIX")
    )
