"""Values from a generator's mapping under `params` or `session`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from generators.errors import SpecError
from generators.shape import ColumnShape
from generators.spec import from_spec
from generators.stream import Stream
from optimizer.errors import Position, Problem, WorkloadError
from optimizer.model.schema import Column
from optimizer.queries.facts import ParameterUse

_STREAM = "params"
_BOUNDS = {
    "int4range": "int4",
    "int8range": "int8",
    "numrange": "numeric",
    "daterange": "date",
    "tsrange": "timestamp",
    "tstzrange": "timestamptz",
}


def generated(
    mapping: Mapping[str, Any],
    name: str,
    column: Column | None,
    count: int,
    seed: int,
    at: Position | None,
    use: ParameterUse | None = None,
) -> list[Any]:
    """`count` values of the generator, in the type of `column`; WorkloadError where it can't be had.

    `use` says what of the column the values stand for: the whole of it, or an element, a bound, a member.
    """
    shape = ColumnShape(name) if column is None else _part(_shape(name, column), mapping, use)
    try:
        return from_spec(mapping, shape).draw(Stream(seed, _STREAM, name), 0, count).to_list()
    except SpecError as error:
        raise WorkloadError(Problem(f"parameter {name}: {error.message}", at, error.hint)) from error


def _shape(name: str, column: Column) -> ColumnShape:
    kind = column.type
    return ColumnShape(
        name, kind.base, kind.array, kind.length, kind.precision, kind.scale, kind.labels, not_null=True
    )


def _part(shape: ColumnShape, mapping: Mapping[str, Any], use: ParameterUse | None) -> ColumnShape:
    """The shape of what is compared: an array's element, a range's bound, a document's member."""
    if use is None:
        return shape
    if use.expression is not None or use.path or use.role == "key":
        return ColumnShape(shape.name)
    if shape.array and use.role == "element" and not use.many:
        return replace(shape, array=False)
    if shape.base in _BOUNDS and use.role in ("element", "low", "high") and "range" not in mapping:
        return replace(shape, base=_BOUNDS[shape.base])
    return shape
