"""The partitions of a table: their names and their bounds. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from optimizer.engines.postgres.structures.naming import object_name
from optimizer.model.names import TableName
from optimizer.model.schema import Column, Schema
from optimizer.model.tables import LIST, RANGE, Partition
from optimizer.queries.quoting import quote_literal

DEFAULT = "DEFAULT"
_ODD = re.compile(r"[\W_]+")
_MIDNIGHT = {"timestamp": " 00:00:00", "timestamptz": " 00:00:00+00", "date": ""}


@dataclass(frozen=True, slots=True)
class Part:
    """A partition: its name, its bound as the catalogs spell it, and as people do."""

    name: TableName
    bound: str
    written: str


def parts(structure: Partition, schema: Schema) -> tuple[Part, ...]:
    """The partitions in the order in which they are made, the default one last."""
    column = schema.by_name[structure.table].by_name[structure.column]
    named = list(_named(structure, column))
    taken = _taken(schema, structure.table)
    prefix = structure.table.name
    while taken & {object_name(prefix, suffix) for suffix, _ in named}:
        prefix += "_part"
    midnight = " 00:00:00'" if structure.method == RANGE else ""
    return tuple(
        Part(
            TableName(structure.table.schema, object_name(prefix, suffix)),
            bound,
            bound.replace(midnight, "'") if midnight else bound,
        )
        for suffix, bound in named
    )


def _named(structure: Partition, column: Column) -> Iterator[tuple[str, str]]:
    if structure.method == RANGE:
        for begin, end in zip(structure.bounds, structure.bounds[1:], strict=False):
            bound = f"FOR VALUES FROM ({_moment(begin, column)}) TO ({_moment(end, column)})"
            yield _period(structure.step, begin), bound
    elif structure.method == LIST:
        suffixes = _suffixes(structure.bounds)
        for suffix, value in zip(suffixes, structure.bounds, strict=True):
            yield suffix, f"FOR VALUES IN ({_value(value, column)})"
    else:
        for number in range(structure.modulus):
            yield f"p{number}", f"FOR VALUES WITH (modulus {structure.modulus}, remainder {number})"
        return
    yield "default", DEFAULT


def _moment(day: str, column: Column) -> str:
    return f"'{day}{_MIDNIGHT[column.type.base]}'"


def _period(step: str, begin: str) -> str:
    """`2025_q1`, `2025_01`, and the first day of a week."""
    day = date.fromisoformat(begin)
    match step:
        case "year":
            return f"{day:%Y}"
        case "quarter":
            return f"{day:%Y}_q{(day.month + 2) // 3}"
        case "month":
            return f"{day:%Y_%m}"
    return f"{day:%Y_%m_%d}"


def _value(value: str, column: Column) -> str:
    """Numbers go without quotes where PostgreSQL prints them so: integers that aren't negative."""
    if column.type.base == "int4" and not value.startswith("-"):
        return value
    return quote_literal(value)


def _suffixes(values: tuple[str, ...]) -> tuple[str, ...]:
    """The values as parts of names; by their places where two would be the same, or one is nothing."""
    words = tuple(_ODD.sub("_", value.lower()).strip("_") for value in values)
    if "" in words or "default" in words or len(set(words)) < len(words):
        return tuple(f"v{place}" for place, _ in enumerate(values, start=1))
    return words


def _taken(schema: Schema, table: TableName) -> set[str]:
    """The names of relations beside the table, as far as they are known."""
    return {one.name for one in schema.relations if one.schema == table.schema}
