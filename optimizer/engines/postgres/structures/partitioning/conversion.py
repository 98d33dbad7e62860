"""A table that has rows, made anew with partitions or without them, all that hangs on it with it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import psycopg

from optimizer.engines.postgres.scripts.script import statements
from optimizer.engines.postgres.scripts.words import Edit, Word, closing, edited, parted, starts, words_of
from optimizer.engines.postgres.structures.naming import object_name
from optimizer.engines.postgres.structures.partitioning.attached import Attached, Identity, attached
from optimizer.engines.postgres.structures.partitioning.editing import clause
from optimizer.engines.postgres.structures.partitioning.keys import growing
from optimizer.engines.postgres.structures.partitioning.names import parts
from optimizer.engines.postgres.structures.triggers import full_name
from optimizer.model.names import TableName
from optimizer.model.query import SourceText
from optimizer.model.schema import Schema
from optimizer.model.tables import Partition
from optimizer.queries.quoting import quote_identifier

_LIKE = "INCLUDING ALL EXCLUDING INDEXES EXCLUDING IDENTITY EXCLUDING STATISTICS"


def converted(structure: Partition, schema: Schema, connection: psycopg.Connection[Any]) -> tuple[str, ...]:
    """What turns the plain table of a database into the partitioned one, in one transaction.

    The table is locked meanwhile: its rows are copied once.
    """
    return _made_anew(structure, schema, attached(connection, structure.table), partitioned=True)


def reverted(structure: Partition, schema: Schema, connection: psycopg.Connection[Any]) -> tuple[str, ...]:
    """What turns the partitioned table of a database into the plain one again, in one transaction."""
    return _made_anew(structure, schema, attached(connection, structure.table), partitioned=False)


def _made_anew(structure: Partition, schema: Schema, kept: Attached, *, partitioned: bool) -> tuple[str, ...]:
    table = structure.table
    before = TableName(table.schema, object_name(table.name, "before"))
    columns = ", ".join(
        quote_identifier(column.name) for column in schema.by_name[table].columns if not column.generated
    )
    name, old = full_name(table), full_name(before)
    by = f" {clause(structure)}" if partitioned else ""
    return (
        f"LOCK TABLE {name} IN ACCESS EXCLUSIVE MODE",
        *(view.drop for view in reversed(kept.views)),
        *kept.detach,
        f"ALTER TABLE {name} RENAME TO {quote_identifier(before.name)}",
        *(_set_aside(identity) for identity in kept.identities),
        f"CREATE TABLE {name} (LIKE {old} {_LIKE}){by}",
        *(_partitions(structure, schema) if partitioned else ()),
        f"INSERT INTO {name} ({columns}) SELECT {columns} FROM {old}",
        *(text for identity in kept.identities for text in _identity(table, identity)),
        *kept.sequences,
        f"DROP TABLE {old}",
        *_indexes(structure, schema, kept, partitioned=partitioned),
        *kept.foreign_keys,
        *_owned(structure, schema, kept, partitioned=partitioned),
        *kept.rest,
        *(text for view in kept.views for text in view.make),
    )


def _partitions(structure: Partition, schema: Schema) -> Iterator[str]:
    for part in parts(structure, schema):
        yield f"CREATE TABLE {full_name(part.name)} PARTITION OF {full_name(structure.table)} {part.written}"


def _owned(structure: Partition, schema: Schema, kept: Attached, *, partitioned: bool) -> Iterator[str]:
    if kept.owner is None:
        return
    own = [part.name for part in parts(structure, schema)] if partitioned else []
    for name in (structure.table, *own):
        yield f"ALTER TABLE {full_name(name)} OWNER TO {quote_identifier(kept.owner)}"


def _set_aside(identity: Identity) -> str:
    before = quote_identifier(object_name(identity.name, "before"))
    return f"ALTER SEQUENCE {identity.sequence} RENAME TO {before}"


def _identity(table: TableName, identity: Identity) -> tuple[str, ...]:
    """The sequence goes on where the old one is."""
    old = full_name(TableName(table.schema, object_name(identity.name, "before")))
    literal = identity.sequence.replace("'", "''")
    go_on = f"SELECT setval('{literal}', last_value, is_called) FROM {old}"
    return identity.make, go_on, *identity.grants


def _indexes(structure: Partition, schema: Schema, kept: Attached, *, partitioned: bool) -> Iterator[str]:
    """Keys and indexes; those that have to grow get the column, or lose it again."""
    own = {key.name for key in growing(structure, schema.by_name[structure.table])}
    for name, text in (*kept.keys, *kept.indexes):
        words = _words(text)
        edits = [*_without_only(words)]
        if name in own:
            edits.append(_with_column(words, structure) if partitioned else _without_column(words))
        yield edited(text, edits)


def _words(text: str) -> tuple[Word, ...]:
    (statement,) = statements(SourceText(text, "catalogs"))
    return words_of(statement)


def _without_only(words: Sequence[Word]) -> Iterator[Edit]:
    """pg_get_indexdef says ON ONLY of a partitioned table's index."""
    for place, word in enumerate(words):
        if word.upper == "ON" and starts(words, place + 1, "ONLY"):
            yield Edit(word.end, words[place + 1].end, "")
            return


def _with_column(words: Sequence[Word], structure: Partition) -> Edit:
    end = words[closing(words, _opening(words))].start
    return Edit(end, end, f", {quote_identifier(structure.column)}")


def _without_column(words: Sequence[Word]) -> Edit:
    opening = _opening(words)
    last = closing(words, opening)
    listed = list(parted(words[opening + 1 : last]))
    return Edit(listed[-2][-1].end, words[last].start, "")


def _opening(words: Sequence[Word]) -> int:
    return next(place for place, word in enumerate(words) if word.text == "(")
