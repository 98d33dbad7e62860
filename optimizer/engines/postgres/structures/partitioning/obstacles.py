"""What in the user's own text partitions can't have: such a table is left as it is. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from optimizer.engines.postgres.scripts.create_table import (
    CreateTable,
    about,
    altered,
    names_table,
    table_name,
)
from optimizer.engines.postgres.scripts.script import Statement
from optimizer.engines.postgres.scripts.words import Word, outside, parted, starts, words_of
from optimizer.model.schema import Schema
from optimizer.model.tables import Partition

_UNDERSTOOD = (
    ("ADD", "CONSTRAINT"),
    ("ADD", "PRIMARY"),
    ("ADD", "UNIQUE"),
    ("ADD", "FOREIGN"),
    ("ADD", "CHECK"),
    ("ADD", "COLUMN"),
    ("ALTER",),
    ("OWNER", "TO"),
    ("ENABLE",),
    ("DISABLE",),
    ("FORCE",),
    ("NO", "FORCE"),
    ("REPLICA", "IDENTITY", "FULL"),
    ("REPLICA", "IDENTITY", "DEFAULT"),
    ("VALIDATE", "CONSTRAINT"),
)
"""The actions of ALTER TABLE that a partitioned table takes as a plain one does."""

_IMPOSSIBLE = (("USING", "INDEX"), ("NO", "INHERIT"), ("NOT", "VALID"), ("EXCLUDE",), ("LIKE",))


def obstacles(
    script: Sequence[Statement], table: CreateTable, structure: Partition, schema: Schema
) -> Iterator[str]:
    """Why the statements of the text can't stay what they are."""
    if table.modifiers:
        yield f"it is {' '.join(word.upper for word in table.modifiers)}"
    if table.tail:
        yield f"{_first(table.tail)} follows its columns"
    if table.column(structure.column) is None:
        yield f"its column {structure.column} isn't among those of CREATE TABLE"
    for element in table.elements:
        yield from _impossible(element)
    for words in about(script, structure.table, schema):
        for action in parted(altered(words)[2]):
            yield from _impossible(action)
            if not any(starts(action, 0, *known) for known in _UNDERSTOOD):
                yield f"ALTER TABLE ... {_first(action)} can't be kept"
            elif _retypes(action, structure):
                yield f"its column {structure.column} gets another type by ALTER TABLE"
    for statement in script:
        yield from _elsewhere(statement, script, structure, schema)


def _impossible(words: Sequence[Word]) -> Iterator[str]:
    for place in outside(words):
        for keywords in _IMPOSSIBLE:
            if starts(words, place, *keywords):
                yield f"{' '.join(keywords)} can't be kept"


def _retypes(action: Sequence[Word], structure: Partition) -> bool:
    named = any(word.name == structure.column for word in action[:3])
    return starts(action, 0, "ALTER") and named and any(word.upper == "TYPE" for word in action)


def _elsewhere(
    statement: Statement, script: Sequence[Statement], structure: Partition, schema: Schema
) -> Iterator[str]:
    if statement.words[:1] == ("CLUSTER",) and structure.table.name in statement.names:
        yield "CLUSTER can't be kept"
    if statement.words[:1] == ("CREATE",) and "TRIGGER" in statement.words:
        words = words_of(statement)
        on = next((place for place, word in enumerate(words) if word.upper == "ON"), None)
        if on is not None and names_table(table_name(words, on + 1), structure.table, schema):
            yield from _trigger(words, script, structure)


def _trigger(words: Sequence[Word], script: Sequence[Statement], structure: Partition) -> Iterator[str]:
    """Transition tables are for statements, and a row can't be sent to another partition before it is in."""
    keywords = [word.upper for word in words]
    by_row = any(starts(words, place, "EACH", "ROW") for place in range(len(words)))
    if by_row and "REFERENCING" in keywords:
        yield "a row trigger with REFERENCING can't be kept"
    sets = re.compile(rf'\bNEW\s*\.\s*"?{re.escape(structure.column)}"?\s*:?=', re.IGNORECASE)
    if by_row and "BEFORE" in keywords and any(sets.search(one.text) for one in script):
        yield f"a trigger sets {structure.column}, after a row's partition was chosen"


def _first(words: Sequence[Word]) -> str:
    return " ".join(word.upper for word in words[:2])
