"""Values from a generator's mapping under `params` or `session`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import polars as pl

from generators.errors import SpecError
from generators.shape import ColumnShape
from generators.spec import from_spec
from generators.stream import Stream
from optimizer.errors import Position, Problem, WorkloadError
from optimizer.model.schema import Column
from optimizer.queries.facts import ParameterUse

_STREAM = "params"
_EITHER = ("choices", "constant", "value")
"""The kinds that give lists where lists are what they are given."""
_LISTS = frozenset({"array", "generator"})
_LONGEST = 8
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

    `use` says what of the column the values stand for: the whole of it, or an element, a bound, a member. For
    a list (`= ANY(:p)`) the generator makes its elements, unless it makes arrays itself.
    """
    shape = ColumnShape(name) if column is None else _part(_shape(name, column), mapping, use)
    if use is not None and use.many and not shape.array:
        mapping, shape = _listed(mapping), replace(shape, array=True)
    try:
        return from_spec(mapping, shape).draw(Stream(seed, _STREAM, name), 0, count).to_list()
    except SpecError as error:
        raise WorkloadError(Problem(f"parameter {name}: {error.message}", at, error.hint)) from error
    except pl.exceptions.PolarsError as error:
        what = f"{'a list' if shape.array else 'a value'} of type {shape.base}"
        told = str(error).splitlines()[0]
        raise WorkloadError(
            Problem(f"parameter {name}: its generator doesn't give {what}: {told}", at)
        ) from error


def _listed(mapping: Mapping[str, Any]) -> Mapping[str, Any]:
    """A generator of lists: the mapping itself where it is one, else one whose elements it makes."""
    given = next((mapping[kind] for kind in _EITHER if kind in mapping), None)
    are_lists = isinstance(given, list) and (
        "choices" not in mapping or all(isinstance(g, list) for g in given)
    )
    if are_lists or not mapping.keys().isdisjoint(_LISTS):
        return mapping
    return {"array": {"of": dict(mapping), "min": 1, "max": _LONGEST}}


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
