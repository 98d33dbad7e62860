"""A table whose columns stand in another order: the user's own CREATE TABLE is changed. Pure.

An element of the list takes along what is said of it: the lines of comment above it, and the comment beside
it. Constraints of the table stay where they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from optimizer.engines.postgres.scripts.create_table import CreateTable, NotEditable, created, is_constraint
from optimizer.engines.postgres.scripts.script import statements
from optimizer.engines.postgres.scripts.words import Edit, Word, edited
from optimizer.engines.postgres.structures.column_conversion import reordered
from optimizer.engines.postgres.structures.order_obstacles import obstacles
from optimizer.engines.postgres.structures.realisation import Realisation
from optimizer.model.query import SourceText
from optimizer.model.schema import Schema
from optimizer.model.tables import ColumnOrder

NOTE = "Columns in the order of their alignment, which leaves no room between them"
_BESIDE = re.compile(r"[^\S\n]*(?:--[^\n]*|/\*[^\n]*?\*/)?[^\S\n]*(?=\n)")


@dataclass(frozen=True, slots=True)
class _Element:
    """A column or a constraint of CREATE TABLE: the text before it, itself, and the comment beside it."""

    before: str
    text: str
    beside: str


def column_order(structure: ColumnOrder, schema: Schema) -> Realisation:
    """See Realisation. Constraints that stand in a column's definition are listed in another order then."""
    table = schema.by_name[structure.table]
    changed = replace(table, columns=tuple(table.by_name[name] for name in structure.columns))
    return Realisation(
        schema=schema.with_changed(changed),
        edit=partial(edit, structure, schema),
        obstacle=partial(obstacle, structure, schema),
        convert=partial(reordered, structure.table, structure.columns),
        revert=partial(reordered, structure.table, tuple(table.by_name)),
    )


def obstacle(structure: ColumnOrder, schema: Schema, source: SourceText) -> str:
    """Why the columns can't be put in order in the user's own text; empty where they can."""
    try:
        _editable(structure, schema, source)
    except NotEditable as error:
        return str(error)
    return ""


def edit(structure: ColumnOrder, schema: Schema, source: SourceText, comments: Sequence[str]) -> SourceText:
    """The text with the columns in order; NotEditable where it can't be changed safely."""
    table = _editable(structure, schema, source)
    begin, end = table.words[table.opening].end, table.words[table.closing].start
    elements, rest = _elements(source.text, table)
    text = _written(_in_order(elements, table, structure), rest)
    lines = "".join(f"-- {line}\n" for line in (NOTE, *comments))
    edits = [
        Edit(table.statement.offset, table.statement.offset, lines),
        Edit(begin, end, text),
    ]
    return SourceText(edited(source.text, edits), source.file)


def _editable(structure: ColumnOrder, schema: Schema, source: SourceText) -> CreateTable:
    script = statements(source)
    table = created(script, structure.table, schema)
    for reason in obstacles(script, table, structure, schema):
        raise NotEditable(reason)
    return table


def _elements(text: str, table: CreateTable) -> tuple[list[_Element], str]:
    """The elements of the list, and the text between the last one and the parenthesis."""
    at, stop = table.words[table.opening].end, table.words[table.closing].start
    found = []
    for words, comma in zip(table.elements, (*_commas(table), None), strict=True):
        begin, end = words[0].start, words[-1].end
        after = comma.end if comma else end
        beside = _BESIDE.match(text, after, stop)
        rest = beside.end() if beside else after
        said = text[end : comma.start if comma else end] + text[after:rest]
        found.append(_Element(text[at:begin], text[begin:end], said.strip()))
        at = rest
    return found, text[at:stop]


def _commas(table: CreateTable) -> tuple[Word, ...]:
    """The commas between the elements: each stands right before one."""
    starts = {words[0].start for words in table.elements[1:]}
    pairs = zip(table.words, table.words[1:], strict=False)
    return tuple(word for word, following in pairs if following.start in starts and word.text == ",")


def _in_order(elements: Sequence[_Element], table: CreateTable, structure: ColumnOrder) -> Iterator[_Element]:
    """The elements with the columns in order; blanks before an element belong to the place."""
    named: Mapping[str, _Element] = {
        words[0].name: element for words, element in zip(table.elements, elements, strict=True)
    }
    columns = iter(structure.columns)
    for words, place in zip(table.elements, elements, strict=True):
        if is_constraint(words):
            yield place
            continue
        element = named[next(columns)]
        blank = re.search(r"\n?[^\S\n]*\Z", place.before)
        yield element if element.before.strip() else replace(element, before=blank[0] if blank else " ")


def _written(elements: Iterator[_Element], rest: str) -> str:
    parts: list[str] = []
    every = list(elements)
    for number, element in enumerate(every, start=1):
        parts += [_below(parts, element.before), element.text, "," if number < len(every) else ""]
        parts += [f" {element.beside}"] if element.beside else []
    return "".join((*parts, _below(parts, rest)))


def _below(parts: Sequence[str], text: str) -> str:
    """The text, on a line of its own where what stands before it is a comment to the end of its line."""
    beside = "--" in parts[-1] if parts else False
    return text if not beside or text.lstrip(" \t").startswith("\n") else f"\n{text}"
