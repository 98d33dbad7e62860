"""A statement's operations as they are put together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any

from sqlglot import exp

from optimizer.design.documents.layout import Layout
from optimizer.engines.mongo.compile.block import Context
from optimizer.engines.mongo.compile.constants.given import fetched
from optimizer.engines.mongo.locks import FOREIGN_KEYS, lock_field
from optimizer.engines.mongo.program import (
    Aggregate,
    Delete,
    Fetch,
    Find,
    Insert,
    Operation,
    Output,
    Require,
    Update,
)
from optimizer.model.names import TableName
from optimizer.model.schema import ForeignKey
from optimizer.queries.tree import to_sql

Row = Mapping[str, exp.Expr]
"""A row's values by column, each a constant of the binding or of what was fetched."""

WRITES = (Insert, Update, Delete)


@dataclass
class Inserted:
    """A row that the program has inserted before, and its document."""

    table: TableName
    row: Row
    document: dict[str, Any]


@dataclass
class Draft:
    """The operations of one statement; `inserted` to `numbers` are those of the whole program."""

    context: Context
    relax: frozenset[str]
    inserted: list[Inserted] = field(default_factory=list)
    required: set[str] = field(default_factory=set)
    locked: set[str] = field(default_factory=set)
    numbers: count[int] = field(default_factory=lambda: count(1))
    operations: list[Operation] = field(default_factory=list)
    outputs: tuple[Output, ...] = ()

    @property
    def layout(self) -> Layout:
        return self.context.layout

    def add(self, *operations: Operation) -> None:
        """Put operations at the end."""
        self.operations.extend(operations)

    def relaxed(self, key: ForeignKey) -> bool:
        """True for a foreign key that needn't be kept."""
        return FOREIGN_KEYS in self.relax or key.name in self.relax

    def require(self, guard: Require, key: ForeignKey) -> None:
        """Put the guard of a foreign key at the end, unless the program has asked just that before."""
        if self._first_asked(guard.find.collection, guard.find.filter):
            lock = self._lock(guard.find, key.target, self.context.locks.of_key(key))
            self.add(replace(guard, lock=lock))

    def expect(self, update: Update, parent: Mapping[str, Any]) -> None:
        """Put an update at the end that fails where `parent` finds nothing: no guard asks for it again."""
        self._first_asked(update.collection, parent)
        self.add(update)

    def _first_asked(self, collection: str, where: Mapping[str, Any]) -> bool:
        asked = f"{collection} {where}"
        known = asked in self.required
        self.required.add(asked)
        return not known

    def _lock(self, found: Find, table: TableName, needed: bool) -> str:
        """The field that locks the table's row; empty where that needn't be, or has been done before."""
        one = f"{found.collection} {found.filter}"
        if not needed or one in self.locked:
            return ""
        self.locked.add(one)
        return lock_field(self.layout, table)

    def fetch(
        self,
        found: Find,
        table: TableName,
        columns: Mapping[str, str],
        *,
        stops: bool = False,
        locks: bool = False,
    ) -> dict[str, exp.Expr]:
        """Fetch columns, given with their paths, of the document found: the row of what later leaves read.

        `locks`: no other transaction may change the row or delete it meanwhile.
        """
        name = f"{table.name}{next(self.numbers)}"
        fields = {f"{name}.{column}": path for column, path in columns.items()}
        projection: dict[str, Any] = dict.fromkeys(_without_nested(fields.values()), 1)
        if "_id" not in projection:
            projection["_id"] = 0 if projection else 1
        asked = replace(found, projection=projection)
        self.add(Fetch(asked, fields, stops, self._lock(asked, table, locks)))
        return {column: fetched(f"{name}.{column}") for column in columns}

    def earlier(self, table: TableName, values: Mapping[str, exp.Expr]) -> Inserted | None:
        """The row of the table that this program has inserted before with these values, by their text."""
        for one in self.inserted:
            if one.table == table and all(
                name in one.row and to_sql(one.row[name]) == to_sql(node) for name, node in values.items()
            ):
                return one
        return None


def writes(operations: Iterable[Operation]) -> list[Insert | Update | Delete]:
    """The operations that write."""
    return [one for one in operations if isinstance(one, WRITES)]


def is_answer(operation: Operation) -> bool:
    """True for what gives rows."""
    return isinstance(operation, Find | Aggregate)


def _without_nested(paths: Iterable[str]) -> list[str]:
    """Paths without those below another of them, which a projection refuses."""
    known = list(dict.fromkeys(paths))
    return [path for path in known if not any(path.startswith(f"{other}.") for other in known)]
