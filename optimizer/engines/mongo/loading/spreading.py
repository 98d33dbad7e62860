"""Children put beside their parents: files of children for each part of the parents' rows.

A table that is embedded may be larger than memory: it is read some rows at a time, and these are
written to the parts that their parents are in. Parents are known by hashes of their keys: a row may come to
a part that its parent isn't in, and is left out there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import polars as pl

from optimizer.engines.mongo.loading.slices import Slice, read
from optimizer.model.schema import ForeignKey

_HASH, _PART = "\0hash", "\0part"


@dataclass(frozen=True, slots=True)
class Spread:
    """Some children to be spread into `folder` by the parts of their parents, of `rows` each."""

    slices: tuple[Slice, ...]
    number: int
    columns: tuple[str, ...]
    key: ForeignKey
    parents: tuple[Path, ...]
    rows: int
    folder: Path


def spread(work: Spread) -> None:
    """Write the children's rows to the parts' files; those without a parent's key are left out."""
    work.folder.mkdir(exist_ok=True)
    rows = read(work.slices, work.columns)
    types = tuple(rows.select(work.key.columns).dtypes)
    keys = [
        pl.col(name).alias(number) for name, number in zip(work.key.columns, _numbered(types), strict=True)
    ]
    parents = _parts(work.parents, work.key.referenced, types, work.rows)
    parts = rows.with_columns(_hash(keys)).join(parents, on=_HASH, how="inner", maintain_order="left")
    for (part,), own in parts.partition_by(_PART, as_dict=True).items():
        own.select(work.columns).write_ipc(work.folder / _file_name(int(part), work.number))


def forget() -> None:
    """Let go of the parents' hashes that were kept for the next file."""
    _parts.cache_clear()


def files_of(folder: Path, part: int) -> list[Path]:
    """The files with a part's children, in the order of the children."""
    return sorted(folder.glob(_file_name(part, None)))


def _file_name(part: int, number: int | None) -> str:
    """The name of the file with a part's rows of some children; a pattern of all without a number."""
    if number is None:
        return f"{part:06d}-*.arrow"
    return f"{part:06d}-{number:05d}.arrow"


@lru_cache(maxsize=4)
def _parts(
    files: Sequence[Path], key: Sequence[str], types: Sequence[pl.DataType], rows: int
) -> pl.DataFrame:
    """The part of each parent, by the hash of its key; kept for the next file of the same children."""
    keys = [
        pl.col(name).cast(dtype).alias(number)
        for name, dtype, number in zip(key, types, _numbered(types), strict=True)
    ]
    hashed = pl.scan_parquet(list(files)).select(_hash(keys)).with_row_index(_PART)
    return hashed.with_columns(pl.col(_PART) // rows).unique().collect(engine="streaming")


def _hash(keys: Sequence[pl.Expr]) -> pl.Expr:
    return pl.struct(*keys).hash().alias(_HASH)


def _numbered(types: Sequence[pl.DataType]) -> list[str]:
    return [f"\0{number}" for number in range(len(types))]
