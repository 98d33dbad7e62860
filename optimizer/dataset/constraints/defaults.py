"""What a column's default tells of its values."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl
import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from generators.choices import Booleans, Choices
from generators.generator import Block, Blockwise, Generator
from optimizer.dataset.constraints.limits import Value
from optimizer.dataset.constraints.literals import bare, literal
from optimizer.dataset.constraints.types import TEXTS
from optimizer.model.schema import Column

_DEFAULT_SHARE = 0.6
_USUAL_BOOLEAN = 0.85


def constant(column: Column) -> Value | None:
    """The constant that the column's default is; None where there is none, or an expression."""
    if column.default is None:
        return None
    try:
        return literal(sqlglot.parse_one(column.default, dialect="postgres"), column.type)
    except SqlglotError:
        return None


def rarely_null(column: Column) -> bool:
    """True where a row has a value unless somebody takes it away: by NOT NULL, or by a default."""
    if column.not_null or column.default is None:
        return column.not_null
    try:
        return not isinstance(bare(sqlglot.parse_one(column.default, dialect="postgres")), exp.Null)
    except SqlglotError:
        return True


def booleans(column: Column) -> Generator:
    """True or false, more often what the default says."""
    usual = constant(column)
    if usual is None:
        return Booleans(0.5)
    return Booleans(_USUAL_BOOLEAN if usual else 1 - _USUAL_BOOLEAN)


def choices(options: tuple[Value | int, ...], column: Column) -> Generator:
    """One of the options; the default more often than all others together, these less and less often."""
    usual = constant(column)
    if usual not in options or len(options) == 1:
        return Choices(options)
    weights = [1 / (place + 2) for place in range(len(options))]
    others = sum(weight for weight, option in zip(weights, options, strict=True) if option != usual)
    share = (1 - _DEFAULT_SHARE) / others
    drawn = (
        _DEFAULT_SHARE if option == usual else round(weight * share, 6)
        for weight, option in zip(weights, options, strict=True)
    )
    return Choices(options, tuple(drawn))


def usually(column: Column, others: Generator, *, unique: bool) -> Generator:
    """The text that is the column's default, and in a smaller part of the rows other values."""
    value = constant(column)
    wanted = column.type.base in TEXTS and not column.type.array and isinstance(value, str)
    return Usually(value, others) if wanted and value and not unique else others


@dataclass(frozen=True, slots=True)
class Usually(Blockwise):
    """One value in most rows, those of another generator in the rest."""

    value: Value
    others: Generator

    def values(self, block: Block) -> pl.Series:
        drawn = block.of(self.others, "others")
        usual = pl.Series([self.value], dtype=drawn.dtype).new_from_index(0, block.rows)
        return usual.zip_with(pl.Series(block.rng.random(block.rows) < _DEFAULT_SHARE), drawn)
