"""Values that no row has: for keys that are inserted, and for lookups that find nothing."""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from generators.times import NOW
from optimizer.dataset.bindings.sampling import whole
from optimizer.dataset.dataset import Dataset
from optimizer.model.names import TableName
from optimizer.model.schema import Column

_LARGEST = {"int2": 2**15 - 1, "int4": 2**31 - 1, "int8": 2**63 - 1}
_STRIDE = 1 << 20
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True)
class Fresh:
    """A series of new values; two series of other `lane` share none, as far as the type has room.

    Lanes keep queries apart that insert into the same table: `lane` of `lanes`, and a `salt` for the rest.
    """

    lane: int
    lanes: int
    salt: str

    def value(self, dataset: Dataset, table: TableName, column: Column, place: int, like: Any = None) -> Any:
        """The new value number `place` of a column, shaped like `like` (an email keeps its domain)."""
        number = place * self.lanes + self.lane
        base = column.type.base
        if base in _LARGEST:
            return self._integer(int(_maximum(dataset, table, column.name) or 0), _LARGEST[base], number)
        if base == "uuid":
            return str(uuid.UUID(bytes=self._digest(table, column, number)[:16], version=4))
        if base in ("numeric", "float4", "float8"):
            highest = _maximum(dataset, table, column.name) or 0
            return type(highest)(int(highest) + 1 + number)
        if base in ("timestamp", "timestamptz"):
            moment = NOW + timedelta(seconds=1 + number)
            return moment if base == "timestamptz" else moment.replace(tzinfo=None)
        if base == "date":
            return (NOW + timedelta(days=1 + number)).date()
        return self._text(table, column, number, like)

    def _integer(self, highest: int, largest: int, number: int) -> int:
        """Beyond the highest value, with room left for what a sequence gives."""
        room = largest - highest
        blocks = min(room // _STRIDE - 2, 2**20)
        if blocks < 1:
            return highest + 1 + number
        block = int.from_bytes(hashlib.blake2b(self.salt.encode(), digest_size=8).digest(), "big") % blocks
        return highest + (1 + block) * _STRIDE + number

    def _digest(self, table: TableName, column: Column, number: int) -> bytes:
        words = (self.salt, table.schema, table.name, column.name, str(number))
        return hashlib.blake2b("\x1e".join(words).encode(), digest_size=32).digest()

    def _text(self, table: TableName, column: Column, number: int, like: Any) -> str:
        token = _base36(int.from_bytes(self._digest(table, column, number)[:12], "big"))
        shape = like if isinstance(like, str) else ""
        text = f"{token}@{shape.partition('@')[2]}" if "@" in shape else token
        if shape.isupper():
            text = text.upper()
        return text[: column.type.length] if column.type.length else text


def missing(dataset: Dataset, table: TableName, column: Column, salt: str) -> Any:
    """A value that no row has; None where the type has none to spare."""
    if column.type.base in ("bool", "enum") or column.type.array or column.type.base in ("json", "jsonb"):
        return None
    if column.type.base not in {"uuid", "text", "varchar", "bpchar", "citext", *_LARGEST}:
        return None
    return Fresh(0, 1, f"missing {salt}").value(dataset, table, column, 0)


def _maximum(dataset: Dataset, table: TableName, column: str) -> int | float | Decimal | None:
    rows = dataset.table(table)
    if column not in rows.columns:
        return rows.rows
    highest = whole(rows, (column,))[column].max()
    return highest if isinstance(highest, int | float | Decimal) else None


def _base36(number: int) -> str:
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = _DIGITS[digit] + digits
    return digits or "0"
