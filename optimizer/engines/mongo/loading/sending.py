"""Documents sent to the server as they are, a batch an insert."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from bson.raw_bson import RawBSONDocument
from pymongo.collection import Collection
from pymongo.write_concern import WriteConcern

from optimizer.engines.mongo.loading.segments import Bytes, ends_of

BATCH_DOCUMENTS = 5_000
BATCH_BYTES = 8 << 20
"""What one insert holds at most: below the server's 48 MB, so that two processes' memory stays small."""


def send(collection: Collection[Any], made: Bytes) -> None:
    """Insert the documents, unordered, without waiting for the journal.

    The collection's validator is passed over: the rows obey the constraints that it comes from already.
    """
    target = collection.with_options(write_concern=WriteConcern(w=1, j=False))
    for first, last in _batches(made):
        batch = [RawBSONDocument(document) for document in made[first:last].to_pylist()]
        target.insert_many(batch, ordered=False, bypass_document_validation=True)


def _batches(made: Bytes) -> Iterator[tuple[int, int]]:
    ends = ends_of(made)
    first = 0
    while first < len(made):
        fitting = int(np.searchsorted(ends, ends[first] + BATCH_BYTES, side="right")) - 1
        last = max(first + 1, min(first + BATCH_DOCUMENTS, fitting, len(made)))
        yield first, last
        first = last
