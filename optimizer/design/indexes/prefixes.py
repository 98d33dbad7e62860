"""The shorter indexes that stand at the front of a composite one."""

from __future__ import annotations

from dataclasses import replace

from optimizer.model.index import Index


def prefixes(index: Index) -> tuple[Index, ...]:
    """The indexes over the leading keys of a B-tree, shortest first, without the index itself.

    They include nothing and have no name yet; a unique index has none (its prefixes aren't unique).
    """
    if index.method != "btree" or index.unique:
        return ()
    return tuple(
        replace(index, keys=index.keys[:length], include=(), name="") for length in range(1, len(index.keys))
    )
