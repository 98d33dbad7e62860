"""Whether what documents hold twice agrees: copies, counters and subsets with the rows that they are of."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice, takewhile
from typing import Any, TypeAlias

import numpy as np
import polars as pl
from pymongo.database import Database

from optimizer.design.documents.layout import Layout
from optimizer.engines.mongo.answers import from_bson
from optimizer.engines.mongo.loading.assembling import computed, copied, subset
from optimizer.engines.mongo.loading.cells import Cells, cells
from optimizer.engines.mongo.loading.decoding import python
from optimizer.engines.mongo.loading.elements import Field, Values, documents
from optimizer.engines.mongo.loading.reading import fields, rows
from optimizer.engines.mongo.loading.segments import Bytes, ends_of
from optimizer.engines.mongo.loading.sources import Sources, relation
from optimizer.model.denormalisation import Computed, ExtendedReference
from optimizer.model.documents import Subset

Held: TypeAlias = ExtendedReference | Computed | Subset

DISAGREEMENTS = 20
"""Lines for one structure at most."""

_SHOWN = 200


def kept(database: Database[Any], layout: Layout) -> tuple[str, ...]:
    """A line for each copy, counter or subset that disagrees with the rows.

    There are DISAGREEMENTS for one structure at most. Values are compared, not their BSON types: 2 is 2.0,
    and fields may be in any order. Nothing may be written meanwhile.
    """
    lines: list[str] = []
    for table in layout.collections:
        held: tuple[Held, ...] = (
            *layout.copies_in(table.name),
            *layout.computed_in(table.name),
            *layout.subsets_in(table.name),
        )
        for structure in held:
            lines.extend(islice(_differences(database, layout, structure), DISAGREEMENTS))
    return tuple(lines)


def _differences(database: Database[Any], layout: Layout, structure: Held) -> Iterator[str]:
    own = rows(database, layout, structure.table)
    key = layout.schema.by_name[structure.table].primary_key
    names = own.select(key.columns if key is not None else [])
    made = documents([Field("value", _expected(database, layout, structure, own))], own.height)
    first = 0
    for found in fields(database, layout, structure.table, structure.field):
        last = first + len(found.kinds)
        expected = _cells(made[first:last])
        for place in _unequal(found, expected):
            row = ", ".join(map(str, names.row(first + place))) if key is not None else str(first + place)
            holds, should = (_plain(each, place) for each in (found, expected))
            if holds != should:
                yield f"{structure.definition}: {structure.table} {row} has {_told(holds, should)}"
        first = last


def _expected(database: Database[Any], layout: Layout, structure: Held, own: pl.DataFrame) -> Values:
    if isinstance(structure, ExtendedReference):
        parents = rows(database, layout, structure.parent)
        return copied(layout, structure, Sources(own, {}, {structure.parent: parents.lazy()}))
    sources = Sources(own, {relation(structure): rows(database, layout, structure.child)}, {})
    if isinstance(structure, Computed):
        return computed(layout, structure, sources)
    return subset(layout, structure, sources)


def _cells(made: Bytes) -> Cells:
    ends = ends_of(made)
    (found,) = cells(made.buffers()[2].to_pybytes()[ends[0] : ends[-1]], ["value"])
    return found


def _unequal(found: Cells, expected: Cells) -> Iterator[int]:
    """The rows whose bytes aren't the same."""
    same = found.raw().to_pylist(), expected.raw().to_pylist()
    kinds = found.kinds == expected.kinds
    alike = np.fromiter((a == b for a, b in zip(*same, strict=True)), bool, len(kinds))
    yield from np.flatnonzero(~(kinds & alike)).tolist()


def _told(holds: Any, should: Any) -> str:
    """What differs: of documents the fields, of arrays the elements from the first different one on."""
    match holds, should:
        case dict(), dict():
            names = [name for name in {**should, **holds} if holds.get(name) != should.get(name)]
            holds, should = ({name: one[name] for name in names if name in one} for one in (holds, should))
        case list(), list():
            alike = sum(
                1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(holds, should, strict=False))
            )
            where = f" from element {alike + 1} on" if alike else ""
            return f"{_cut(holds[alike:])} instead of {_cut(should[alike:])}{where}"
    return f"{_cut(holds)} instead of {_cut(should)}"


def _cut(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."


def _plain(found: Cells, place: int) -> Any:
    (value,) = python(found.only(place))
    return from_bson(value, None)
