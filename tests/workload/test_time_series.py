"""The workloads of time series: their readings are as they say, and each read finds some."""

from __future__ import annotations

import datetime as dt
import importlib
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from types import ModuleType

import numpy as np
import polars as pl
import pytest

from generators.stream import BLOCK_ROWS
from optimizer.engines.postgres.server import PostgresServer
from optimizer.workload.read import read
from tests.engines.library import LIBRARY, Loaded, load

SCALE = 0.1
END = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def functions(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The module of the workloads' generator functions, found as a run finds it."""
    monkeypatch.syspath_prepend(str(LIBRARY))
    return importlib.import_module("tsbs_values")


@pytest.mark.parametrize(("names", "series"), [(("host_time", "host"), 100), (("truck_time", "truck"), 50)])
def test_every_series_reports_once_a_tick(functions: ModuleType, names: tuple[str, str], series: int) -> None:
    time, key = (_blocks(functions, name, 2) for name in names)
    readings = pl.DataFrame({"time": time, "key": key})
    assert readings.is_duplicated().sum() == 0
    assert readings["time"].is_sorted()
    whole = readings.head(readings.height // series * series).group_by("time").agg(pl.col("key").n_unique())
    assert set(whole["key"]) == {series}
    assert (readings["key"].min(), readings["key"].max()) == (1, series)


@pytest.mark.parametrize(("name", "rows"), [("host_time", 1_000_000), ("truck_time", 500_000)])
def test_the_rows_of_scale_1_end_with_the_year(functions: ModuleType, name: str, rows: int) -> None:
    tick = dt.timedelta(seconds=10 if name == "host_time" else 60)
    times = getattr(functions, name)(np.random.default_rng(0), 2, rows - 1)
    assert times.to_list() == [END - tick, END]


def test_a_tenth_of_the_usage_is_high(functions: ModuleType) -> None:
    usage = np.concatenate([_block(functions, "usage", number) for number in range(20)])
    assert (usage.min(), usage.max()) == (0, 100)
    assert np.array_equal(usage, np.rint(usage))
    assert 0.05 < (usage > 90).mean() < 0.15


def test_values_walk(functions: ModuleType) -> None:
    """A host's readings are near each other, those of two hosts aren't."""
    usage = _block(functions, "usage", 0)
    ticks = usage[: len(usage) // 100 * 100].reshape(-1, 100)
    assert np.abs(np.diff(ticks, axis=0)).max() <= 7
    assert np.abs(np.diff(ticks, axis=1)).mean() > 20


def test_trucks_stand_and_break_down(functions: ModuleType) -> None:
    velocity, status, load = (_block(functions, n, 0) for n in ("velocity", "status", "current_load"))
    assert 0.2 < (velocity == 0).mean() < 0.6
    assert set(status) == {0, 1, 2, 3, 4, 5}
    assert (load.min(), load.max()) == (0, 1500)


@pytest.fixture(params=("metrics", "devops", "iot"))
def loaded(request: pytest.FixtureRequest, postgres: PostgresServer, tmp_path: Path) -> Iterator[Loaded]:
    """A workload with hours of readings, in the user's own tables alone."""
    workload = read(LIBRARY / f"{request.param}.yaml", scale=SCALE)
    with ExitStack() as opened:
        origin = postgres.read(workload, "library", workload.ddl)
        yield load(opened, workload, origin, postgres, tmp_path, lambda *_: [])


def test_every_read_finds_rows_and_orders_them(loaded: Loaded) -> None:
    empty, cut, errors = [], [], []
    for query in loaded.reads():
        drawn = [binding for binding in loaded.bindings(query) if binding.label == "drawn"]
        answers = [loaded.reference.answer(query, binding) for binding in drawn]
        errors += [f"{query.name}: {answer.error}" for answer in answers if answer.error]
        empty += [] if any(answer.rows for answer in answers) else [query.name]
        orders = [loaded.order(query, *pair) for pair in zip(drawn, answers, strict=True)]
        cut += [query.name for order in orders if order.cut]
    assert (errors, empty, cut) == ([], [], [])


def test_a_batch_is_the_latest_of_its_series(loaded: Loaded) -> None:
    """Inserted readings come after all others, so the rows of last values are told apart."""
    writes = loaded.writes()
    assert writes
    for query in writes:
        assert loaded.write(query) == []
    cut = [
        query.name
        for query in loaded.reads()
        for binding in loaded.bindings(query)
        if loaded.order(query, binding, loaded.reference.answer(query, binding)).cut
    ]
    assert cut == []


def _block(functions: ModuleType, name: str, number: int) -> np.ndarray:
    made = getattr(functions, name)(np.random.default_rng(number), BLOCK_ROWS, number * BLOCK_ROWS)
    return np.asarray(made)


def _blocks(functions: ModuleType, name: str, count: int) -> pl.Series:
    blocks = [
        pl.Series(getattr(functions, name)(np.random.default_rng(number), BLOCK_ROWS, number * BLOCK_ROWS))
        for number in range(count)
    ]
    return pl.concat(blocks)
