"""The collections that operations touch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from optimizer.engines.mongo.commands import COUNTERS
from optimizer.engines.mongo.program import Aggregate, Draw, Fetch, Operation, Require

_LOOKUPS = {"$lookup": "from", "$graphLookup": "from", "$unionWith": "coll"}


def collections_of(operations: Sequence[Operation]) -> frozenset[str]:
    """The collections that operations touch, those of lookups and guards included."""
    return frozenset(name for operation in operations for name in _touched(operation))


def _touched(operation: Operation) -> Iterator[str]:
    if isinstance(operation, Draw):
        yield COUNTERS
        return
    found = operation.find if isinstance(operation, Require | Fetch) else operation
    yield found.collection
    if isinstance(found, Aggregate):
        yield from _looked_up(found.pipeline)


def _looked_up(part: Any) -> Iterator[str]:
    if isinstance(part, Mapping):
        for key, value in part.items():
            if key in _LOOKUPS:
                yield from _named(value, _LOOKUPS[key])
            yield from _looked_up(value)
    elif isinstance(part, list | tuple):
        for one in part:
            yield from _looked_up(one)


def _named(stage: Any, by: str) -> Iterator[str]:
    """The stage's collection; one that brings its own rows along (`$documents`) has none."""
    if isinstance(stage, str):
        yield stage
    elif by in stage:
        yield stage[by]
