"""A program's operations as the server's commands. Pure.

A cursor's first batch asks for all rows that fit into a message, as an application sets its batch size where
it reads all: PostgreSQL's driver fetches all rows in one answer too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from optimizer.engines.mongo.compile.filters import NEVER
from optimizer.engines.mongo.program import (
    Aggregate,
    Delete,
    Draw,
    Fetch,
    Find,
    Insert,
    Leaf,
    Operation,
    Program,
    Require,
    Statement,
    Update,
    Values,
)
from optimizer.engines.mongo.templates import Template, template
from optimizer.model.names import TableName

BATCH = 1_000_000
COUNTERS = "pg_catalog.counters"
"""The collection of the sequences: `_id` is a sequence's name, `value` the number drawn last.

A table's collection is named after it, and the schema pg_catalog takes no tables of users.
"""

Command = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Step:
    """An operation and its command; `when` says whether it applies (see Require).

    `unless` are the guards of an update that may match nothing (see Update).
    """

    operation: Operation
    command: Callable[[Values], Command]
    when: Callable[[Values], Any] | None = None
    unless: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class Prepared:
    """A program ready to run: each statement with its steps.

    `late`: operations need what earlier ones fetched or drew, so that their commands are made in between.
    """

    program: Program
    statements: tuple[tuple[Statement, tuple[Step, ...]], ...]
    late: bool


def sequence(table: TableName, column: str) -> str:
    """The name of the sequence of an identity column."""
    return f"{table}.{column}"


def prepared(program: Program) -> Prepared:
    """The program with all its commands as templates."""
    statements = tuple(
        (one, tuple(step(operation) for operation in one.operations)) for one in program.statements
    )
    late = any(isinstance(one.operation, Fetch | Draw) for _, steps in statements for one in steps)
    return Prepared(program, statements, late)


def step(operation: Operation) -> Step:
    """The operation with its command."""
    match operation:
        case Find():
            return Step(operation, _find(operation))
        case Require(find=find, when=when, lock=lock):
            command = _locked(find, lock) if lock else _first(find)
            return Step(operation, command, template(when).make if when is not None else None)
        case Fetch(find=find, lock=lock):
            return Step(operation, _locked_and_found(find, lock) if lock else _first(find))
        case Draw(sequence=sequence):
            return Step(operation, template(_draw(sequence)).make)
        case Aggregate(collection=collection, pipeline=pipeline):
            cursor = {"batchSize": BATCH}
            return Step(
                operation, _copied({"aggregate": collection, "pipeline": list(pipeline), "cursor": cursor})
            )
        case Insert(collection=collection, documents=documents):
            return Step(operation, _copied({"insert": collection, "documents": list(documents)}))
        case Update():
            command = _copied({"update": operation.collection, "updates": [_update(operation)]})
            return Step(operation, command, unless=tuple(map(step, operation.unless)))
        case Delete(collection=collection, filter=where, many=many):
            one = {"q": where, "limit": 0 if many else 1}
            return Step(operation, _copied({"delete": collection, "deletes": [one]}))


def _copied(command: Command) -> Callable[[Values], Command]:
    """A command is written into by what sends it (`maxTimeMS`): never a shared one."""
    made = template(command)
    return (lambda values: dict(made.make(values))) if made.constant else made.make


def _find(find: Find) -> Callable[[Values], Command]:
    command: Command = {"find": find.collection, "filter": find.filter}
    if find.projection is not None:
        command["projection"] = find.projection
    if find.sort:
        command["sort"] = dict(find.sort)
    if isinstance(find.skip, Leaf) or find.skip:
        command["skip"] = find.skip
    if not isinstance(find.limit, Leaf):
        return _copied({**command, **({"limit": find.limit} if find.limit else {}), "batchSize": BATCH})
    return _limited(_copied({**command, "batchSize": BATCH}), template(find.limit))


def _limited(make: Callable[[Values], Command], limit: Template) -> Callable[[Values], Command]:
    """A limit from the binding: null is none, and 0, which is none to the server, finds nothing."""

    def limited(values: Values) -> Command:
        command, rows = make(values), limit.make(values)
        if rows == 0:
            command["filter"] = NEVER
        elif rows is not None:
            command["limit"] = rows
        return command

    return limited


def _first(find: Find) -> Callable[[Values], Command]:
    """Only the first document counts."""
    make = _find(find)

    def first(values: Values) -> Command:
        command = make(values)
        del command["batchSize"]
        return {**command, "limit": 1, "singleBatch": True}

    return first


def _locked(find: Find, lock: str) -> Callable[[Values], Command]:
    """An update of the first document alone."""
    return _copied({"update": find.collection, "updates": [{"q": find.filter, "u": {"$inc": {lock: 1}}}]})


def _locked_and_found(find: Find, lock: str) -> Callable[[Values], Command]:
    """The same, which gives the document: one way to the server and back."""
    return _copied(
        {
            "findAndModify": find.collection,
            "query": find.filter,
            "update": {"$inc": {lock: 1}},
            "fields": find.projection or {},
        }
    )


def _update(update: Update) -> Command:
    change = update.update
    made: Command = {
        "q": update.filter,
        "u": change if isinstance(change, Mapping) else list(change),
        "multi": update.many,
    }
    if update.upsert:
        made["upsert"] = True
    if update.array_filters:
        made["arrayFilters"] = list(update.array_filters)
    return made


def _draw(sequence: str) -> Command:
    return {
        "findAndModify": COUNTERS,
        "query": {"_id": sequence},
        "update": {"$inc": {"value": 1}},
        "upsert": True,
        "new": True,
    }
