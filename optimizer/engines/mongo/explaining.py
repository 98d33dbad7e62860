"""A program's plan: each operation explained, one line of the fingerprint each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from pymongo.errors import ExecutionTimeout, OperationFailure

from optimizer.engines.mongo.commands import Command, Prepared, Step
from optimizer.engines.mongo.commands import step as step_of
from optimizer.engines.mongo.explanations import Explanations
from optimizer.engines.mongo.failures import words
from optimizer.engines.mongo.joins import joins
from optimizer.engines.mongo.plans import Seen
from optimizer.engines.mongo.program import FETCHED, Draw, Fetch, Insert, Require
from optimizer.engines.mongo.running import fetched
from optimizer.engines.mongo.stages import Body, stages
from optimizer.model.index import Index
from optimizer.model.plan import Plan

_WHOLE = 1_000.0
"""The cost of a plan that reads a collection as a whole; one that does not costs 1. MongoDB tells none."""
_UNKNOWN = ["", 0]
"""Values of two types that stand for those a `$graphLookup` looks for."""


def explain(
    explanations: Explanations,
    prepared: Prepared,
    values: dict[str, Any],
    index_of: Callable[[str], Index | None],
) -> Plan:
    """The plan of a program for a binding's values; `values` gets what is fetched on the way.

    What the server refuses to plan (a text search without its index) is a plan that says so.
    """
    seen = [_step(explanations, one, values) for _, steps in prepared.statements for one in steps]
    names = [name for one in seen for name in one.indexes]
    return Plan(
        fingerprint="\n".join(one.text for one in seen),
        cost=_WHOLE if any("COLLSCAN" in one.text for one in seen) else 1.0,
        used=frozenset(index for name in names if (index := index_of(name)) is not None),
    )


def _step(explanations: Explanations, step: Step, values: dict[str, Any]) -> Seen:
    operation = step.operation
    if isinstance(operation, Draw):
        values[FETCHED + operation.name] = 1
        return Seen("draw")
    if isinstance(operation, Insert):
        return Seen(f"insert {operation.collection}")
    try:
        if step.when is not None and step.when(values) is None:
            return Seen("passed over")
        command = _unlocked(step).command(values)
        name, collection = next(iter(command.items()))
        plan = _explained(explanations, command)
        if isinstance(operation, Fetch):
            values |= fetched(operation, explanations.connection.rows(command))
    except OperationFailure as error:
        return Seen(f"fails: {words(error)}")
    except ZeroDivisionError:
        return Seen("fails: division by zero")
    return Seen(f"{name} {collection}: {plan.text}", plan.indexes)


def _unlocked(step: Step) -> Step:
    """The step as it only reads: a lock is in no index, and nothing is to be written here."""
    if isinstance(step.operation, Require | Fetch) and step.operation.lock:
        return step_of(replace(step.operation, lock=""))
    return step


def _explained(explanations: Explanations, command: Command) -> Seen:
    plan = explanations.plan(command)
    more = _joins(explanations, command, plan.hidden) if plan.hidden else []
    graphs = (body for name, body in stages(command.get("pipeline", ())) if name == "$graphLookup")
    more += [_search(explanations, graph) for graph in graphs]
    return Seen(
        " ".join([plan.text, *(one.text for one in more)]),
        (*plan.indexes, *(name for one in more for name in one.indexes)),
    )


def _joins(explanations: Explanations, command: Command, hidden: int) -> list[Seen]:
    try:
        return joins(explanations, command, hidden)
    except ExecutionTimeout:
        return [Seen("(joins: too slow to see)")]


def _search(explanations: Explanations, graph: Body) -> Seen:
    """The plan of the search that a `$graphLookup` makes at each step; its explanation names none."""
    where = {graph["connectToField"]: {"$in": _UNKNOWN}, **graph.get("restrictSearchWithMatch", {})}
    seen = explanations.plan({"find": graph["from"], "filter": where})
    return Seen(f"(search {graph['from']}: {seen.text})", seen.indexes)
