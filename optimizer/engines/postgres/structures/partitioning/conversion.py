"""A table that has rows, made anew with partitions or without them, all that hangs on it with it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import psycopg

from optimizer.engines.postgres.scripts.script import statements
from optimizer.engines.postgres.scripts.words import (
    Edit,
    Word,
    closing,
    edited,
    first_parenthesis,
    parted,
    starts,
    words_of,
)
from optimizer.engines.postgres.structures.attached import Attached, attached
from optimizer.engines.postgres.structures.grown_keys import growing, one_more_column
from optimizer.engines.postgres.structures.partitioning.editing import clause
from optimizer.engines.postgres.structures.partitioning.names import parts
from optimizer.engines.postgres.structures.remaking import made_anew, set_aside
from optimizer.engines.postgres.structures.triggers import full_name
from optimizer.model.query import SourceText
from optimizer.model.schema import Schema
from optimizer.model.tables import Partition

_LIKE = "INCLUDING ALL EXCLUDING INDEXES EXCLUDING IDENTITY EXCLUDING STATISTICS"


def converted(structure: Partition, schema: Schema, connection: psycopg.Connection[Any]) -> tuple[str, ...]:
    """What turns the plain table of a database into the partitioned one, in one transaction.

    The table is locked meanwhile: its rows are copied once.
    """
    return _remade(structure, schema, attached(connection, structure.table), partitioned=True)


def reverted(structure: Partition, schema: Schema, connection: psycopg.Connection[Any]) -> tuple[str, ...]:
    """What turns the partitioned table of a database into the plain one again, in one transaction."""
    return _remade(structure, schema, attached(connection, structure.table), partitioned=False)


def _remade(structure: Partition, schema: Schema, kept: Attached, *, partitioned: bool) -> tuple[str, ...]:
    table = structure.table
    by = f" {clause(structure)}" if partitioned else ""
    made = parts(structure, schema) if partitioned else ()
    return made_anew(
        table,
        kept,
        create=(
            f"CREATE TABLE {full_name(table)} (LIKE {full_name(set_aside(table))} {_LIKE}){by}",
            *(
                f"CREATE TABLE {full_name(part.name)} PARTITION OF {full_name(table)} {part.written}"
                for part in made
            ),
        ),
        columns=[column.name for column in schema.by_name[table].columns if not column.generated],
        indexes=_indexes(structure, schema, kept, partitioned=partitioned),
        parts=[part.name for part in made],
    )


def _indexes(structure: Partition, schema: Schema, kept: Attached, *, partitioned: bool) -> Iterator[str]:
    """Keys and indexes; those that have to grow get the column, or lose it again."""
    own = {key.name for key in growing(structure, schema.by_name[structure.table])}
    for name, text in (*kept.keys, *kept.indexes):
        words = _words(text)
        edits = [*_without_only(words)]
        if name in own:
            edits.append(
                one_more_column(words, first_parenthesis(words), structure)
                if partitioned
                else _without_column(words)
            )
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


def _without_column(words: Sequence[Word]) -> Edit:
    opening = first_parenthesis(words)
    last = closing(words, opening)
    listed = list(parted(words[opening + 1 : last]))
    return Edit(listed[-2][-1].end, words[last].start, "")
