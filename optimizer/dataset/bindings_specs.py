"""Values from a generator's mapping under `params` or `session`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from generators.errors import SpecError
from generators.shape import ColumnShape
from generators.spec import from_spec
from generators.stream import Stream
from optimizer.errors import Position, Problem, WorkloadError
from optimizer.model.schema import Column

_STREAM = "params"


def generated(
    mapping: Mapping[str, Any], name: str, column: Column | None, count: int, seed: int, at: Position | None
) -> list[Any]:
    """`count` values of the generator, in the type of `column`; WorkloadError where it can't be had."""
    shape = ColumnShape(name) if column is None else _shape(name, column)
    try:
        return from_spec(mapping, shape).draw(Stream(seed, _STREAM, name), 0, count).to_list()
    except SpecError as error:
        raise WorkloadError(Problem(f"parameter {name}: {error.message}", at, error.hint)) from error


def _shape(name: str, column: Column) -> ColumnShape:
    kind = column.type
    return ColumnShape(
        name, kind.base, kind.array, kind.length, kind.precision, kind.scale, kind.labels, not_null=True
    )
