"""How a table's rows are stored: the room in its pages, and what is kept outside of them.

ALTER TABLE says it before rows come in; rows that are there already stay as they are until they are written
anew.
"""

from __future__ import annotations

import re
from functools import partial

from optimizer.engines.postgres.scripts.script import statements
from optimizer.engines.postgres.structures.realisation import Realisation
from optimizer.model.query import SourceText
from optimizer.model.schema import Schema
from optimizer.model.tables import Fillfactor, Toast
from optimizer.queries.quoting import quote_identifier, quote_table


def fillfactor(structure: Fillfactor, schema: Schema) -> Realisation:
    """See Realisation."""
    table = quote_table(structure.table)
    return Realisation(
        schema=schema,
        obstacle=partial(obstacle, structure),
        define=(f"ALTER TABLE {table} SET (fillfactor = {structure.percent})",),
        undo=(f"ALTER TABLE {table} RESET (fillfactor)",),
        repacked=frozenset({structure.table}),
    )


def toast(structure: Toast, schema: Schema) -> Realisation:
    """See Realisation."""
    table, column = quote_table(structure.table), quote_identifier(structure.column)
    define, undo = [], []
    if structure.tuple_target is not None:
        define.append(f"ALTER TABLE {table} SET (toast_tuple_target = {structure.tuple_target})")
        undo.append(f"ALTER TABLE {table} RESET (toast_tuple_target)")
    if structure.compression is not None:
        define.append(f"ALTER TABLE {table} ALTER COLUMN {column} SET COMPRESSION {structure.compression}")
        undo.append(f"ALTER TABLE {table} ALTER COLUMN {column} SET COMPRESSION default")
    return Realisation(
        schema=schema,
        obstacle=partial(obstacle, structure),
        define=tuple(define),
        undo=tuple(undo),
        for_new_rows=True,
    )


def obstacle(structure: Fillfactor | Toast, source: SourceText) -> str:
    """Why the option isn't ours to set; empty where it is: the user's own text says nothing of it."""
    words = ["fillfactor"] if isinstance(structure, Fillfactor) else ["toast_tuple_target", "compression"]
    said = re.compile(rf"\b({'|'.join(words)})\b", re.IGNORECASE)
    for statement in statements(source):
        if structure.table.name in statement.names and "TABLE" in statement.words:
            found = said.search(statement.text)
            if found:
                return f"the schema's own text sets {found[0].lower()}"
    return ""
