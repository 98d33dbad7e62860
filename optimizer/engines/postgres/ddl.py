"""An index as PostgreSQL's SQL, and its name. Pure, and the one place that quotes names in DDL."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from itertools import count

from optimizer.design.indexes import naming
from optimizer.design.indexes.covering import plain_key
from optimizer.model.index import Index, IndexKey
from optimizer.queries.quoting import quote_identifier, quote_table

NAME_BYTES = 63
"""NAMEDATALEN - 1: PostgreSQL cuts longer names."""

_BARE_OPTION = re.compile(r"[A-Za-z0-9_.+-]+\Z")


def create_index(index: Index, *, name: str | None = None) -> str:
    """The CREATE INDEX statement, without a semicolon.

    The name is `name`, else the index's own, else the one that `index_name` makes.
    """
    parts = [
        "CREATE UNIQUE INDEX" if index.unique else "CREATE INDEX",
        quote_identifier(name or index.name or index_name(index)),
        f"ON {quote_table(index.table)}",
        *([] if index.method == "btree" else [f"USING {quote_identifier(index.method)}"]),
        f"({', '.join(key_text(key) for key in index.keys)})",
        *([f"INCLUDE ({', '.join(map(quote_identifier, index.include))})"] if index.include else []),
        *([f"WITH ({', '.join(_option(*option) for option in index.options)})"] if index.options else []),
        *([f"WHERE {index.where}"] if index.where else []),
    ]
    return " ".join(parts)


def key_text(key: IndexKey) -> str:
    """The key as it stands in CREATE INDEX; what is the default goes unsaid."""
    plain = plain_key(key)
    nulls = {None: [], True: ["NULLS FIRST"], False: ["NULLS LAST"]}[plain.nulls_first]
    parts = [
        quote_identifier(key.column) if key.column is not None else f"({key.expression})",
        *([f"COLLATE {_qualified(key.collation)}"] if key.collation else []),
        *([_qualified(key.opclass)] if key.opclass else []),
        *(["DESC"] if key.descending else []),
        *nulls,
    ]
    return " ".join(parts)


def index_name(index: Index) -> str:
    """A readable name of at most 63 bytes, the same for equal indexes.

    An index that is more than columns and directions, or whose name had to be cut, has six digits of a
    hash before the suffix.
    """
    words = [index.table.name, *(_word(key) for key in index.keys)]
    words += ["including", *index.include] if index.include else []
    words += ["partial"] if index.where else []
    words += [index.method] if index.method != "btree" else []
    stem = "_".join(words)
    suffix = "_key" if index.unique else "_idx"
    if _is_plain(index) and len((stem + suffix).encode()) <= NAME_BYTES:
        return stem + suffix
    return _marked(stem, index, suffix)


def name_all(indexes: Iterable[Index], taken: Collection[str] = ()) -> dict[Index, str]:
    """A name for each index: its own where it has one, else a new one that is none of `taken`."""
    return naming.name_all(indexes, taken, _names)


def _names(index: Index) -> Iterator[str]:
    name = index_name(index)
    yield name
    for number in count(2):
        yield _marked(name.removesuffix("_idx"), index, f"_{number}_idx")


def _marked(stem: str, index: Index, suffix: str) -> str:
    tail = f"_{naming.digest(index)}{suffix}"
    return _cut(stem, NAME_BYTES - len(tail)) + tail


def _is_plain(index: Index) -> bool:
    usual = all(k.column and not k.opclass and not k.collation and k.nulls_first is None for k in index.keys)
    return usual and not (index.include or index.where or index.options)


def _word(key: IndexKey) -> str:
    text = key.column or "_".join(re.findall(r"\w+", key.expression)).lower()
    return f"{text}_desc" if key.descending else text


def _cut(text: str, size: int) -> str:
    return text.encode()[:size].decode(errors="ignore").rstrip("_")


def _qualified(name: str) -> str:
    """A collation's or operator class's name, its schema before a dot where it has one."""
    return ".".join(quote_identifier(part.strip('"')) for part in name.split("."))


def _option(name: str, value: str) -> str:
    text = value if _BARE_OPTION.match(value) else "'" + value.replace("'", "''") + "'"
    return f"{quote_identifier(name)} = {text}"
