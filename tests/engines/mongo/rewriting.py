"""Changes of a program: everywhere in its filters, pipelines and updates, or of its operations."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from optimizer.engines.mongo.program import Aggregate, Delete, Find, Operation, Program, Statement, Update

Node = Callable[[Any], Any]
Fault = Callable[[Program], Program]


def nodes(change: Node) -> Fault:
    """A change of every part of every filter, projection, pipeline and update, the inner ones first."""

    def of_operation(operation: Operation) -> Operation:
        match operation:
            case Find():
                shown = operation.projection and rewritten(operation.projection, change)
                return replace(operation, filter=rewritten(operation.filter, change), projection=shown)
            case Aggregate():
                return replace(operation, pipeline=rewritten(operation.pipeline, change))
            case Update():
                made = rewritten(operation.update, change)
                return replace(operation, filter=rewritten(operation.filter, change), update=made)
            case Delete():
                return replace(operation, filter=rewritten(operation.filter, change))
        return operation

    return operations(of_operation)


def operations(change: Callable[[Operation], Operation | None]) -> Fault:
    """A change of every operation; None takes it away."""

    def of_statement(statement: Statement) -> Statement:
        changed = (change(operation) for operation in statement.operations)
        return replace(statement, operations=tuple(one for one in changed if one is not None))

    return lambda program: replace(program, statements=tuple(of_statement(one) for one in program.statements))


def pipelines(change: Callable[[list[Any]], list[Any]]) -> Fault:
    """A change of every list of stages, those within stages first."""
    return nodes(lambda node: change(node) if _is_pipeline(node) else node)


def rewritten(part: Any, change: Node) -> Any:
    """The part with the change made everywhere in it; leaves are left as they are."""
    if isinstance(part, Mapping):
        return change({key: rewritten(value, change) for key, value in part.items()})
    if isinstance(part, list | tuple):
        return change([rewritten(value, change) for value in part])
    return change(part)


def _is_pipeline(node: Any) -> bool:
    stages = isinstance(node, list) and bool(node)
    return stages and all(isinstance(s, dict) and len(s) == 1 and next(iter(s)) in _STAGES for s in node)


_STAGES = frozenset(
    {
        "$addFields",
        "$count",
        "$facet",
        "$graphLookup",
        "$group",
        "$limit",
        "$lookup",
        "$match",
        "$project",
        "$replaceRoot",
        "$replaceWith",
        "$set",
        "$setWindowFields",
        "$skip",
        "$sort",
        "$unionWith",
        "$unset",
        "$unwind",
    }
)
