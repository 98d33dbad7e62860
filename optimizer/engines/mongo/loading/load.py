"""Filling the collections of a layout from a dataset."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl
from pymongo.database import Database
from pymongo.errors import BulkWriteError

from optimizer.dataset.dataset import Dataset, TableRows
from optimizer.design.documents.layout import Layout
from optimizer.engines.mongo.failures import guarded, refusal
from optimizer.engines.mongo.loading.filling import Target
from optimizer.engines.mongo.loading.parts import PART_ROWS, Part, Work, work
from optimizer.engines.mongo.loading.workers import SMALL_ROWS, WORKERS, Workers
from optimizer.engines.values import Progress
from optimizer.errors import Problem, WorkloadError
from optimizer.model.names import TableName

_SPREAD = 0.1  # of a load's time, about


def load(
    database: Database[Any],
    uri: str,
    layout: Layout,
    dataset: Dataset,
    progress: Progress,
    only: frozenset[str] | None = None,
    *,
    processes: bool | None = None,
    part_rows: int = PART_ROWS,
) -> tuple[tuple[TableName, int], ...]:
    """Fill the collections of the layout, or those named in `only`, and give the rows of each table in them.

    The collections are there and empty. Validators are passed over. Documents stand in the dataset's order,
    but for what several workers do at the same time. On return everything is on the disk. `processes` says
    whether these are processes; None: by the number of rows.
    WorkloadError where documents are refused, MeasurementLost where the server is lost, ValueError where an
    embedded row has no parent, or a value can't be stored.
    """
    loaded = [table for table in dataset.tables if only is None or layout.home(table.name).collection in only]
    _check_homes(layout, loaded)
    homes = [table.name for table in loaded if not layout.home(table.name).embedded]
    total = sum(table.rows for table in loaded)
    apart = total >= SMALL_ROWS if processes is None else processes
    target = Target(uri, database.name, layout, dataset)
    with TemporaryDirectory(prefix="schema-optimizer-") as folder:
        todo = work(layout, dataset, homes, Path(folder), part_rows)
        with guarded(), _refusals(), Workers(target, database, WORKERS, processes=apart) as workers:
            _fill(workers, todo, progress)
            progress("writing to the disk", 1.0)
            database.client.admin.command("fsync")
    return tuple((table.name, table.rows) for table in loaded)


def _check_homes(layout: Layout, tables: Sequence[TableRows]) -> None:
    """An embedded row lives in its parent's document; ValueError where it has no parent."""
    for table in tables:
        embed = layout.embed_of(table.name)
        columns = [] if embed is None else layout.key(table.name, embed.key).columns
        for file in table.files if columns else ():
            missing = pl.any_horizontal(pl.col(name).is_null() for name in columns).any()
            if pl.scan_parquet(file).select(missing).collect().item():
                raise ValueError(f"{table.name} has rows without a parent: they can't be embedded")


def _fill(workers: Workers, todo: Work, progress: Progress) -> None:
    for number, _ in enumerate(workers.run(todo.spreads), start=1):
        progress("children beside their parents", _SPREAD * number / len(todo.spreads))
    begun = _SPREAD if todo.spreads else 0.0
    total, sent = sum(part.rows for part in todo.parts), 0
    for done in filter(None, workers.run(_largest_first(todo.parts))):
        sent += done[1]
        progress(f"documents of {done[0]}", begun + (1 - begun) * sent / max(1, total))


def _largest_first(parts: Sequence[Part]) -> list[Part]:
    """The collections with most parts first, so that the processes end at about the same time."""
    counts = Counter(part.table for part in parts)
    return sorted(parts, key=lambda part: (-counts[part.table], str(part.table), part.number))


@contextmanager
def _refusals() -> Iterator[None]:
    """Turn a refused document into WorkloadError, one that finds no room into MeasurementLost."""
    try:
        yield
    except BulkWriteError as error:
        first: dict[str, Any] = next(iter((error.details or {}).get("writeErrors", ())), {})
        raise WorkloadError(Problem(f"a document is refused: {refusal(first).message}")) from error
