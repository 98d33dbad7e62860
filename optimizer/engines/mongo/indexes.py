"""An index as MongoDB has it: the arguments of createIndex, and its name. Pure.

How optimizer.model.index.Index is used here: `table` is the one that owns the collection, a key's
`expression` and `column` are both the dotted path, `opclass` is `text`, `2dsphere` or `hashed` for a key that
is no plain one. `method` is `btree`, or the kind that those keys make of it, or `wildcard` (`data.$**`).
`where` is the partial filter as canonical JSON (see partial_filters), `options` are createIndex's other ones,
their values in JSON. There are no included columns: a field that only covers a query is a key at the end.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from itertools import count
from typing import Any

from optimizer.design.indexes import naming
from optimizer.engines.mongo.partial_filters import parsed
from optimizer.engines.mongo.script_values import collection, javascript
from optimizer.model.index import Index, IndexKey
from optimizer.model.names import TableName

NAME_LENGTH = 120
"""Longer names are allowed since MongoDB 4.2, and read by nobody."""

BTREE, TEXT, SPHERE, WILDCARD = "btree", "text", "2dsphere", "wildcard"
WILDCARD_SUFFIX = ".$**"
EXPIRY = "expireAfterSeconds"
"""The option of a TTL index, and of a time series."""


def path_key(path: str, *, descending: bool = False, kind: str | None = None) -> IndexKey:
    """A key on a dotted path; `kind` is `text`, `2dsphere` or `hashed`."""
    return IndexKey(path, path, descending, opclass=kind)


def path_index(table: TableName, *paths: str, unique: bool = False, name: str = "") -> Index:
    """A plain ascending index on these paths."""
    return Index(table, tuple(map(path_key, paths)), unique=unique, name=name)


def key_of(index: Index) -> list[tuple[str, int | str]]:
    """The keys as pymongo takes them: the path, and 1, -1, `text`, `2dsphere` or `hashed`."""
    return [(key.expression, key.opclass or (-1 if key.descending else 1)) for key in index.keys]


def options_of(index: Index) -> dict[str, Any]:
    """The other arguments of createIndex, the name among them (its own, else the one `index_name` makes)."""
    options: dict[str, Any] = {"name": index.name or index_name(index)}
    if index.unique:
        options["unique"] = True
    if index.where is not None:
        options["partialFilterExpression"] = parsed(index.where)
    return options | {name: json.loads(value) for name, value in index.options}


def create_index(index: Index, *, name: str | None = None) -> str:
    """The statement for mongosh, without a semicolon; `name` instead of the index's own."""
    options = options_of(replace(index, name=name) if name else index)
    keys = javascript(dict(key_of(index)), width=10_000)
    return f"{collection(str(index.table))}.createIndex({keys}, {javascript(options, width=10_000)})"


def expires(index: Index) -> bool:
    """True for a TTL index."""
    return any(name == EXPIRY for name, _ in index.options)


def index_name(index: Index) -> str:
    """A readable name, the same for equal indexes, and another one for another index of the database.

    One that is more than paths and directions, or whose name had to be cut, ends in six digits of a hash.
    """
    words = [_word(str(index.table)), *map(_key_word, index.keys)]
    words += ["partial"] if index.where else []
    words += ["ttl"] if expires(index) else []
    words += [_word(index.method)] if index.method != BTREE else []
    stem = "_".join(words) + ("_key" if index.unique else "")
    if index.where is None and not index.options and len(stem) <= NAME_LENGTH:
        return stem
    return _marked(stem, index)


def name_all(indexes: Iterable[Index], taken: Collection[str] = ()) -> dict[Index, str]:
    """A name for each index: its own where it has one, else a new one that is none of `taken`."""
    return naming.name_all(indexes, taken, _names)


def _names(index: Index) -> Iterator[str]:
    name = index_name(index)
    yield name
    yield _marked(name, index)
    for number in count(2):
        yield _marked(name, index, f"_{number}")


def _marked(stem: str, index: Index, suffix: str = "") -> str:
    tail = f"_{naming.digest(index)}{suffix}"
    return stem[: NAME_LENGTH - len(tail)] + tail


def _key_word(key: IndexKey) -> str:
    return _word(key.expression.removesuffix(WILDCARD_SUFFIX)) + ("_desc" if key.descending else "")


def _word(text: str) -> str:
    """The text in letters, digits and underscores (`_id` is `id`, `items.product_id` `items_product_id`)."""
    return re.sub(r"\W+", "_", text).strip("_")
