"""The keys of a table that have to hold the column by which it is cut into partitions or chunks."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Protocol

from optimizer.engines.postgres.scripts.create_table import (
    CreateTable,
    NotEditable,
    about,
    altered,
    created,
    is_constraint,
    more_elements,
    names_table,
    table_name,
)
from optimizer.engines.postgres.scripts.script import Statement, statements
from optimizer.engines.postgres.scripts.words import (
    Edit,
    Word,
    closing,
    edited,
    first_parenthesis,
    outside,
    parted,
    starts,
    words_of,
)
from optimizer.model.index import Index, IndexKey
from optimizer.model.names import TableName
from optimizer.model.query import SourceText
from optimizer.model.schema import Key, Schema, Table
from optimizer.queries.quoting import quote_identifier

LEANED_ON = "a view or a function of the schema may lean on its key as it is"

_GROUP = re.compile(r"\bGROUP\s+BY\b", re.IGNORECASE)
_CONFLICT = re.compile(r"\bON\s+CONFLICT\b", re.IGNORECASE)
_OPTIONS = frozenset({"INCLUDE", "WITH", "USING", "NULLS", "DEFERRABLE", "INITIALLY"})


class Cut(Protocol):
    """A structure that cuts a table by a column."""

    @property
    def table(self) -> TableName:
        """The table that is cut."""

    @property
    def column(self) -> str:
        """The column that decides where a row goes."""


def growing(structure: Cut, table: Table) -> tuple[Key, ...]:
    """The keys that lack the column: each is unique only together with it from now on."""
    return tuple(key for key in table.keys if structure.column not in key.columns)


def with_grown_keys(schema: Schema, structure: Cut) -> Schema:
    """The schema in which all keys of the table hold the column, as their last one where they lacked it."""
    table = schema.by_name[structure.table]
    names = {key.name for key in growing(structure, table)}
    keys = (
        replace(key, columns=(*key.columns, structure.column)) if key.name in names else key
        for key in table.keys
    )
    indexes = (
        _grown_index(one, structure) if one.table == table.name and one.name in names else one
        for one in schema.unique_indexes
    )
    changed = schema.with_changed(replace(table, keys=tuple(keys)))
    return replace(changed, unique_indexes=tuple(indexes))


def leaned_on(script: Sequence[Statement], structure: Cut, keys: Sequence[Key]) -> bool:
    """True where a view or a function may need one of these keys: by GROUP BY of it, or by ON CONFLICT."""
    own = re.compile(rf"\b{re.escape(structure.table.name)}\b", re.IGNORECASE)
    about_it = (one.text for one in script if one.starts("CREATE") and own.search(one.text))
    return bool(keys) and any(
        _CONFLICT.search(text) or any(_grouped(text, key) for key in keys) for text in about_it
    )


def with_grown_text(structure: Cut, schema: Schema, source: SourceText) -> SourceText:
    """The user's own text in which every key of the table holds the column; NotEditable where it can't be
    changed safely."""
    script = statements(source)
    table = created(script, structure.table, schema)
    if leaned_on(script, structure, growing(structure, schema.by_name[structure.table])):
        raise NotEditable(LEANED_ON)
    return SourceText(
        edited(source.text, grown_text(source.text, script, table, structure, schema)), source.file
    )


def grown_text(
    text: str, script: Sequence[Statement], table: CreateTable, structure: Cut, schema: Schema
) -> Iterator[Edit]:
    """What changes in the text so that every key holds the column; NotEditable where one isn't found."""
    moved = []
    for key in growing(structure, schema.by_name[structure.table]):
        inline = _inline(table, key)
        if inline:
            yield _taken_out(*inline)
            moved.append(_constraint(inline[0], key, structure))
            continue
        edits = (
            _in_create_table(table, key, structure)
            or _in_alter_table(script, key, structure, schema)
            or _in_index(script, key, structure, schema)
        )
        if not edits:
            raise NotEditable(f"its key {key.name} isn't found in the schema's text")
        yield from edits
    if moved:
        yield more_elements(text, table, moved)


def _grown_index(index: Index, structure: Cut) -> Index:
    return replace(index, keys=(*index.keys, IndexKey(quote_identifier(structure.column), structure.column)))


def _grouped(text: str, key: Key) -> bool:
    """True where all columns of a key are named after GROUP BY, or a column is meant by its place."""
    grouped = " ".join(_GROUP.split(text)[1:]).lower()
    named = all(re.search(rf"\b{re.escape(name.lower())}\b", grouped) for name in key.columns)
    return bool(grouped) and (named or grouped.lstrip("( \n\t")[:1].isdigit())


def _inline(table: CreateTable, key: Key) -> tuple[tuple[Word, ...], int] | None:
    """The definition of the column that is the key, and where in it PRIMARY KEY or UNIQUE stands."""
    column = table.column(key.columns[0]) if len(key.columns) == 1 else None
    place = _key_word(column, key) if column else None
    return None if column is None or place is None else (column, place)


def _in_create_table(table: CreateTable, key: Key, structure: Cut) -> list[Edit]:
    found = (_in_constraint(one, key, structure) for one in table.elements if is_constraint(one))
    return next((edits for edits in found if edits), [])


def _in_alter_table(script: Sequence[Statement], key: Key, structure: Cut, schema: Schema) -> list[Edit]:
    for words in about(script, structure.table, schema):
        for action in parted(altered(words)[2]):
            edits = _in_constraint(action[1:], key, structure) if starts(action, 0, "ADD") else []
            if edits:
                return edits
    return []


def _in_index(script: Sequence[Statement], key: Key, structure: Cut, schema: Schema) -> list[Edit]:
    for words in unique_indexes(script, structure, schema):
        opening = first_parenthesis(words)
        if key.name in {word.name for word in words[:opening]}:
            return [one_more_column(words, opening, structure)]
    return []


def unique_indexes(script: Sequence[Statement], structure: Cut, schema: Schema) -> Iterator[tuple[Word, ...]]:
    """The words of each CREATE UNIQUE INDEX on the table."""
    for statement in script:
        if statement.starts("CREATE", "UNIQUE", "INDEX"):
            words = words_of(statement)
            at = on(words) + 1
            if names_table(table_name(words, at + starts(words, at, "ONLY")), structure.table, schema):
                yield words


def on(words: Sequence[Word]) -> int:
    """The place of ON in a CREATE INDEX."""
    return next(place for place, word in enumerate(words) if word.upper == "ON")


def _in_constraint(words: Sequence[Word], key: Key, structure: Cut) -> list[Edit]:
    """In `[CONSTRAINT name] PRIMARY KEY (a, b)`; one without a name gets the name that it had."""
    named = starts(words, 0, "CONSTRAINT")
    place = 2 if named else 0
    if not starts(words, place, *_kind(key)):
        return []
    opening = next((n for n in range(place, len(words)) if words[n].text == "("), None)
    if opening is None:
        return []
    listed = tuple(part[0].name for part in parted(words[opening + 1 : closing(words, opening)]))
    if listed != key.columns or (named and words[1].name != key.name):
        return []
    name = "" if named else _named(key, structure)
    return [Edit(words[0].start, words[0].start, name), one_more_column(words, opening, structure)]


def one_more_column(words: Sequence[Word], opening: int, structure: Cut) -> Edit:
    """The column as the last one of those in parentheses."""
    end = words[closing(words, opening)].start
    return Edit(end, end, f", {quote_identifier(structure.column)}")


def _kind(key: Key) -> tuple[str, ...]:
    return ("PRIMARY", "KEY") if key.primary else ("UNIQUE",)


def _key_word(element: Sequence[Word], key: Key) -> int | None:
    """The place of PRIMARY KEY or UNIQUE in a column's definition, outside of parentheses."""
    return next((place for place in outside(element) if starts(element, place, *_kind(key))), None)


def _taken_out(element: Sequence[Word], place: int) -> Edit:
    end = place + (2 if starts(element, place, "PRIMARY") else 1)
    rest = [word.upper for word in element[end : end + 2]]
    if rest and (rest[0] in _OPTIONS or rest == ["NOT", "DEFERRABLE"]):
        raise NotEditable(f"{' '.join(rest)} behind a key in the schema's text isn't understood")
    if starts(element, place - 2, "CONSTRAINT"):
        place -= 2
    return Edit(element[place - 1].end, element[end - 1].end, "")


def _constraint(element: Sequence[Word], key: Key, structure: Cut) -> str:
    """The key as a constraint of the table."""
    columns = f"{element[0].text}, {quote_identifier(structure.column)}"
    return f"{_named(key, structure)}{' '.join(_kind(key))} ({columns})"


def _named(key: Key, structure: Cut) -> str:
    """The name, where PostgreSQL would choose another one."""
    usual = key.primary and key.name == f"{structure.table.name}_pkey"
    return "" if usual else f"CONSTRAINT {quote_identifier(key.name)} "
