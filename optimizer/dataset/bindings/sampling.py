"""Rows of a dataset for looking up: a sample spread over a table's files, and whole columns."""

from __future__ import annotations

import hashlib
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import polars as pl

from optimizer.dataset.dataset import TableRows

SAMPLED_ROWS = 4_000


def rng(*words: object) -> np.random.Generator:
    """A generator of random numbers that depends on nothing but the words."""
    digest = hashlib.blake2b("\x1e".join(map(str, words)).encode(), digest_size=16).digest()
    return np.random.default_rng(int.from_bytes(digest, "little"))


@lru_cache(maxsize=128)
def sample(table: TableRows, columns: tuple[str, ...], seed: int) -> pl.DataFrame:
    """Up to SAMPLED_ROWS rows, each as likely as any other, in the table's order.

    The rows depend on the table and the seed, not on the columns; columns that aren't in the files are
    left out.
    """
    size = min(SAMPLED_ROWS, table.rows)
    chosen = np.sort(rng("sample", table.name, seed).choice(table.rows, size=size, replace=False))
    return pl.concat(_pieces(table, _written(table, columns), chosen))


@lru_cache(maxsize=16)
def whole(table: TableRows, columns: tuple[str, ...]) -> pl.DataFrame:
    """All rows of a few columns."""
    return pl.read_parquet(list(table.files), columns=list(_written(table, columns)))


def _written(table: TableRows, columns: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(column for column in table.columns if column in columns)


def _pieces(table: TableRows, columns: tuple[str, ...], chosen: npt.NDArray[np.int64]) -> list[pl.DataFrame]:
    pieces: list[pl.DataFrame] = []
    first = 0
    for file in table.files:
        rows = pl.scan_parquet(file).select(pl.len()).collect().item()
        here = chosen[(chosen >= first) & (chosen < first + rows)] - first
        if columns:
            pieces.append(pl.read_parquet(file, columns=list(columns))[here])
        first += rows
    return pieces or [pl.DataFrame()]
