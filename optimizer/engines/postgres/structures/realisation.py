"""A structure as PostgreSQL's SQL."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import psycopg

from optimizer.model.names import TableName
from optimizer.model.query import SourceText
from optimizer.model.schema import ForeignKey, Schema
from optimizer.model.structure import Structure

Conversion: TypeAlias = Callable[[psycopg.Connection[Any]], tuple[str, ...]]
"""The statements that change a table as a database has it, with all that hangs on it."""

Edit: TypeAlias = Callable[[SourceText, Sequence[str]], SourceText]
"""The user's own text with a structure in it; beside the text it takes lines of comment."""


@dataclass(frozen=True, slots=True)
class Spread:
    """What an update of a parent's columns makes a trigger look for: the parent's children by a key."""

    parent: TableName
    columns: frozenset[str]
    child: TableName
    key: ForeignKey


@dataclass(frozen=True)
class Realisation:
    """Statements are without semicolons, names in them quoted where that is needed.

    `schema` is what the catalogs say once the structure is there. `edit` changes the user's own text, for
    what only CREATE TABLE can say, and puts lines of comment there; `obstacle` says of a text why that can't
    be done safely (empty: it can). `define` runs after that text, and `readable` where that text grants
    anything. `fill` makes true what is kept, where rows came in while triggers were off; the tables in
    `refilled` are then written anew. The rows of `repacked`, where they were there before it, are stored
    anew as they are. `settle` runs once all keys are there. `policies` are what lets a server that goes on
    living do the like by itself: they are delivered, and never run here. `refresh` brings a
    materialized answer up to date. `disagreements` are queries that give a line of text for each row that
    isn't kept right. `undo` takes away what `define` made. `convert` gives what does to a database with rows
    what `edit` does to the text, before `define`, all in one transaction; `revert` is its inverse. `remarks`
    are lines for people, to stand above what it defines. `for_new_rows`: rows have to come after it, those
    that are there already stay as they lie. `triggered` has, by the table that is written, the tables that
    are written with it; `spread` is what triggers look for in them by a key.
    """

    schema: Schema
    edit: Edit | None = None
    obstacle: Callable[[SourceText], str] | None = None
    define: tuple[str, ...] = ()
    readable: tuple[str, ...] = ()
    fill: tuple[str, ...] = ()
    refilled: frozenset[TableName] = frozenset()
    repacked: frozenset[TableName] = frozenset()
    settle: tuple[str, ...] = ()
    policies: tuple[str, ...] = ()
    refresh: tuple[str, ...] = ()
    disagreements: tuple[str, ...] = ()
    undo: tuple[str, ...] = ()
    convert: Conversion | None = None
    revert: Conversion | None = None
    remarks: tuple[str, ...] = ()
    for_new_rows: bool = False
    triggered: Mapping[TableName, frozenset[TableName]] = field(default_factory=dict)
    spread: tuple[Spread, ...] = ()


Realised: TypeAlias = Sequence[tuple[Structure, Realisation]]
"""Structures in the order in which they are made."""
