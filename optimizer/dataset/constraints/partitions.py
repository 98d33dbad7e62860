"""Partition bounds, as PostgreSQL prints them, read into limits of the partition key's columns."""

from __future__ import annotations

import re

from optimizer.dataset.constraints.limits import Bound, Limits, Value
from optimizer.dataset.constraints.literals import value_of
from optimizer.model.schema import Column, Table

_RANGE = re.compile(r"FROM \((?P<low>.*?)\) TO \((?P<high>.*?)\)\s*\Z", re.DOTALL)
_LIST = re.compile(r"IN \((?P<values>.*)\)\s*\Z", re.DOTALL)
_WORD = re.compile(r"'((?:[^']|'')*)'|([^,\s]+)")


def limits(table: Table) -> dict[str, Limits]:
    """What the existing partitions take, by column; a default partition takes everything."""
    bounds = table.partition_bounds
    if not table.partition_key or not bounds or any(bound.strip() == "DEFAULT" for bound in bounds):
        return {}
    column = table.by_name.get(table.partition_key[0])
    if column is None:
        return {}
    found = _listed(column, bounds) or _covered(column, bounds)
    return {column.name: found} if found else {}


def _words(text: str) -> list[str]:
    return [match[2] or match[1].replace("''", "'") for match in _WORD.finditer(text)]


def _listed(column: Column, bounds: tuple[str, ...]) -> Limits | None:
    texts = [match["values"] for bound in bounds if (match := _LIST.search(bound))]
    if not texts:
        return None
    values = [value_of(word, column.type) for text in texts for word in _words(text) if word != "NULL"]
    return Limits(choices=tuple(value for value in values if value is not None))


def _covered(column: Column, bounds: tuple[str, ...]) -> Limits | None:
    """The last span that the range partitions cover without a gap."""
    ranges = [(match["low"], match["high"]) for bound in bounds if (match := _RANGE.search(bound))]
    if not ranges:
        return None
    spans = sorted((_end(low, column, -1), _end(high, column, 1)) for low, high in ranges)
    low, high = spans[-1]
    for earlier_low, earlier_high in reversed(spans[:-1]):
        if earlier_high != low:
            break
        low = earlier_low
    return Limits(low=_bound(low, inclusive=True), high=_bound(high, inclusive=False))


End = tuple[int, tuple[Value, ...]]


def _end(text: str, column: Column, infinite: int) -> End:
    """An end of a range as a value that sorts: MINVALUE and MAXVALUE lie beyond all others."""
    word = (_words(text) or ["MINVALUE"])[0]
    value = None if word in ("MINVALUE", "MAXVALUE") else value_of(word, column.type)
    return (infinite, ()) if value is None else (0, (value,))


def _bound(end: End, *, inclusive: bool) -> Bound | None:
    return Bound(end[1][0], inclusive) if end[1] else None
