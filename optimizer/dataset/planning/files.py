"""The user's own rows: Parquet or CSV files, columns by name."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import polars as pl
from polars.exceptions import PolarsError


class UnreadableFile(ValueError):
    """A file of rows that is missing, or is neither Parquet nor CSV; the text says which."""


@dataclass(frozen=True)
class FileRows:
    """A file as it is on disk: its rows, its columns with their types, and the SHA-256 of its bytes."""

    path: Path
    rows: int
    columns: tuple[tuple[str, pl.DataType], ...]
    digest: str
    texts: tuple[str, ...] = ()

    def scan(self) -> pl.LazyFrame:
        """The rows, not yet read."""
        return _scan(self.path, self.texts)


def inspect(path: Path, texts: Iterable[str] = ()) -> FileRows:
    """What stands in a file; UnreadableFile where that can't be told.

    `texts` names columns that a CSV file holds as text, whatever they look like (`00123`).
    """
    kept = tuple(texts)
    try:
        digest = _digest(path)
        frame = _scan(path, kept)
        columns = tuple((name, kind) for name, kind in frame.collect_schema().items())
        rows = int(frame.select(pl.len()).collect().item())
    except (OSError, UnicodeDecodeError, csv.Error, PolarsError) as error:
        raise UnreadableFile(_reason(path, error)) from error
    return FileRows(path, rows, columns, digest, kept)


def _scan(path: Path, texts: tuple[str, ...]) -> pl.LazyFrame:
    if path.suffix.lower() in (".parquet", ".pq"):
        return pl.scan_parquet(path)
    with path.open(encoding="utf-8") as file:
        header = next(csv.reader(file), [])
    overrides = {name: pl.String() for name in texts if name in header}
    return pl.scan_csv(path, infer_schema_length=None, try_parse_dates=True, schema_overrides=overrides)


def _reason(path: Path, error: Exception) -> str:
    if isinstance(error, FileNotFoundError):
        return f"the file {path.name} does not exist"
    if isinstance(error, OSError):
        return f"the file {path.name} can't be read: {error.strerror or error}"
    return f"the file {path.name} is neither Parquet nor CSV with a header: {str(error).splitlines()[0]}"


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
