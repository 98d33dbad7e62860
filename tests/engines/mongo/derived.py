"""What documents hold besides the rows themselves, worked out a second time, the plain way."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from operator import itemgetter
from typing import Any

from bson.decimal128 import Decimal128
from pymongo.database import Database

from optimizer.design.documents.layout import Layout
from optimizer.model.denormalisation import Computed, ExtendedReference
from optimizer.model.documents import Subset
from optimizer.model.names import TableName

Row = Mapping[str, Any]
Rows = Mapping[TableName, Iterable[Row]]


def disagreements(stored: Database[dict[str, Any]], layout: Layout, rows: Rows) -> list[str]:
    """A line for each copy, total or subset that isn't what the rows say."""
    return [
        f"{structure.label} of {key}: {found} where the rows say {expected}"
        for structure, make in _derived(layout)
        for key, expected in make(rows)
        if (found := _found(stored, structure, layout, key)) != expected
    ]


Make = Callable[[Rows], Iterator[tuple[Any, Any]]]


def _derived(layout: Layout) -> Iterator[tuple[Any, Make]]:
    for structure in layout.structures:
        match structure:
            case ExtendedReference():
                yield structure, partial(_copies, structure, layout)
            case Computed():
                yield structure, partial(_totals, structure, layout)
            case Subset():
                yield structure, partial(_firsts, structure, layout)


def _copies(structure: ExtendedReference, layout: Layout, rows: Rows) -> Iterator[tuple[Any, Any]]:
    [column] = layout.key(structure.table, structure.key).columns
    parents = {row["id"]: row for row in rows[structure.parent]}
    for child in rows[structure.table]:
        parent = parents.get(child[column])
        yield child["id"], parent and {name: parent[name] for name in structure.columns}


def _totals(structure: Computed, layout: Layout, rows: Rows) -> Iterator[tuple[Any, Any]]:
    for parent, children in _families(structure.table, structure.child, structure.key, layout, rows):
        values = [row[structure.column] if structure.column else 1 for row in children]
        known = [value for value in values if value is not None]
        yield parent, len(known) if structure.function == "count" else (sum(known) if known else None)


def _firsts(structure: Subset, layout: Layout, rows: Rows) -> Iterator[tuple[Any, Any]]:
    for parent, children in _families(structure.table, structure.child, structure.key, layout, rows):
        ordered = list(children)
        for name, descending in reversed(structure.order):
            ordered.sort(key=itemgetter(name), reverse=descending)
        shown = ordered[: structure.limit]
        yield parent, [{name: row[name] for name in structure.columns} for row in shown]


def _families(
    parent: TableName, child: TableName, key: str, layout: Layout, rows: Rows
) -> Iterator[tuple[Any, list[Row]]]:
    [column] = layout.key(child, key).columns
    for row in rows[parent]:
        yield row["id"], [one for one in rows[child] if one[column] == row["id"]]


def _found(stored: Database[dict[str, Any]], structure: Any, layout: Layout, key: Any) -> Any:
    document = stored[layout.home(structure.table).collection].find_one({"_id": key})
    return _plain(document[structure.field]) if document else "no document"


def _plain(value: Any) -> Any:
    match value:
        case Decimal128():
            return Decimal(str(value))
        case datetime():
            return value.replace(tzinfo=UTC)
        case list():
            return [_plain(item) for item in value]
        case dict():
            return {name: _plain(item) for name, item in value.items()}
    return value
