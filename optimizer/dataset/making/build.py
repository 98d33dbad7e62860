"""Makes the rows of a plan: Parquet files in a cache folder, in several processes, once for all runs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from optimizer.dataset.dataset import Dataset, TableRows
from optimizer.dataset.making import cache, manifest
from optimizer.dataset.making.digest import digest
from optimizer.dataset.making.parts import Part, parts_of
from optimizer.dataset.making.workers import run
from optimizer.dataset.planning.recipes import DatasetPlan
from optimizer.model.names import TableName

ROWS_PER_FILE = 262_144
"""Sixteen blocks of the generators; with six columns about 20 MB in memory."""

Progress = Callable[[str, float], None]
"""Called with what is being done and the fraction of it that is done (0 to 1)."""


def build(
    plan: DatasetPlan,
    cache_folder: Path,
    progress: Progress,
    processes: int | None = None,
    rows_per_file: int = ROWS_PER_FILE,
) -> Dataset:
    """The dataset, from the cache if it is there; `processes` None: one for each core.

    MeasurementLost where the disk is full; WorkloadError where rows can't be made as the workload asks.
    """
    key = digest(plan, rows_per_file)
    folder = cache_folder / key
    dataset = _dataset(plan, key, folder, parts_of(plan, rows_per_file))
    cache.hold(folder, alone=False)
    while not manifest.is_complete(folder, dataset):
        cache.hold(folder, alone=True)
        if not manifest.is_complete(folder, dataset):
            _make(plan, folder, dataset, progress, processes, rows_per_file)
        cache.hold(folder, alone=False)
    cache.touch(folder)
    cache.evict(cache_folder)
    progress("rows of all tables", 1.0)
    return dataset


def _make(
    plan: DatasetPlan,
    folder: Path,
    dataset: Dataset,
    progress: Progress,
    processes: int | None,
    rows_per_file: int,
) -> None:
    cache.clear(folder)
    run(plan, folder, parts_of(plan, rows_per_file), progress, processes)
    manifest.write(folder, dataset)


def _dataset(plan: DatasetPlan, key: str, folder: Path, parts: tuple[Part, ...]) -> Dataset:
    files: dict[TableName, list[Path]] = {table.name: [] for table in plan.tables}
    for part in parts:
        files[part.table].append(folder / part.file)
    return Dataset(
        key,
        tuple(
            TableRows(t.name, t.rows, tuple(c.name for c in t.columns), tuple(files[t.name]))
            for t in plan.tables
        ),
    )
