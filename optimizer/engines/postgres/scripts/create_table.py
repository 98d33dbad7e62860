"""CREATE TABLE statements taken apart, so that they can be changed where they stand. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from optimizer.engines.postgres.scripts.script import Statement
from optimizer.engines.postgres.scripts.words import Edit, Word, closing, parted, starts, words_of
from optimizer.model.names import TableName
from optimizer.model.schema import Schema

_SEMICOLON = re.compile(r"(?:\s|--[^\n]*\n|/\*.*?\*/)*;[^\S\n]*(?:--[^\n]*)?\n?", re.DOTALL)
_CONSTRAINT_WORDS = frozenset({"CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN", "EXCLUDE", "LIKE"})


class NotEditable(ValueError):
    """The text can't be changed safely; the message says what stands in the way."""


@dataclass(frozen=True)
class CreateTable:
    """A CREATE TABLE with columns: `spelled` is the table's name as it stands there, `elements` are its
    columns and constraints, `opening` and `closing` the places of their parentheses."""

    statement: Statement
    words: tuple[Word, ...]
    spelled: tuple[Word, ...]
    opening: int
    closing: int

    @property
    def elements(self) -> tuple[tuple[Word, ...], ...]:
        """The words of each column and of each constraint of the table."""
        return tuple(parted(self.words[self.opening + 1 : self.closing]))

    @property
    def tail(self) -> tuple[Word, ...]:
        """What follows the columns."""
        return self.words[self.closing + 1 :]

    @property
    def modifiers(self) -> tuple[Word, ...]:
        """What stands between CREATE and TABLE."""
        place = next(place for place, word in enumerate(self.words) if word.upper == "TABLE")
        return self.words[1:place]

    def column(self, name: str) -> tuple[Word, ...] | None:
        """The words of a column's definition."""
        own = (element for element in self.elements if not is_constraint(element))
        return next((element for element in own if element[0].name == name), None)


def is_constraint(element: Sequence[Word]) -> bool:
    """True for a constraint of the table; a column of such a name has to be quoted."""
    return element[0].upper in _CONSTRAINT_WORDS


def created(script: Sequence[Statement], table: TableName, schema: Schema) -> CreateTable:
    """The statement that makes a table; NotEditable where there is none, or several."""
    found = [one for one in map(_create_table, script) if one and names_table(one.spelled, table, schema)]
    if len(found) != 1:
        how = "no CREATE TABLE makes it" if not found else "several statements make it"
        raise NotEditable(f"{how} in the schema's text")
    return found[0]


def names_table(spelled: Sequence[Word], table: TableName, schema: Schema) -> bool:
    """True where these words (`shop`, `.`, `orders`) name the table.

    NotEditable where they have no schema, and tables of several schemas are so named.
    """
    if not spelled or spelled[-1].name != table.name:
        return False
    if len(spelled) > 1:
        return spelled[0].name == table.schema
    if sum(other.name.name == table.name for other in schema.tables) > 1:
        raise NotEditable(
            f"several tables are named {table.name}, and the text doesn't say whose one is meant"
        )
    return True


def table_name(words: Sequence[Word], at: int) -> tuple[Word, ...]:
    """The words of the name at a place: one, or three with its schema."""
    with_schema = len(words) > at + 2 and words[at + 1].text == "."
    return tuple(words[at : at + (3 if with_schema else 1)])


def about(script: Sequence[Statement], table: TableName, schema: Schema) -> Iterator[tuple[Word, ...]]:
    """The words of each ALTER TABLE of a table."""
    for statement in script:
        if statement.starts("ALTER", "TABLE"):
            words = words_of(statement)
            if names_table(altered(words)[0], table, schema):
                yield words


def altered(words: Sequence[Word]) -> tuple[tuple[Word, ...], Word | None, tuple[Word, ...]]:
    """Of an ALTER TABLE: the table's name, the word ONLY where it stands there, and the actions."""
    at = 4 if starts(words, 2, "IF", "EXISTS") else 2
    only = words[at] if starts(words, at, "ONLY") else None
    at += only is not None
    name = table_name(words, at)
    at += len(name)
    at += starts(words, at, "*")
    return name, only, tuple(words[at:])


def more_elements(text: str, table: CreateTable, elements: Sequence[str]) -> Edit:
    """More elements at the end of the list, on lines of their own where the others have some."""
    last, parenthesis = table.words[table.closing - 1], table.words[table.closing]
    between = text[last.end : parenthesis.start]
    if "\n" not in between:
        return Edit(last.end, last.end, "".join(f", {element}" for element in elements))
    first = table.words[table.opening + 1]
    indent = re.search(r"[ \t]*\Z", text[: first.start])
    separator = f"\n{indent[0] if indent else ''}"
    kept = between.rstrip()
    return Edit(last.end, last.end + len(kept), f",{kept}{separator}{f',{separator}'.join(elements)}")


def end_of(text: str, statement: Statement) -> int:
    """Where the line begins that follows a statement, its semicolon and a comment beside it."""
    end = statement.offset + len(statement.text)
    semicolon = _SEMICOLON.match(text, end)
    return semicolon.end() if semicolon else end


def _create_table(statement: Statement) -> CreateTable | None:
    if statement.words[:1] != ("CREATE",):
        return None
    words = words_of(statement)
    place = next((n for n, word in enumerate(words[:4]) if word.upper == "TABLE"), None)
    if place is None or not all(word.name for word in words[1:place]):
        return None
    at = place + 1 + 3 * starts(words, place + 1, "IF", "NOT", "EXISTS")
    name = table_name(words, at)
    at += len(name)
    if at >= len(words) or words[at].text != "(":
        return None
    return CreateTable(statement, words, name, at, closing(words, at))
