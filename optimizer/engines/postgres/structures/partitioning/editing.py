"""The user's own text with a table partitioned: CREATE TABLE, its keys, the partitions behind it. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from optimizer.engines.postgres.scripts.create_table import (
    CreateTable,
    NotEditable,
    about,
    altered,
    created,
    end_of,
)
from optimizer.engines.postgres.scripts.script import Statement, statements
from optimizer.engines.postgres.scripts.words import Edit, edited, parted, starts
from optimizer.engines.postgres.structures.grown_keys import (
    LEANED_ON,
    growing,
    grown_text,
    leaned_on,
    on,
    unique_indexes,
)
from optimizer.engines.postgres.structures.partitioning.names import parts
from optimizer.engines.postgres.structures.partitioning.obstacles import obstacles
from optimizer.model.query import SourceText
from optimizer.model.schema import Schema
from optimizer.model.tables import LIST, RANGE, Partition
from optimizer.queries.quoting import quote_identifier

AHEAD = (
    "The last ones are made ahead. Rows that no other takes go to the default one, which should stay empty."
)
LONGEST_LINE = 100
REST = "Rows with another value go to the default one."


def edit(structure: Partition, schema: Schema, source: SourceText, comments: Sequence[str]) -> SourceText:
    """The text with the table partitioned; NotEditable where it can't be changed safely."""
    script = statements(source)
    table = created(script, structure.table, schema)
    reason = next(obstacles(script, table, structure, schema), "")
    if not reason and leaned_on(script, structure, growing(structure, schema.by_name[structure.table])):
        reason = LEANED_ON
    if reason:
        raise NotEditable(reason)
    edits = [
        *_partitioned(structure, source.text, table),
        *_made(structure, schema, source.text, table, comments),
        *grown_text(source.text, script, table, structure, schema),
        *_whole(script, structure, schema),
        *_owned(source.text, script, structure, schema),
    ]
    return SourceText(edited(source.text, edits), source.file)


def obstacle(structure: Partition, schema: Schema, source: SourceText) -> str:
    """Why the table can't be partitioned in the user's own text; empty where it can."""
    try:
        edit(structure, schema, source, ())
    except NotEditable as error:
        return str(error)
    return ""


def clause(structure: Partition) -> str:
    """PARTITION BY ..."""
    return f"PARTITION BY {structure.method.upper()} ({quote_identifier(structure.column)})"


def _partitioned(structure: Partition, text: str, table: CreateTable) -> Iterator[Edit]:
    end = table.words[table.closing].end
    yield Edit(end, end, f" {clause(structure)}")


def _made(
    structure: Partition, schema: Schema, text: str, table: CreateTable, comments: Sequence[str]
) -> Iterator[Edit]:
    """The partitions after the table, their names spelled as the table's is."""
    end = end_of(text, table.statement)
    spelled = text[table.spelled[0].start : table.spelled[-1].end]
    prefix = text[table.spelled[0].start : table.spelled[-1].start]
    note = {RANGE: [AHEAD], LIST: [REST]}.get(structure.method, [])
    lines = [f"-- {line}" for line in (structure.definition, *note, *comments)]
    for part in parts(structure, schema):
        name = prefix + quote_identifier(part.name.name)
        line = f"CREATE TABLE {name} PARTITION OF {spelled} {part.written};"
        lines.append(line if len(line) <= LONGEST_LINE else line.replace(" FOR VALUES", "\n  FOR VALUES", 1))
    begin = "\n" if text[:end].endswith("\n") else "\n\n"
    close = "\n" if text[end : end + 1] in ("\n", "") else "\n\n"
    yield Edit(end, end, begin + "\n".join(lines) + close)


def _whole(script: Sequence[Statement], structure: Partition, schema: Schema) -> Iterator[Edit]:
    """What is said of the table is said of its partitions: ONLY goes, and CONCURRENTLY, which can't be."""
    for words in about(script, structure.table, schema):
        only = altered(words)[1]
        if only is not None:
            yield Edit(words[words.index(only) - 1].end, only.end, "")
    for words in unique_indexes(script, structure, schema):
        for place, word in enumerate(words[: on(words) + 2]):
            if word.upper in ("CONCURRENTLY", "ONLY"):
                yield Edit(words[place - 1].end, word.end, "")


def _owned(text: str, script: Sequence[Statement], structure: Partition, schema: Schema) -> Iterator[Edit]:
    """The partitions belong to the table's owner."""
    for statement in script:
        for words in about([statement], structure.table, schema):
            name, _, actions = altered(words)
            owners = [action[2].text for action in parted(actions) if starts(action, 0, "OWNER", "TO")]
            prefix = text[name[0].start : name[-1].start]
            end = end_of(text, statement)
            for owner in owners:
                lines = (
                    f"ALTER TABLE {prefix}{quote_identifier(part.name.name)} OWNER TO {owner};\n"
                    for part in parts(structure, schema)
                )
                yield Edit(end, end, "".join(lines))
