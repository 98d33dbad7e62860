"""What `explain` answers, as a plan's fingerprint. Pure.

Seen on 6.0.5: a plan is `queryPlanner.winningPlan` (within `queryPlan` where the slot-based engine runs it),
or `stages`, whose `$cursor` holds one; a `$lookup` that the slot-based engine takes over is an EQ_LOOKUP in
it, any other one names its indexes only in `executionStats`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

_CHILDREN = ("inputStage", "inputStages", "shards", "winningPlan")
_LOOKUP = "$lookup"


@dataclass(frozen=True, slots=True)
class Seen:
    """A plan in words, and the names of the indexes in it.

    `hidden`: how many joins it has whose indexes only `executionStats` tells.
    """

    text: str
    indexes: tuple[str, ...] = ()
    hidden: int = 0


def read_explain(document: Mapping[str, Any]) -> Seen:
    """The plan of one operation: node kinds, indexes, directions, strategies; no bounds and no numbers."""
    return Seen(
        _text(document),
        tuple(name for node in _walk(document) if (name := node.get("indexName"))),
        sum(_LOOKUP in stage for stage in _stages(document)),
    )


def read_lookups(document: Mapping[str, Any]) -> Seen:
    """What the joins of a pipeline used while it ran (`executionStats`), in their order."""
    stages = [stage for stage in _stages(document) if _LOOKUP in stage]
    used = [
        _used(stage[_LOOKUP]["from"], stage.get("indexesUsed", ()), stage.get("collectionScans", 0))
        for stage in stages
    ]
    names = tuple(name for stage in stages for name in stage.get("indexesUsed", ()))
    return Seen(" ".join(used), names)


def _used(collection: Any, indexes: Any, scans: int) -> str:
    name = collection if isinstance(collection, str) else "documents"
    return f"({_LOOKUP} {' '.join([name, *sorted(indexes), *(['COLLSCAN'] if scans else [])])})"


def _text(document: Mapping[str, Any]) -> str:
    if "stages" in document:
        return " ".join(_stage(stage) for stage in document["stages"])
    planner = document.get("queryPlanner", {})
    return _node(planner.get("winningPlan", {}))


def _stage(stage: Mapping[str, Any]) -> str:
    name, body = next(((key, value) for key, value in stage.items() if key.startswith("$")), ("", None))
    if isinstance(body, Mapping) and "queryPlanner" in body:
        return _text(body)
    marks = [name]
    if name == "$unionWith" and isinstance(body, Mapping):
        marks += [str(body.get("coll")), *(_stage(inner) for inner in body.get("pipeline", ()))]
    return f"({' '.join(marks)})"


def _node(node: Mapping[str, Any]) -> str:
    if "queryPlan" in node:
        return _node(node["queryPlan"])
    marks = [str(node[key]) for key in ("stage", "strategy", "indexName") if node.get(key)]
    if node.get("direction") == "backward":
        marks.append("backward")
    if foreign := node.get("foreignCollection"):
        marks.append(str(foreign).partition(".")[2])
    marks += [_node(child) for child in _children(node)]
    return f"({' '.join(marks)})"


def _children(node: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for key in _CHILDREN:
        child = node.get(key)
        if isinstance(child, Mapping):
            yield child
        elif isinstance(child, list):
            yield from child


def _stages(document: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """All stages, those within `$unionWith` too."""
    for stage in document.get("stages", document.get("pipeline", ())):
        yield stage
        union = stage.get("$unionWith")
        if isinstance(union, Mapping):
            yield from _stages(union)


def _walk(value: Any) -> Iterator[Mapping[str, Any]]:
    """Every node of the chosen plans; what was rejected isn't looked at."""
    if isinstance(value, Mapping):
        yield value
        for key, item in value.items():
            if key not in ("rejectedPlans", "command", "executionStats"):
                yield from _walk(item)
    elif isinstance(value, list):
        for item in value:
            yield from _walk(item)
