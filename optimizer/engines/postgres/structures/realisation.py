"""A structure as PostgreSQL's SQL."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from optimizer.model.names import TableName
from optimizer.model.query import SourceText
from optimizer.model.schema import Schema
from optimizer.model.structure import Structure


@dataclass(frozen=True)
class Realisation:
    """Statements are without semicolons, names in them quoted where that is needed.

    `schema` is what the catalogs say once the structure is there. `edit` changes the user's own text, for
    what only CREATE TABLE can say, and puts lines of comment there; `define` runs after that text. `fill`
    makes true what is kept, where rows came in while triggers were off; the tables in `refilled` are then
    written anew. `refresh` brings a materialized answer up to date. `disagreements` are queries that give a
    line of text for each row that isn't kept right. `undo` takes away what `define` made. `triggered` has,
    by the table that is written, the tables that are written with it.
    """

    schema: Schema
    edit: Callable[[SourceText, Sequence[str]], SourceText] | None = None
    define: tuple[str, ...] = ()
    fill: tuple[str, ...] = ()
    refilled: frozenset[TableName] = frozenset()
    refresh: tuple[str, ...] = ()
    disagreements: tuple[str, ...] = ()
    undo: tuple[str, ...] = ()
    triggered: Mapping[TableName, frozenset[TableName]] = field(default_factory=dict)


Realised: TypeAlias = Sequence[tuple[Structure, Realisation]]
"""Structures in the order in which they are made."""
