"""What in the user's own text leans on the order of a table's columns. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from optimizer.engines.postgres.scripts.create_table import CreateTable, is_constraint
from optimizer.engines.postgres.scripts.script import Statement
from optimizer.engines.postgres.scripts.words import starts, words_of
from optimizer.model.schema import Schema
from optimizer.model.tables import ColumnOrder

_BY_NAME = (
    *(("ALTER",), ("COMMENT",), ("GRANT",), ("REVOKE",), ("ANALYZE",), ("CLUSTER",), ("DROP",)),
    *(("CREATE", "INDEX"), ("CREATE", "UNIQUE", "INDEX"), ("CREATE", "POLICY"), ("CREATE", "STATISTICS")),
    *(("CREATE", "TRIGGER"), ("CREATE", "OR", "REPLACE", "TRIGGER"), ("CREATE", "CONSTRAINT", "TRIGGER")),
    *(("CREATE", "SEQUENCE"), ("CREATE", "SCHEMA"), ("CREATE", "EXTENSION"), ("SET",)),
)
"""Statements that name columns, if they mention any."""

_BETWEEN = frozenset({"OR", "REPLACE", "MATERIALIZED", "TEMPORARY", "TEMP", "UNLOGGED"})
_ROWS_OF_TRIGGERS = re.compile(r"\b(?:NEW|OLD)\b\W*\.\s*\*", re.IGNORECASE)
_WHOLE_ROWS = re.compile(
    r"(?:\bSELECT|\bDISTINCT|\bALL|,|\.)\s*\*|\b(?:row_)?to_jsonb?\b|\b(?:jsonb?|array)_agg\b|\brecord\b",
    re.IGNORECASE,
)


def obstacles(
    script: Sequence[Statement], table: CreateTable, structure: ColumnOrder, schema: Schema
) -> Iterator[str]:
    """Why another order would change more than how rows are stored."""
    written = [words[0].name for words in table.elements if not is_constraint(words)]
    missing = [name for name in structure.columns if name not in written]
    if missing:
        yield f"its column {missing[0]} isn't among those of CREATE TABLE"
    if any(starts(words, 0, "LIKE") for words in table.elements):
        yield "LIKE brings columns of its own"
    checks = schema.by_name[structure.table].checks
    if sum(bool(re.fullmatch(rf"{re.escape(structure.table.name)}_check\d*", c.name)) for c in checks) > 1:
        yield "its checks without names would change their names"
    own = re.compile(rf"\b{re.escape(structure.table.name)}\b", re.IGNORECASE)
    for statement in script:
        if statement is not table.statement and own.search(statement.text):
            yield from _leaning(statement, structure)
        elif statement.words[:1] == ("CREATE",) and _ROWS_OF_TRIGGERS.search(statement.text):
            yield "a trigger's function takes rows as a whole"


def _leaning(statement: Statement, structure: ColumnOrder) -> Iterator[str]:
    if any(statement.starts(*words) for words in _BY_NAME):
        return
    kind = " ".join([word for word in statement.words if word not in _BETWEEN][:2])
    if "VIEW" in statement.words:
        if _WHOLE_ROWS.search(statement.text):
            yield f"{kind} shows all of its columns"
    elif "TABLE" in statement.words:
        if _takes_rows(statement, structure):
            yield f"{kind} is made like it"
    else:
        yield f"{kind} may lean on the order of its columns"


def _takes_rows(statement: Statement, structure: ColumnOrder) -> bool:
    """True for a CREATE TABLE that does more than refer to the table: LIKE, INHERITS, AS, a column of it."""
    words = words_of(statement)
    named = [place for place, word in enumerate(words) if word.name == structure.table.name]
    behind = {words[place - 1].upper for place in named if words[place - 1].text != "."}
    behind |= {words[place - 3].upper for place in named if words[place - 1].text == "."}
    return not behind <= {"REFERENCES"}
