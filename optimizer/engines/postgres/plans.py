"""EXPLAIN's JSON to a plan's fingerprint. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from optimizer.model.index import Index
from optimizer.model.plan import Plan

_IDENTITY = (
    "Node Type",
    "Parent Relationship",
    "Parallel Aware",
    "Strategy",
    "Partial Mode",
    "Join Type",
    "Operation",
    "Command",
    "Subplan Name",
    "Scan Direction",
    "Schema",
    "Relation Name",
    "Function Name",
    "CTE Name",
)


def read_plan(documents: Sequence[Any], index_of: Callable[[str], Index | None]) -> Plan:
    """The plan of a query from the EXPLAIN (FORMAT JSON, VERBOSE) of each of its statements.

    `index_of` gives the candidate of an index name, None for an index that belongs to a key.
    """
    roots = [document[0]["Plan"] for document in documents]
    nodes = [node for root in roots for node in _walk(root)]
    names = [node["Index Name"] for node in nodes if "Index Name" in node]
    return Plan(
        fingerprint="\n".join(_fingerprint(root, index_of) for root in roots),
        used=frozenset(index for name in names if (index := index_of(name)) is not None),
        cost=sum(root["Total Cost"] for root in roots),
    )


def _walk(node: Any) -> Iterator[Any]:
    yield node
    for child in node.get("Plans", ()):
        yield from _walk(child)


def _fingerprint(node: Any, index_of: Callable[[str], Index | None]) -> str:
    marks = [str(node[key]) for key in _IDENTITY if node.get(key) not in (None, False, "Outer", "NoMovement")]
    if name := node.get("Index Name"):
        index = index_of(name)
        marks.append(index.name if index is not None else name)
    children = " ".join(_fingerprint(child, index_of) for child in node.get("Plans", ()))
    return f"({' '.join(marks)}{' ' + children if children else ''})"
