"""One index instead of two."""

from __future__ import annotations

from dataclasses import replace

from optimizer.design.indexes.covering import covers
from optimizer.model.index import Index


def merge(a: Index, b: Index) -> Index | None:
    """The smallest B-tree that covers both, None where there is none (or where a unique one takes part).

    The keys are those of the longer one, of which the shorter one's are a prefix (either may be read
    backwards); the included columns are those of both that aren't keys.
    """
    long, short = (a, b) if len(a.keys) >= len(b.keys) else (b, a)
    if long.unique or short.unique or not covers(replace(long, include=()), replace(short, include=())):
        return None
    keys = {key.column for key in long.keys}
    include = tuple(column for column in dict.fromkeys((*long.include, *short.include)) if column not in keys)
    return replace(long, include=include, name=long.name if include == long.include else "")
