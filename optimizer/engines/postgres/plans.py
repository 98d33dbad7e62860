"""EXPLAIN's JSON to a plan's fingerprint. Pure."""

from __future__ import annotations

import re
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


_CHUNKS = "_timescaledb_internal"
"""The schema that chunks are in."""

_CHUNK = re.compile(r"^(?P<kind>_hyper_\d+|compress_hyper_\d+)_\d+_chunk|^\d+_\d+_")
"""How the names of TimescaleDB's chunks and of their indexes begin; those of their keys with two numbers."""


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


def _of_any_chunk(name: str) -> str:
    """The name without the number of the chunk, which is another one for other values."""
    return _CHUNK.sub(lambda found: found["kind"] or "", name)


def _is_over_chunks(node: Any) -> bool:
    """True where scans of chunks are put together: how many there are is no matter of the plan."""
    return any(child.get("Schema") == _CHUNKS for part in node.get("Plans", ()) for child in _walk(part))


def _walk(node: Any) -> Iterator[Any]:
    yield node
    for child in node.get("Plans", ()):
        yield from _walk(child)


def _fingerprint(node: Any, index_of: Callable[[str], Index | None]) -> str:
    marks = [
        _of_any_chunk(str(node[key]))
        for key in _IDENTITY
        if node.get(key) not in (None, False, "Outer", "NoMovement")
    ]
    if name := node.get("Index Name"):
        index = index_of(name)
        marks.append(index.name if index is not None else _of_any_chunk(name))
    below = [_fingerprint(child, index_of) for child in node.get("Plans", ())]
    if _is_over_chunks(node):
        below = sorted(set(below))
    children = " ".join(below)
    return f"({' '.join(marks)}{' ' + children if children else ''})"
