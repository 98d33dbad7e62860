"""The collections that operations touch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from optimizer.engines.mongo.commands import COUNTERS
from optimizer.engines.mongo.program import Aggregate, Draw, Fetch, Operation, Require
from optimizer.engines.mongo.stages import collection, stages


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
        yield from filter(None, (collection(name, body) for name, body in stages(found.pipeline)))
