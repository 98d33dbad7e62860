"""Whether a file of the user's rows fits its table."""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path

import polars as pl
from polars.exceptions import PolarsError

from optimizer.dataset.constraints.conversion import converted
from optimizer.dataset.constraints.types import dtype
from optimizer.dataset.planning.files import FileRows, UnreadableFile, inspect
from optimizer.dataset.planning.recipes import ColumnPlan
from optimizer.errors import Position, Problem
from optimizer.model.schema import Column, Table


def read_file(
    table: Table, path: Path, position: Position | None
) -> tuple[FileRows | None, tuple[Problem, ...]]:
    """The file and every way in which it doesn't fit; None where it can't be read at all."""
    try:
        file = inspect(path, (c.name for c in table.columns if dtype(c.type) == pl.String))
    except UnreadableFile as error:
        return None, (Problem(f"volumes: {table.name}: {error}", position),)
    messages = [*_unknown(table, file), *_missing(table, file), *_wrong(table, file)]
    where = f"volumes: {table.name}: {path.name}"
    return file, tuple(Problem(f"{where} {text}", position, hint) for text, hint in messages)


def as_wanted(file: FileRows, column: Column | ColumnPlan) -> pl.Expr:
    """A column that the file has, in the type that is wanted; fails on values that don't fit."""
    return converted(pl.col(column.name), dict(file.columns)[column.name], dtype(column.type))


Message = tuple[str, str | None]


def _unknown(table: Table, file: FileRows) -> list[Message]:
    written = [column.name for column in table.columns if not column.generated]
    messages: list[Message] = []
    for name, _ in file.columns:
        if name not in written:
            near = get_close_matches(name, written, n=1)
            hint = f"did you mean {near[0]}?" if near else f"leave it out; there are: {', '.join(written)}"
            messages.append((f"has a column {name} that the table hasn't", hint))
    return messages


def _missing(table: Table, file: FileRows) -> list[Message]:
    present = {name for name, _ in file.columns}
    return [
        (f"lacks the column {column.name}, which can't be null", None)
        for column in table.columns
        if column.name not in present and column.not_null and not (column.generated or column.identity)
    ]


def _wrong(table: Table, file: FileRows) -> list[Message]:
    messages: list[Message] = []
    for name, kind in file.columns:
        column = table.by_name.get(name)
        if column is None:
            continue
        text = f"has {kind} values in {name} that are no {column.type.sql}"
        try:
            nulls = file.scan().select(as_wanted(file, column).is_null().any()).collect().item()
        except PolarsError:
            messages.append((text, None))
            continue
        if nulls and column.not_null:
            messages.append((f"has nulls in {name}, which can't be null", None))
    return messages
