"""Combinations of values that no row has yet, for keys over several columns."""

from __future__ import annotations

import polars as pl

from optimizer.dataset.bindings.sampling import whole
from optimizer.dataset.dataset import TableRows

_ROUNDS = 20


def absent_pairs(table: TableRows, columns: tuple[str, ...], drawn: pl.DataFrame, seed: int) -> pl.DataFrame:
    """`drawn` with the last of `columns` shuffled among its rows until no row of the table has the same.

    After 20 rounds what still collides stays as it is.
    """
    names = list(columns)
    if not drawn.height or any(name not in drawn.columns or name not in table.columns for name in names):
        return drawn
    held = whole(table, columns).select(names).unique()
    pairs = drawn.select(names)
    for attempt in range(_ROUNDS):
        taken = _taken(pairs, held)
        if not taken.any():
            break
        last = pairs[names[-1]].sample(fraction=1.0, shuffle=True, seed=seed + attempt)
        mixed = pairs.with_columns(last.alias(names[-1]))
        pairs = pl.select(
            *(pl.when(taken).then(mixed[name]).otherwise(pairs[name]).alias(name) for name in names)
        )
    return drawn.with_columns(pairs[name] for name in names)


def _taken(pairs: pl.DataFrame, held: pl.DataFrame) -> pl.Series:
    """True for each pair that a row has, or that stands above already."""
    names = pairs.columns
    marked = pairs.join(
        held.with_columns(pl.lit(True).alias("held")), on=names, how="left", maintain_order="left"
    )
    return marked["held"].fill_null(False) | ~pairs.select(pl.struct(names).is_first_distinct()).to_series()
