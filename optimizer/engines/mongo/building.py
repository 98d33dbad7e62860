"""Building indexes: those of a collection in one scan of it, several collections at the same time.

What is built to be measured has no expiry: no rows may go meanwhile, and whether a server lets any go is its
owner's to say.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from time import perf_counter
from typing import Any, TypeVar

from pymongo.database import Database as Collections
from pymongo.errors import OperationFailure

from optimizer import threads
from optimizer.engines.mongo.failures import words
from optimizer.engines.mongo.indexes import EXPIRY, key_of, options_of
from optimizer.engines.values import BuiltIndex
from optimizer.model.index import Index

T = TypeVar("T")

_MOST = 3
"""Builds that a server does at the same time (maxNumActiveUserIndexBuilds)."""


def build_all(
    stored: Collections[dict[str, Any]],
    indexes: Mapping[str, Sequence[Index]],
    names: Mapping[Index, str],
) -> Iterator[list[BuiltIndex]]:
    """Build `indexes`, by their collection; each collection's reports, without bytes, as it is done.

    An index that the server refuses has its words; its collection's others are built all the same.
    """
    jobs = {name: partial(_build, stored, name, there, names) for name, there in indexes.items()}
    return _at_once(stored, jobs)


def create_all(
    stored: Collections[dict[str, Any]], indexes: Mapping[str, Sequence[tuple[Index, Mapping[str, Any]]]]
) -> None:
    """Create indexes with their options, by their collection; OperationFailure where one is refused."""
    jobs = {name: partial(create, stored, name, there) for name, there in indexes.items()}
    for _ in _at_once(stored, jobs):
        pass


def create(
    stored: Collections[dict[str, Any]],
    collection: str,
    indexes: Sequence[tuple[Index, Mapping[str, Any]]],
) -> None:
    """Create indexes of one collection with their options; OperationFailure where one is refused."""
    wanted = [{"key": dict(key_of(index)), **options} for index, options in indexes]
    stored.command("createIndexes", collection, indexes=wanted)


def _at_once(stored: Collections[dict[str, Any]], jobs: Mapping[str, Callable[[], T]]) -> Iterator[T]:
    """What the jobs give, each about a collection, the largest first; the first error as it comes."""
    largest_first = sorted(jobs, key=lambda name: -stored[name].estimated_document_count())
    workers = max(1, min(_MOST, os.cpu_count() or 1))
    return threads.results([jobs[name] for name in largest_first], workers)


def _build(
    stored: Collections[dict[str, Any]],
    collection: str,
    indexes: Sequence[Index],
    names: Mapping[Index, str],
) -> list[BuiltIndex]:
    """In one scan; where one is refused, each by itself."""
    start = perf_counter()
    try:
        create(stored, collection, [(index, _lasting(index) | {"name": names[index]}) for index in indexes])
    except OperationFailure as error:
        if len(indexes) == 1:
            return [BuiltIndex(indexes[0], error=words(error))]
        return [report for index in indexes for report in _build(stored, collection, [index], names)]
    seconds = (perf_counter() - start) / len(indexes)
    return [BuiltIndex(index, seconds=seconds) for index in indexes]


def _lasting(index: Index) -> dict[str, Any]:
    return {name: value for name, value in options_of(index).items() if name != EXPIRY}
