"""Columns for old chunks: which rows stand together, and from which age on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from optimizer.design.hypertables.moves.columnstore import columnstores
from optimizer.model.hypertables import Columnstore, Hypertable
from optimizer.model.query import ParameterSpec
from optimizer.model.schema import Schema
from tests.design.hypertables.made_up import PLAIN, SENSORS, SPAN, WEEK, Queries, known, offered, rows

HOUR = 3_600
DAY = 24 * HOUR
OWN = (
    "SELECT r.value FROM readings r WHERE r.sensor_id = :s AND r.at >= :a AND r.at < :a + INTERVAL '3 hours'"
)
OF_SITE = (
    "SELECT r.value FROM readings r JOIN sensors s ON s.id = r.sensor_id WHERE s.site = :site AND r.at > :a"
)
KIND = "SELECT r.value FROM readings r WHERE r.kind = :kind AND r.at > :a"
TIME = ("at", True)


def _stores(
    folder: Path, queries: Queries, sensors: int = 50, days: float = 30
) -> list[tuple[int, Columnstore]]:
    found, left = offered(columnstores, known(rows(folder, days=days, sensors=sensors), queries))
    assert left == {}
    structures = [one.structure for one in found]
    return [(s.chunk_s, s.columnstore) for s in structures if isinstance(s, Hypertable) and s.columnstore]


def test_rows_of_what_is_asked_for_stand_together(tmp_path: Path) -> None:
    expected = Columnstore(("sensor_id",), (TIME,), 4 * HOUR)
    assert _stores(tmp_path, {"own": OWN, "week": WEEK})[0] == (4 * HOUR, expected)
    assert _stores(tmp_path, {"site": OF_SITE})[0][1].segment_by == ("sensor_id",)
    assert _stores(tmp_path, {"own": OWN, "kind": KIND, "more": KIND})[0][1].segment_by == ("kind",)
    assert _stores(tmp_path, {"span": SPAN})[0][1] == Columnstore((), (TIME,), 4 * HOUR)


def test_few_rows_of_a_value_are_put_in_order(tmp_path: Path) -> None:
    found = _stores(tmp_path, {"own": OWN}, sensors=2_000)  # 2.8 of each in 4 hours, 4.2 in 6
    assert [store.order_by for _, store in found] == [(("sensor_id", False), TIME)] * 2
    assert [store.segment_by for _, store in found] == [(), ()]


def test_lengths_with_whole_batches_come_first(tmp_path: Path) -> None:
    lengths = [chunk_s // HOUR for chunk_s, _ in _stores(tmp_path, {"own": OWN}, sensors=70)]
    assert lengths == [6, 12]  # 4 hours have 79 rows of each


NOW = {"now": ParameterSpec("now")}
LATE = "UPDATE readings SET value = :v WHERE sensor_id = :s AND at > {}"


@pytest.mark.parametrize(
    ("bound", "hours"),
    [
        ("now()", 4),
        ("now() - INTERVAL '1 hour'", 4),
        ("CURRENT_TIMESTAMP - INTERVAL '4 hours'", 4),
        ("now() - INTERVAL '5 hours'", 8),
        (":now::timestamptz - INTERVAL '1 day'", 24),
    ],
)
def test_rows_that_are_changed_stay_rows(tmp_path: Path, bound: str, hours: int) -> None:
    given = known(rows(tmp_path), {"own": OWN, "late": LATE.format(bound)}, params=NOW)
    structure = offered(columnstores, given)[0][0].structure
    assert isinstance(structure, Hypertable)
    assert structure.columnstore is not None
    assert (structure.chunk_s, structure.columnstore.after_s) == (4 * HOUR, hours * HOUR)


def test_old_rows_may_go(tmp_path: Path) -> None:
    queries = {"own": OWN, "expire": "DELETE FROM readings WHERE at < now() - INTERVAL '20 days'"}
    found, left = offered(columnstores, known(rows(tmp_path), queries))
    assert len(found) == 2
    assert left == {}


@pytest.mark.parametrize(
    ("write", "reason"),
    [
        ("UPDATE readings SET value = :v WHERE sensor_id = :s", "write updates rows without saying"),
        ("UPDATE readings SET value = :v WHERE at > :a", "write updates rows without saying"),
        ("UPDATE readings SET value = :v WHERE at < now()", "write updates rows without saying"),
        ("DELETE FROM readings WHERE sensor_id = :s", "write deletes rows without saying"),
        ("DELETE FROM readings WHERE at < :a AND sensor_id = :s", "write deletes rows without saying"),
        ("DELETE FROM readings", "write deletes rows without saying"),
        (
            "INSERT INTO readings (at, sensor_id) VALUES (:a, :s) ON CONFLICT (sensor_id, at) DO UPDATE SET"
            " value = 1",
            "write updates the rows that are there already",
        ),
        ("UPDATE readings SET value = 1 WHERE at > now() - INTERVAL '30 days'", "no step leaves 2 chunks"),
    ],
)
def test_what_is_changed_at_any_age_stays_as_it_is(tmp_path: Path, write: str, reason: str) -> None:
    found, left = offered(columnstores, known(rows(tmp_path), {"own": OWN, "write": write}))
    assert found == []
    assert left["old chunks of readings by columns"].startswith(reason)


def test_policies_need_rows(tmp_path: Path) -> None:
    schema = Schema((SENSORS, replace(PLAIN, row_security=True)))
    found, left = offered(columnstores, known(rows(tmp_path), {"own": OWN}, schema))
    assert found == []
    assert left == {"old chunks of readings by columns": "the columnstore has no row-level security"}


def test_there_must_be_old_chunks(tmp_path: Path) -> None:
    found, left = offered(columnstores, known(rows(tmp_path, days=0.1), {"own": OWN}))
    assert found == []
    assert left["old chunks of readings by columns"].startswith("no step leaves 2 chunks")
