"""The indexes that were built in a database, with what the server calls them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import psycopg

from optimizer.engines.postgres.catalog import sql as catalog_sql
from optimizer.model.index import Index


@dataclass(frozen=True, slots=True)
class Built:
    """An index and its partitions' or chunks' indexes, as the catalogs know them.

    `schema` is the index's own. `oids`, `names` and `tables` (the oids of the tables) go together; the first
    is the index itself.
    """

    index: Index
    schema: str
    name: str
    oids: tuple[int, ...]
    names: tuple[str, ...]
    tables: tuple[int, ...]
    bytes: int


def read_built(connection: psycopg.Connection[Any], index: Index, name: str) -> Built:
    """The index of that name, beside its table; LookupError where there is none."""
    rows = connection.execute(catalog_sql.INDEX_MEMBERS, [index.table.schema, name]).fetchall()
    if not rows:
        raise LookupError(name)
    oids, schemas, names, tables, sizes = zip(*rows, strict=True)
    return Built(index, schemas[0], name, oids, names, tables, sum(sizes))
