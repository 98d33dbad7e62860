"""The DDL of a design: the user's own text, its secondary indexes exchanged for the design's. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence

from optimizer.engines.postgres.ddl import create_index, name_all
from optimizer.engines.postgres.extensions import extensions_for
from optimizer.engines.postgres.layout import TableLayout
from optimizer.engines.postgres.scripts.script import Statement, statements
from optimizer.model.index import Index
from optimizer.model.query import SourceText
from optimizer.model.schema import Schema
from optimizer.model.structure import Structure
from optimizer.queries.quoting import quote_identifier, quote_literal

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
_STRUCTURES = """
-- ---------------------------------------------------------------------------
-- Structures, chosen by measurement
-- ---------------------------------------------------------------------------"""
_MAKING_A_ROLE = (("CREATE", "ROLE"), ("CREATE", "USER"), ("CREATE", "GROUP"))
_ROLE = """\
DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = {literal}) THEN
    CREATE ROLE {name} NOLOGIN;
  END IF;
END $$;

"""


def schema_script(
    source: SourceText,
    layout: TableLayout,
    indexes: Collection[Index],
    comments: Mapping[Index | Structure, Sequence[str]],
    role: str | None = None,
    *,
    delivered: bool = False,
) -> str:
    """A script that makes the design out of an empty database, and `role` if the text only speaks of it.

    Everything in the user's text stays to the letter, but for CREATE INDEX on tables (unique ones and those
    of materialized views stay), for statements about the indexes that go, and for what a structure has to
    say in CREATE TABLE itself. A `delivered` one has the policies by which a server keeps structures, too.
    """
    schema = layout.schema
    text = (
        _role_for(source, role) + _without_indexes(source, schema).rstrip() + _closing(source, schema) + "\n"
    )
    text = _edited(SourceText(text, source.file), layout, comments)
    reset = ["RESET search_path;"] if "search_path" in text and (layout.structures or indexes) else []
    granted = re.search(r"\bGRANT\b", source.text, re.IGNORECASE) is not None
    structures = _structures(layout, comments, granted, delivered)
    return "\n".join((text, *reset, *structures, *_indexes(layout, indexes, comments)))


def _edited(
    text: SourceText, layout: TableLayout, comments: Mapping[Index | Structure, Sequence[str]]
) -> str:
    for structure, realisation in layout.realised:
        if realisation.edit is not None:
            text = realisation.edit(text, comments.get(structure, ()))
    return text.text


def _structures(
    layout: TableLayout,
    comments: Mapping[Index | Structure, Sequence[str]],
    granted: bool,
    delivered: bool,
) -> Iterator[str]:
    made = [(structure, one) for structure, one in layout.realised if one.define]
    if made:
        yield _STRUCTURES
    for structure, one in made:
        yield ""
        yield f"-- {structure.definition}"
        yield from (f"-- {line}" for line in (*comments.get(structure, ()), *one.remarks))
        yield from (
            f"-- bring it up to date by: {statement};".replace("\n", "\n-- ") for statement in one.refresh
        )
        yield from (f"{statement};" for statement in (*one.define, *(one.readable if granted else ())))
        yield from (f"{statement};" for statement in (one.policies if delivered else ()))


def _indexes(
    layout: TableLayout, chosen: Collection[Index], comments: Mapping[Index | Structure, Sequence[str]]
) -> Iterator[str]:
    if not chosen:
        return
    schema = layout.physical
    indexes = sorted(chosen, key=lambda index: (index.table, index.name))
    names = name_all(indexes, _taken(schema))
    extensions = {name for i in indexes for name in extensions_for(i, schema.by_name.get(i.table))}
    yield _HEAD
    yield from (f"CREATE EXTENSION IF NOT EXISTS {name};" for name in sorted(extensions))
    for index in indexes:
        yield ""
        yield from (f"-- {line}" for line in comments.get(index, ()))
        yield f"{create_index(index, name=names[index])};"
    yield ""


def _closing(source: SourceText, schema: Schema) -> str:
    """A semicolon for a text whose last statement stays and has none."""
    script = statements(source)
    if not script or script[-1] in tuple(_going(script, schema)):
        return ""
    return "" if ";" in source.text[script[-1].offset + len(script[-1].text) :] else "\n;"


def _role_for(source: SourceText, role: str | None) -> str:
    """What makes the role; empty where the text makes it, or never speaks of it.

    Grants come late in a text, often after a parenthesis: any word of it may be the role's name.
    """
    if role is None or not re.search(rf"\b{re.escape(role)}\b", source.text, re.IGNORECASE):
        return ""
    if any(s.words[:2] in _MAKING_A_ROLE and role in s.names for s in statements(source)):
        return ""
    return _ROLE.format(literal=quote_literal(role), name=quote_identifier(role))


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
