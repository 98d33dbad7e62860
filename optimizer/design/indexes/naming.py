"""Names of indexes: no two alike in a database, and the same ones in every run."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import replace

from optimizer.model.index import Index

_DIGEST_CHARACTERS = 6


def name_all(
    indexes: Iterable[Index], taken: Collection[str], names_of: Callable[[Index], Iterator[str]]
) -> dict[Index, str]:
    """A name for each index: its own where it has one, else the first of `names_of` it that is free.

    `taken` aren't free, nor are the names of the others; `names_of` never ends.
    """
    distinct = tuple(dict.fromkeys(indexes))
    names = {index: index.name for index in distinct if index.name}
    used = {*taken, *names.values()}
    for index in distinct:
        if index not in names:
            names[index] = next(name for name in names_of(index) if name not in used)
            used.add(names[index])
    return {index: names[index] for index in distinct}


def digest(index: Index) -> str:
    """Six hexadecimal digits that stay the same for equal indexes, on every machine."""
    text = repr(replace(index, name=""))
    return hashlib.sha256(text.encode()).hexdigest()[:_DIGEST_CHARACTERS]
