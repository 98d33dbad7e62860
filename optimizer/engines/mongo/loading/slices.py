"""Rows of a dataset's table in parts that fit into memory. Reads Parquet, nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

import polars as pl


@dataclass(frozen=True, slots=True)
class Slice:
    """`rows` rows of a file, from row `first` (0-based) on."""

    file: Path
    first: int
    rows: int


def cut(files: Sequence[Path], heights: Sequence[int], rows: int) -> tuple[tuple[Slice, ...], ...]:
    """All rows of the files, in order, so many at a time; what is left over is the last part."""
    begins = [0, *accumulate(heights)]
    return tuple(
        tuple(_within(files, begins, first, min(first + rows, begins[-1])))
        for first in range(0, begins[-1], rows)
    )


def read(slices: Iterable[Slice], columns: Sequence[str]) -> pl.DataFrame:
    """The rows of the slices, one after another."""
    return pl.concat(
        pl.scan_parquet(part.file).select(columns).slice(part.first, part.rows) for part in slices
    ).collect()


def height(file: Path) -> int:
    """The number of rows of a file."""
    return int(pl.scan_parquet(file).select(pl.len()).collect().item())


def _within(files: Sequence[Path], begins: Sequence[int], first: int, last: int) -> Iterator[Slice]:
    for file, begin, end in zip(files, begins[:-1], begins[1:], strict=True):
        lower, upper = max(first, begin), min(last, end)
        if lower < upper:
            yield Slice(file, lower - begin, upper - lower)
