"""The DDL of a design: the user's own text, its secondary indexes exchanged for the design's. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from optimizer.engines.postgres.ddl import create_index, name_all
from optimizer.engines.postgres.extensions import extensions_for
from optimizer.engines.postgres.script import Statement, statements
from optimizer.model.design import Design
from optimizer.model.index import Index
from optimizer.model.query import SourceText
from optimizer.model.schema import Schema

_END = re.compile(r"(?:\s|--[^\n]*\n|/\*.*?\*/)*;", re.DOTALL)
_CREATED = re.compile(
    r"CREATE\s+INDEX\s+(?:CONCURRENTLY\s+)?(?:IF\s+NOT\s+EXISTS\s+)?(?!ON\s)"
    r'(?:"(?P<quoted>(?:[^"]|"")+)"|(?P<plain>\w+))',
    re.IGNORECASE,
)
_HEAD = """
-- ---------------------------------------------------------------------------
-- Secondary indexes, chosen by measurement
-- ---------------------------------------------------------------------------
"""


def schema_script(
    source: SourceText, schema: Schema, design: Design, comments: Mapping[Index, Sequence[str]]
) -> str:
    """A script that makes the design out of an empty database.

    Everything in the user's text stays to the letter, but for CREATE INDEX on tables (unique ones and those
    of materialized views stay) and for statements about the indexes that go.
    """
    text = _without_indexes(source, schema).rstrip() + "\n"
    if not design.indexes:
        return text
    indexes = sorted(design.indexes, key=lambda index: (index.table, index.name))
    names = name_all(indexes, _taken(schema))
    lines = [text, _HEAD, *(["RESET search_path;"] if "search_path" in text else [])]
    extensions = {name for i in indexes for name in extensions_for(i, schema.by_name.get(i.table))}
    lines += [f"CREATE EXTENSION IF NOT EXISTS {name};" for name in sorted(extensions)]
    for index in indexes:
        lines += ["", *(f"-- {line}" for line in comments.get(index, ()))]
        lines.append(f"{create_index(index, name=names[index])};")
    return "\n".join(lines) + "\n"


def _taken(schema: Schema) -> frozenset[str]:
    return frozenset(
        [index.name for index in schema.unique_indexes] + [table.name.name for table in schema.tables]
    )


def _without_indexes(source: SourceText, schema: Schema) -> str:
    parts, at = [], 0
    for statement in _going(statements(source), schema):
        parts.append(source.text[at : statement.offset].rstrip(" "))
        end = statement.offset + len(statement.text)
        semicolon = _END.match(source.text, end)
        at = semicolon.end() if semicolon else end
        if source.text[at : at + 1] == "\n":
            at += 1
    return "".join((*parts, source.text[at:]))


def _going(script: Sequence[Statement], schema: Schema) -> Iterator[Statement]:
    views = {view.name for view in schema.materialized_views}
    gone = {index.name for index in schema.given}
    for statement in script:
        if statement.starts("CREATE", "INDEX"):
            if not statement.names & views:
                gone |= _created(statement)
                yield statement
        elif statement.names & gone and _about_an_index(statement):
            yield statement


def _created(statement: Statement) -> set[str]:
    """The index's name, which it may not keep to the script's end."""
    match = _CREATED.match(statement.text)
    if match is None:
        return set()
    return {match["plain"].lower() if match["plain"] else match["quoted"].replace('""', '"')}


def _about_an_index(statement: Statement) -> bool:
    return (
        statement.starts("ALTER", "INDEX")
        or statement.starts("DROP", "INDEX")
        or statement.starts("COMMENT", "ON", "INDEX")
        or statement.words[0] == "CLUSTER"
        or (statement.starts("ALTER", "TABLE") and "cluster" in statement.names)
    )
