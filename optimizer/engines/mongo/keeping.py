"""What a design on MongoDB doesn't keep by itself, in lines for people. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from optimizer.design.documents.layout import Layout
from optimizer.engines.mongo.blueprint import Blueprint
from optimizer.engines.mongo.locks import Locks, lock_field
from optimizer.model.denormalisation import Computed, ExtendedReference
from optimizer.model.documents import Subset
from optimizer.model.schema import ForeignKey, Table
from optimizer.model.workload import Workload


def given_up(workload: Workload, layout: Layout, made: Blueprint, locks: Locks) -> tuple[str, ...]:
    """Foreign keys, copies and counters that only the statements keep, and what the blueprint can't have."""
    return (*_foreign_keys(workload, layout), *_copies(layout), *_locked(layout, locks), *made.notes)


def _foreign_keys(workload: Workload, layout: Layout) -> Iterator[str]:
    for table in layout.schema.tables:
        embed = layout.embed_of(table.name)
        for key in table.foreign_keys:
            if embed is None or key.name != embed.key:
                yield _foreign_key(workload, table, key)


def _foreign_key(workload: Workload, table: Table, key: ForeignKey) -> str:
    if {key.name, "foreign_keys"} & set(workload.relax):
        return f"{table.name}: foreign key {key.name} isn't kept (`relax`)"
    return f"{table.name}: foreign key {key.name} is kept by the statements themselves, in their transaction"


def _copies(layout: Layout) -> Iterator[str]:
    for structure in (*layout.of(ExtendedReference), *layout.of(Computed), *layout.of(Subset)):
        yield f"{structure.table}: {structure.definition} is kept up to date by every statement that writes"


def _locked(layout: Layout, locks: Locks) -> Iterator[str]:
    for table in layout.collections:
        names = ", ".join(dict.fromkeys(str(child.name) for child, _ in locks.held_in(layout, table)))
        if names:
            lock = lock_field(layout, table.name)
            yield f"{table.name}: statements that write {names} lock the row by {lock}, in their transaction"
