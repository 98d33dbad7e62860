"""Columns whose values grow as rows are added."""

from __future__ import annotations

import re

from optimizer.model.schema import Column

_TIMES = frozenset({"timestamp", "timestamptz", "date"})
_PRESENT = re.compile(r"\b(now|clock_timestamp|statement_timestamp|current_timestamp|current_date)\b", re.I)
_APPENDED = re.compile(
    r"\A(created|inserted|occurred|recorded|logged|received|ingested|placed|ordered|sent|published|event)"
    r"(_?(at|on|time|date|ts))?\Z|\A(time|ts|timestamp|event_time|event_date)\Z",
    re.IGNORECASE,
)
_REWRITTEN = re.compile(r"\A(updated|modified|changed|last_)", re.IGNORECASE)


def grows(column: Column) -> bool:
    """True where new rows have higher values, as far as name, type and default tell."""
    if column.type.array or _REWRITTEN.match(column.name):
        return False
    if column.type.base in _TIMES:
        return bool(_PRESENT.search(column.default or "") or _APPENDED.match(column.name))
    return column.type.base in {"int4", "int8"} and column.identity
