"""Schemas and workloads in a few words, for tests that need no server."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from optimizer.dataset.making.rows import Rows
from optimizer.dataset.planning.plan import plan
from optimizer.dataset.planning.recipes import DatasetPlan
from optimizer.errors import Position
from optimizer.model.names import TableName
from optimizer.model.query import SourceText
from optimizer.model.schema import Check, Column, ColumnType, ForeignKey, Key, Schema, Table, TableKind
from optimizer.model.workload import ColumnData, Volume, Workload

_COLUMN = re.compile(r"(\w+) (\w+)(?:\((\d+)(?:,(\d+))?\))?(\[\])?(!?)(?: = (.*))?")
_REFERENCE = re.compile(r"([\w, ]+) -> (\w+)\(([\w, ]+)\)")


def name(text: str) -> TableName:
    return TableName("public", text)


def column(text: str) -> Column:
    """`price numeric(10,2)! = 0`: name, type, `!` for NOT NULL, default."""
    match = _COLUMN.fullmatch(text)
    assert match, text
    label, base, first, second, array, not_null, default = match.groups()
    size = int(first) if first else None
    numeric = base == "numeric"
    kind = ColumnType(
        sql=base,
        base=base,
        array=bool(array),
        length=None if numeric else size,
        precision=size if numeric else None,
        scale=int(second or 0) if numeric and size else None,
    )
    identity = default == "identity"
    return Column(label, kind, bool(not_null), None if identity else default, identity=identity)


def table(
    label: str,
    *columns: str,
    keys: Sequence[str] = (),
    references: Sequence[str] = (),
    checks: Sequence[str] = (),
    partition: tuple[str, tuple[str, ...]] | None = None,
) -> Table:
    """Keys are `a, b` or `a WHERE p`, the first one being primary; references `a, b -> t(c, d)`."""
    found = [_REFERENCE.fullmatch(text) for text in references]
    return Table(
        name(label),
        tuple(column(text) for text in columns),
        tuple(_key(text, place) for place, text in enumerate(keys)),
        tuple(
            ForeignKey(f"{label}_{m[1]}", _names(m[1]), name(m[2]), _names(m[3]))
            for m in found
            if m is not None
        ),
        tuple(Check(f"{label}_{place}", text, ()) for place, text in enumerate(checks)),
        kind=TableKind.PARTITIONED if partition else TableKind.PLAIN,
        partition_key=(partition[0],) if partition else (),
        partition_bounds=partition[1] if partition else (),
    )


def _key(text: str, place: int) -> Key:
    columns, _, where = text.partition(" WHERE ")
    return Key(f"key_{place}", _names(columns), primary=place == 0, where=where or None)


def _names(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(","))


def workload(
    volumes: Mapping[str, Any], data: Mapping[str, Mapping[str, Any]] | None = None, seed: int = 42
) -> Workload:
    """Volumes as in the file; the n-th stands in line n, the n-th entry of data in line 100 + n."""
    return Workload(
        name="made-up",
        path=Path("made-up.yaml"),
        ddl=SourceText("", "made-up.sql"),
        queries=(),
        volumes=tuple(_volume(t, v, line) for line, (t, v) in enumerate(volumes.items(), 1)),
        text_digest="",
        seed=seed,
        data=tuple(
            ColumnData(
                column.split(".")[0], column.split(".")[1], spec, Position("made-up.yaml", 100 + line, 3)
            )
            for line, (column, spec) in enumerate((data or {}).items(), 1)
        ),
    )


def _volume(label: str, value: Any, line: int) -> Volume:
    position = Position("made-up.yaml", line, 3)
    if isinstance(value, int):
        return Volume(label, rows=value, position=position)
    if isinstance(value, Path):
        return Volume(label, file=value, position=position)
    return Volume(label, per=value[0], mean=value[1], skew=(*value, "none")[2], position=position)


def planned(tables: Sequence[Table], volumes: Mapping[str, Any], **more: Any) -> DatasetPlan:
    return plan(Schema(tuple(tables)), workload(volumes, **more))


def frames(made: DatasetPlan) -> dict[str, pl.DataFrame]:
    """All rows of all tables."""
    rows = Rows(made)
    return {table.name.name: rows.frame(table.name, 0, table.rows) for table in made.tables}


def rows_of(tables: Sequence[Table], volumes: Mapping[str, Any], **more: Any) -> dict[str, pl.DataFrame]:
    return frames(planned(tables, volumes, **more))
