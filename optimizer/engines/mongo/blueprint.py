"""A design as what has to be made on a server: collections, their options, their unique indexes. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from optimizer.design.documents.layout import META, Layout
from optimizer.engines.mongo.locks import NO_LOCKS, Locks
from optimizer.engines.mongo.unique_indexes import unique_indexes
from optimizer.engines.mongo.validator import validator
from optimizer.model.design import Design
from optimizer.model.documents import TimeSeries
from optimizer.model.index import Index
from optimizer.model.names import TableName
from optimizer.model.schema import Schema, Table

Options = Mapping[str, Any]


@dataclass(frozen=True)
class Collection:
    """A collection: `options` go to `create`, `unique` are the indexes that keep the keys of its rows.

    `unique` have their names; those of embedded tables are among their parent's.
    """

    name: str
    table: TableName
    options: Options = field(default_factory=dict)
    unique: tuple[Index, ...] = ()


@dataclass(frozen=True)
class Blueprint:
    """All collections of a design, in DDL order; `notes` say what PostgreSQL keeps and this can't."""

    collections: tuple[Collection, ...]
    notes: tuple[str, ...] = ()


def blueprint(schema: Schema, design: Design, locks: Locks = NO_LOCKS) -> Blueprint:
    """What the design's structures make of the schema; its secondary indexes aren't part of it."""
    layout = Layout(schema, design.structures)
    made = [_collection(layout, table, locks) for table in layout.collections]
    return Blueprint(tuple(one for one, _ in made), tuple(note for _, notes in made for note in notes))


def _collection(layout: Layout, table: Table, locks: Locks) -> tuple[Collection, tuple[str, ...]]:
    series = layout.time_series_of(table.name)
    options, notes = (
        (_series_options(series), _series_notes(table)) if series else validator(layout, table, locks)
    )
    inside = [table, *(layout.schema.by_name[embed.table] for embed in layout.embedded_in(table.name))]
    found = [unique_indexes(layout, one) for one in inside]
    unique = tuple(index for indexes, _ in found for index in indexes)
    lost = tuple(note for _, given_up in found for note in given_up)
    return Collection(layout.home(table.name).collection, table.name, options, unique), (*notes, *lost)


def _series_options(series: TimeSeries) -> Options:
    meta = {"metaField": META} if series.meta else {}
    return {"timeseries": {"timeField": series.time, **meta}}


def _series_notes(table: Table) -> tuple[str, ...]:
    return (f"{table.name}: a time series has no validator: NOT NULL and CHECK aren't kept",)
