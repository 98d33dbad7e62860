"""Chooses the generator of a plain column: by what the user says, by its limits, by its name and type."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from generators import names
from generators.choices import Choices
from generators.constant import Sequence
from generators.distinct import distinct
from generators.generator import Generator
from generators.names import infer
from generators.nullable import Nullable
from generators.number_names import boolean
from generators.python_values import text_of
from generators.shape import ColumnShape
from generators.spec import from_spec
from optimizer.dataset.constraints.bounds import bounds
from optimizer.dataset.constraints.capacity import Option, options
from optimizer.dataset.constraints.defaults import booleans, choices, constant, rarely_null, usually
from optimizer.dataset.constraints.distinct import Digits, Mapped
from optimizer.dataset.constraints.fitting import fitted
from optimizer.dataset.constraints.limits import Limits
from optimizer.dataset.constraints.literals import NUMBERS, value_of
from optimizer.dataset.constraints.types import INTEGERS
from optimizer.model.schema import Column


@dataclass(frozen=True)
class Wish:
    """A column to be filled: `rows` values, all different if `unique`; `spec` is the user's mapping.

    `digits` picks among the column's finitely many values where they make a combination that is unique.
    """

    column: Column
    rows: int
    table: str
    limits: Limits
    unique: bool = False
    spec: Mapping[str, Any] | None = None
    digits: Digits | None = None


def generator(wish: Wish) -> Generator:
    """The generator; SpecError where the user's mapping, or the type, can't be made into one."""
    if wish.spec is not None and set(wish.spec) != {"nulls"}:
        return from_spec(wish.spec, shape(wish, not_null=wish.column.not_null))
    if wish.spec is not None:
        return with_nulls(_made(wish, not_null=True), float(wish.spec["nulls"]))
    return _made(wish, not_null=rarely_null(wish.column))


def shape(wish: Wish, *, not_null: bool) -> ColumnShape:
    """What the generators need to know of a column."""
    column, kind = wish.column, wish.column.type
    lengths = [n for n in (kind.length, wish.limits.max_length) if n is not None]
    ends = bounds(wish.limits, kind) if kind.base in NUMBERS else None
    return ColumnShape(
        name=column.name,
        base=kind.base,
        array=kind.array,
        length=min(lengths, default=None),
        precision=kind.precision,
        scale=kind.scale,
        labels=kind.labels,
        not_null=not_null,
        unique=wish.unique,
        rows=wish.rows,
        table=wish.table,
        low=None if ends is None or ends.low is None else float(ends.low),
        high=None if ends is None or ends.high is None else float(ends.high),
    )


def null_share(wish: Wish) -> float:
    """The share of nulls that the user gives, or that the column's name and type suggest."""
    if wish.spec is not None and "nulls" in wish.spec:
        return float(wish.spec["nulls"])
    return names.null_share(shape(wish, not_null=rarely_null(wish.column)))


def chosen(column: Column, spec: Mapping[str, Any]) -> Limits:
    """The user's own choices as a limit; none where there are none, or some aren't of the column's type."""
    listed = spec.get("choices")
    if not isinstance(listed, Mapping | list) or not listed or column.type.array:
        return Limits()
    values = [value_of(text_of(value), column.type) for value in listed]
    if any(value is None for value in values):
        return Limits()
    return Limits(choices=tuple(value for value in values if value is not None))


def with_nulls(made: Generator, share: float) -> Generator:
    """The generator with a share of its values null."""
    return Nullable(made, share) if share else made


def _made(wish: Wish, *, not_null: bool) -> Generator:
    listed = options(wish.column, wish.limits)
    if wish.digits is not None and listed is not None:
        return Mapped(listed, wish.digits)
    if wish.column.identity or (wish.unique and _counting_key(wish.column)):
        return Sequence()
    few = listed if wish.unique else _few(wish)
    if few is None:
        made = usually(wish.column, infer(shape(wish, not_null=not_null)), unique=wish.unique)
        return fitted(made, wish.column, wish.limits, wish.rows, unique=wish.unique)
    if wish.unique:
        return distinct(few, wish.rows)
    return with_nulls(_weighted(few, wish, not_null=not_null), 0.0 if not_null else names.NULLS)


def _counting_key(column: Column) -> bool:
    return column.type.base in INTEGERS and column.name == "id" and not column.type.array


def _few(wish: Wish) -> tuple[Option, ...] | None:
    """All values of a column that is a choice by itself, not a mere range of numbers."""
    listed = options(wish.column, wish.limits)
    chosen = wish.limits.choices is not None or wish.column.type.base not in INTEGERS
    return listed if chosen else None


def _weighted(few: tuple[Option, ...], wish: Wish, *, not_null: bool) -> Generator:
    """By the default, or by what the names of column and options suggest."""
    column = wish.column
    described = shape(wish, not_null=not_null)
    if column.type.base == "bool" and len(few) == 2:
        return boolean(described) if constant(column) is None else booleans(column)
    if all(isinstance(option, str) for option in few):
        named = names.labelled(replace(described, labels=tuple(str(option) for option in few), unique=False))
        if isinstance(named, Choices) and len(set(named.weights)) > 1:
            return named
    return choices(few, column)
