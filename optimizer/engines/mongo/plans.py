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
_FOREIGN = "foreignCollection"


@dataclass(frozen=True, slots=True)
class Seen:
    """A plan in words, and the names of the indexes in it.

    `hidden`: how many joins it has whose indexes only `executionStats` tells.
    """

    text: str
    indexes: tuple[str, ...] = ()
    hidden: int = 0


@dataclass(frozen=True, slots=True)
class Explained:
    """The two sides of a plan: how collections are read, and what its own joins do for each document."""

    reading: Seen
    joining: Seen

    @property
    def whole(self) -> Seen:
        """Both as one."""
        text = " ".join(filter(None, (self.reading.text, self.joining.text)))
        return Seen(text, (*self.reading.indexes, *self.joining.indexes), self.reading.hidden)


def read_explain(document: Mapping[str, Any]) -> Explained:
    """The plan of one operation: node kinds, indexes, directions, strategies; no bounds and no numbers."""
    nodes = list(_walk(document))
    joins = [node for node in nodes if _FOREIGN in node]
    read = tuple(name for node in nodes if _FOREIGN not in node and (name := node.get("indexName")))
    hidden = sum(_LOOKUP in stage for stage in _stages(document))
    chosen = tuple(name for node in joins if (name := node.get("indexName")))
    return Explained(Seen(_text(document), read, hidden), Seen(" ".join(map(_join, joins)), chosen))


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
    if _FOREIGN in node:
        marks = [str(node["stage"]), _foreign(node)]
    else:
        marks = [str(node[key]) for key in ("stage", "indexName") if node.get(key)]
    if node.get("direction") == "backward":
        marks.append("backward")
    marks += [_node(child) for child in _children(node)]
    return f"({' '.join(marks)})"


def _join(node: Mapping[str, Any]) -> str:
    marks = [str(node[key]) for key in ("strategy", "indexName") if node.get(key)]
    return f"(by {' '.join([_foreign(node), *marks])})"


def _foreign(node: Mapping[str, Any]) -> str:
    return str(node[_FOREIGN]).partition(".")[2]


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
