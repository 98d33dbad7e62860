"""All proposals together: their order, what is left to the moves of tables, and the library's workloads."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from optimizer.dataset.making.build import build
from optimizer.dataset.planning.plan import plan
from optimizer.design.hypertables.proposals import proposals
from optimizer.model.hypertables import ContinuousAggregate, Hypertable
from optimizer.model.structure import StructureCandidate
from optimizer.model.tables import MaterializedView, Partition
from optimizer.model.workload import Workload
from optimizer.workload.read import read
from tests.conftest import CreateDatabase
from tests.design.hypertables.made_up import ADD, LATEST, SCHEMA, SPAN, Queries, known, rows

LIBRARY = Path(__file__).parents[3] / "workloads"
GOLDEN = Path(__file__).parent / "golden"
SCALE = 0.1

OWN = "SELECT r.value FROM readings r WHERE r.sensor_id = :s AND r.at > :a"
OWN_TOO = "SELECT MAX(r.value) FROM readings r WHERE r.sensor_id = :s AND r.at > :a"
HOURLY = "SELECT time_bucket('1 hour', r.at) AS hour, COUNT(*) AS n FROM readings r GROUP BY 1"
BY_KIND = "SELECT r.kind, COUNT(*) AS n FROM readings r GROUP BY 1"
MINE = ("as a hypertable by", "old chunks of", "continuous aggregate")


def _proposed(folder: Path, queries: Queries, sensors: int = 50) -> list[StructureCandidate]:
    dataset = rows(folder, sensors=sensors)
    workload = known(dataset, queries, staleness_s=60.0).workload
    return list(proposals(workload, SCHEMA, dataset)[0])


def test_the_most_promising_length_comes_first_and_space_last(tmp_path: Path) -> None:
    found = _proposed(tmp_path, {"own": OWN, "too": OWN_TOO, "span": SPAN, "hourly": HOURLY}, sensors=500)
    cut = [one.structure for one in found if isinstance(one.structure, Hypertable)]
    assert cut[0].chunk_s == 4 * 3_600
    assert [one.space for one in cut] == [None] * (len(cut) - 1) + [("sensor_id", 4)]
    assert found[-1].structure is cut[-1]


def test_rows_come_before_columns_of_the_same_length(tmp_path: Path) -> None:
    found = _proposed(tmp_path, {"own": OWN, "span": SPAN})
    cut = [one.structure for one in found if isinstance(one.structure, Hypertable)]
    assert [(one.chunk_s // 3_600, one.columnstore is not None) for one in cut] == [
        (4, False),
        (4, True),
        (6, False),
        (6, True),
        (12, False),
        (24, False),
        (336, False),
    ]


def test_hypertables_stand_for_partitions(tmp_path: Path) -> None:
    found = _proposed(tmp_path, {"span": SPAN, "latest": LATEST, "add": ADD})
    assert any(isinstance(one.structure, Hypertable) for one in found)
    assert not any(isinstance(one.structure, Partition) for one in found)


def test_a_view_is_for_what_no_buckets_are_kept_for(tmp_path: Path) -> None:
    found = _proposed(tmp_path, {"span": SPAN, "hourly": HOURLY, "kinds": BY_KIND})
    kept = {type(one.structure): one.queries for one in found if not isinstance(one.structure, Hypertable)}
    assert kept[ContinuousAggregate] == ("hourly",)
    assert kept[MaterializedView] == ("kinds",)


def test_a_statement_of_its_own_for_timescale_asks_for_nothing(tmp_path: Path) -> None:
    dataset = rows(tmp_path)
    workload = known(dataset, {"span": SPAN}).workload
    [query] = workload.queries
    assert proposals(_own(workload, "postgres"), SCHEMA, dataset)[0]
    assert proposals(_own(workload, "timescale"), SCHEMA, dataset) == ((), ())
    assert query.overrides == {}


def _own(workload: Workload, engine: str) -> Workload:
    queries = tuple(replace(query, overrides={engine: "SELECT 1"}) for query in workload.queries)
    return replace(workload, queries=queries)


def test_the_memory_is_the_workloads_where_nothing_else_is_said(tmp_path: Path) -> None:
    dataset = rows(tmp_path)
    small = replace(known(dataset, {"latest": LATEST}).workload, memory_bytes=1 << 20)
    assert _lengths(proposals(small, SCHEMA, dataset)[0]) == {4}
    assert 336 in _lengths(proposals(small, SCHEMA, dataset, memory_bytes=1 << 30)[0])


def _lengths(found: tuple[StructureCandidate, ...]) -> set[int]:
    structures = (one.structure for one in found)
    return {one.chunk_s // 3_600 for one in structures if isinstance(one, Hypertable)}


@pytest.mark.parametrize("name", ["metrics", "devops", "iot"])
def test_the_librarys_proposals(
    name: str, create: CreateDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of the moves of this room; those of tables have their own tests."""
    monkeypatch.syspath_prepend(str(LIBRARY))
    made = read(LIBRARY / f"{name}.yaml", scale=SCALE)
    schema = create(made.ddl.text, made.session.role).schema
    dataset = build(plan(schema, made), tmp_path, lambda *_: None)
    found, left = proposals(made, schema, dataset)
    mine = [one for one in found if isinstance(one.structure, Hypertable | ContinuousAggregate)]
    lines = [f"+ {one.structure.label}: {one.because}" for one in mine]
    lines += [f"- {subject}: {reason}" for subject, reason in left if any(words in subject for words in MINE)]
    assert lines == (GOLDEN / f"{name}.txt").read_text().splitlines()
    assert len({one.structure.label for one in found}) == len(found)
