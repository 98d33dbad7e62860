"""What in the user's own text a hypertable can't have: such a table is left as it is. Pure.

TimescaleDB 2.23, as it answered: tables that are UNLOGGED, inherited or partitioned, have rules or belong to
a publication aren't taken. Triggers can't be switched there; what was switched off before fires in chunks. Of
rows that one statement inserts into a chunk that is stored by columns, all but the first have null in
generated columns (https://github.com/timescale/timescaledb/issues/9314).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from optimizer.engines.postgres.scripts.create_table import NotEditable, about, altered, created
from optimizer.engines.postgres.scripts.script import Statement, statements
from optimizer.engines.postgres.scripts.words import parted, starts
from optimizer.engines.postgres.structures.grown_keys import with_grown_text
from optimizer.model.hypertables import ContinuousAggregate, Hypertable
from optimizer.model.names import TableName
from optimizer.model.query import SourceText
from optimizer.model.schema import Schema

_SWITCHES = (
    ("DISABLE", "TRIGGER"),
    ("ENABLE", "REPLICA", "TRIGGER"),
    ("ENABLE", "ALWAYS", "TRIGGER"),
)

LOST = "before TimescaleDB 2.26 rows that are added there later lose their generated columns"


def obstacle(structure: Hypertable | ContinuousAggregate, schema: Schema, text: SourceText) -> str:
    """Why the table can't be a hypertable; empty where nothing is in the way."""
    table = structure.table
    generated = any(column.generated for column in schema.by_name[table].columns)
    if generated and isinstance(structure, Hypertable) and structure.columnstore:
        return LOST
    try:
        with_grown_text(structure, schema, text)
        return next(_reasons(statements(text), table, schema), "")
    except NotEditable as reason:
        return str(reason)


def _reasons(script: Sequence[Statement], table: TableName, schema: Schema) -> Iterator[str]:
    made = created(script, table, schema)
    if made.modifiers:
        yield f"it is {' '.join(word.upper for word in made.modifiers)}"
    if any(word.upper in ("INHERITS", "PARTITION") for word in made.tail):
        yield "its rows are in tables of their own already"
    for words in about(script, table, schema):
        for action in parted(altered(words)[2]):
            if any(starts(action, 0, *switch) for switch in _SWITCHES):
                yield "its triggers are switched, which chunks don't follow"
    for statement in script:
        if statement.words[:1] == ("CREATE",) and table.name in statement.names:
            if "RULE" in statement.words[1:4]:
                yield "it has a rule"
            if "PUBLICATION" in statement.words[1:2]:
                yield "it belongs to a publication"
