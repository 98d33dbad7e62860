"""Which values MongoDB puts in the order that SQL has."""

from __future__ import annotations

from optimizer.model.schema import ColumnType

_ALIKE = frozenset(
    {
        *("int2", "int4", "int8", "numeric", "float4", "float8", "bool", "uuid"),
        *("text", "varchar", "bpchar", "date", "time", "timestamp", "timestamptz", "interval"),
    }
)


def sorts_alike(type: ColumnType) -> bool:
    """Whether its values, as documents hold them, are in SQL's order: enums are by their text there, arrays
    by one element, bytes by their number first."""
    return not type.array and type.base in _ALIKE
