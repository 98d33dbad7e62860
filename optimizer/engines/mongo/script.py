"""A design as a script for mongosh: collections, validators, unique and secondary indexes. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bson.int64 import Int64

from optimizer.design.documents.layout import Layout
from optimizer.engines.mongo.blueprint import Blueprint, Collection, blueprint
from optimizer.engines.mongo.candidates.retention import time_column
from optimizer.engines.mongo.commands import COUNTERS, sequence
from optimizer.engines.mongo.indexes import EXPIRY, create_index, expires, name_all
from optimizer.engines.mongo.locks import Locks, lock_field, locks
from optimizer.engines.mongo.script_upkeep import holder, locking, upkeep
from optimizer.engines.mongo.script_values import collection, javascript
from optimizer.model.design import Design
from optimizer.model.index import Index
from optimizer.model.names import TableName
from optimizer.model.schema import Schema
from optimizer.model.structure import Structure
from optimizer.model.workload import Workload

Comments = Mapping[Index | Structure, Sequence[str]]

_LINE = "// " + "-" * 75


def schema_js(workload: Workload, schema: Schema, design: Design, comments: Comments) -> str:
    """A script that makes the design in an empty database; `comments` stand above what they are about."""
    layout, needed = Layout(schema, design.structures), locks(workload, schema)
    plan = blueprint(schema, design, needed)
    lines = [*_given_up(plan)]
    for made in plan.collections:
        lines += ["", *_about(made, design, comments), *_locked(made, layout, needed)]
        lines += _create(made, layout, workload)
    lines += _sequences(schema)
    lines += _indexes(plan, design, comments)
    lines += _unkept_retention(workload, layout, design)
    return "\n".join(lines).lstrip("\n") + "\n"


def comment(text: str) -> list[str]:
    """The text as comment lines, whatever line breaks it has."""
    return [f"// {line}".rstrip() for line in text.splitlines()]


def _heading(text: str) -> list[str]:
    return ["", _LINE, f"// {text}", _LINE]


def _given_up(plan: Blueprint) -> Iterator[str]:
    if plan.notes:
        yield "// What the schema keeps, and this doesn't:"
        for note in plan.notes:
            yield from comment(f"- {note}")


def _about(made: Collection, design: Design, comments: Comments) -> Iterator[str]:
    """What the collection's documents hold beside a row, why, and what keeps it right."""
    for structure in sorted(design.structures, key=lambda one: one.label):
        if holder(structure) == made.table:
            for text in (structure.definition, *comments.get(structure, ()), upkeep(structure)):
                yield from comment(text)


def _locked(made: Collection, layout: Layout, needed: Locks) -> Iterator[str]:
    """What is locked here, and by whom."""
    for child, key in needed.held_in(layout, layout.schema.by_name[made.table]):
        yield from comment(locking(child, key, lock_field(layout, made.table)))


def _create(made: Collection, layout: Layout, workload: Workload) -> Iterator[str]:
    options = dict(made.options) | _series_expiry(made, layout, workload)
    arguments = javascript(made.name) + (f", {javascript(options)}" if options else "")
    yield f"db.createCollection({arguments});"
    yield from (f"{create_index(index)};" for index in made.unique)


def _series_expiry(made: Collection, layout: Layout, workload: Workload) -> dict[str, Any]:
    """How long the measurements of a time series stay, where the workload says so."""
    seconds = _retention(workload, layout.schema).get(made.table)
    series = layout.time_series_of(made.table)
    return {} if series is None or seconds is None else {EXPIRY: int(seconds)}


def _sequences(schema: Schema) -> Iterator[str]:
    """The last number of each identity column: an insert takes the next one before it begins."""
    columns = [(table.name, c.name) for table in schema.tables for c in table.columns if c.identity]
    if columns:
        yield ""
        yield "// The last number that each sequence gave out."
        documents = [{"_id": sequence(table, name), "value": Int64(0)} for table, name in columns]
        yield f"{collection(COUNTERS)}.insertMany({javascript(documents)});"


def _indexes(plan: Blueprint, design: Design, comments: Comments) -> Iterator[str]:
    if not design.indexes:
        return
    yield from _heading("Secondary indexes, chosen by measurement")
    indexes = sorted(design.indexes, key=lambda index: (index.table, index.name))
    taken = {index.name for made in plan.collections for index in made.unique}
    names = name_all(indexes, taken)
    for index in indexes:
        yield ""
        for text in comments.get(index, ()):
            yield from comment(text)
        yield f"{create_index(index, name=names[index])};"


def _unkept_retention(workload: Workload, layout: Layout, design: Design) -> Iterator[str]:
    """A word for each table that lets rows go by no index of the design."""
    expiring = {index.table for index in design.indexes if expires(index)}
    for table, seconds in _retention(workload, layout.schema).items():
        known = layout.schema.by_name[table]
        column = time_column(known)
        if table in expiring or layout.time_series_of(table) is not None or column is None:
            continue
        yield ""
        yield from comment(
            f"Rows of {table} stay {int(seconds)} s after their {column.name}; no index of this design lets "
            "them go: delete them by a job."
        )


def _retention(workload: Workload, schema: Schema) -> dict[TableName, float]:
    found = ((schema.find(name), seconds) for name, seconds in workload.retention)
    return {table.name: seconds for table, seconds in found if table is not None}
