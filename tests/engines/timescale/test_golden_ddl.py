"""The delivered schema.sql in the words of both generations of TimescaleDB, and that it runs as it is.

The golden files have what comes after the user's own DDL.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from optimizer.engines.timescale.abilities import Abilities
from optimizer.engines.timescale.engine import TimescaleEngine
from optimizer.engines.timescale.layout import CompressionLayout
from optimizer.engines.timescale.server import TimescaleServer
from optimizer.model.design import Design
from optimizer.model.hypertables import Columnstore, Hypertable
from optimizer.model.index import Index, IndexKey
from optimizer.model.names import TableName
from optimizer.model.query import SourceText
from optimizer.model.structure import Structure
from optimizer.model.workload import Workload
from tests.conftest import workload_of
from tests.engines.postgres.structures.scene import run
from tests.engines.timescale.scene import (
    DAY,
    DDL,
    HOUR,
    READINGS,
    STORE,
    Readings,
    chunks,
    dropping,
    hypertable,
    values,
)
from tests.engines.timescale.test_answers import DAILY, HOURLY, KEPT, OF_HOST, on_one_another

GOLDEN = Path(__file__).parent / "golden"
END_OF_OWN = "-- ---"
EVENTS = TableName("public", "events")
BY_HOST = Index(
    READINGS, (IndexKey("host_id", "host_id"), IndexKey('"At"', "At", descending=True)), name="by_host"
)
UNSEGMENTED = Columnstore((), (("host_id", False), ("At", True)), 90)
JOBS = "SELECT {} FROM timescaledb_information.jobs WHERE job_id >= 1000 ORDER BY job_id"
SETTINGS = """SELECT segmentby, orderby FROM timescaledb_information.hypertable_columnstore_settings
    WHERE orderby <> ''"""
ROWS = """INSERT INTO "My Plant"."Readings"
    SELECT now() - n * INTERVAL '4 days', 1 FROM generate_series(1, 10) n"""
CASES = ("chunks", "space", "columns", "aggregate", "real_time", "nested", "combined")


def structures(of: Readings, case: str) -> tuple[Structure, ...]:
    """The structures of a golden file."""
    every: dict[str, Sequence[Structure]] = {
        "chunks": [hypertable(6 * HOUR)],
        "space": [hypertable(space=("host_id", 4))],
        "columns": [hypertable(90, store=UNSEGMENTED)],
        "aggregate": [of.aggregate(HOURLY)],
        "real_time": [of.aggregate(DAILY, "Daily's", chunk_s=7 * DAY, staleness_s=0.5, real_time=True)],
        "nested": on_one_another(of),
        "combined": [
            hypertable(3 * DAY, ("host_id", 2), STORE),
            of.aggregate(HOURLY, "Hours"),
            of.aggregate(OF_HOST, "Quarters", real_time=True),
            Hypertable(EVENTS, "at", 7 * DAY),
        ],
    }
    return tuple(every[case])


def delivered(of: Readings, case: str, engine: TimescaleEngine) -> str:
    """The script as a user gets it."""
    chosen = structures(of, case)
    design = Design(frozenset([BY_HOST]), frozenset(chosen))
    comments: dict[Index | Structure, Sequence[str]] = {
        chosen[0]: ["twice as fast"],
        BY_HOST: ["for lookups"],
    }
    return engine.ddl(_workload(), of.schema, design, comments)


def _workload() -> Workload:
    """Rows of plain tables aren't dropped by policies."""
    retention = (("My Plant.Readings", 30.0 * DAY), ("events", 0.5), ("hosts", 1.0))
    return replace(workload_of(SourceText(DDL, "schema.sql")), retention=retention)


def _before_2_18() -> TimescaleEngine:
    engine = TimescaleEngine()
    engine.kind = CompressionLayout
    return engine


@pytest.mark.parametrize("case", CASES)
def test_since_2_18(small: Readings, case: str) -> None:
    _, _, added = delivered(small, case, TimescaleEngine()).partition(END_OF_OWN)
    assert END_OF_OWN + added == (GOLDEN / f"{case}.sql").read_text("utf-8")


@pytest.mark.parametrize("case", ["columns", "combined"])
def test_before_2_18(small: Readings, case: str) -> None:
    _, _, added = delivered(small, case, _before_2_18()).partition(END_OF_OWN)
    assert END_OF_OWN + added == (GOLDEN / f"{case}.before_2_18.sql").read_text("utf-8")


def test_it_begins_with_the_user_s_own_ddl(small: Readings) -> None:
    """But for indexes, which the design chooses."""
    own, _, _ = delivered(small, "combined", TimescaleEngine()).partition(END_OF_OWN)
    extension, _, rest = own.partition("\n")
    assert extension == "CREATE EXTENSION IF NOT EXISTS timescaledb;"
    tables = [line for line in DDL.splitlines() if not line.startswith("CREATE INDEX given")]
    assert rest.split() == " ".join(tables).split()


def test_without_a_word_that_is_licensed(small: Readings) -> None:
    engine = TimescaleEngine()
    engine.abilities = Abilities("2.23.0", "apache", sessions=True, workers=True)
    assert "policy" not in delivered(small, "chunks", engine)


def test_statements_that_may_be_stale_read_what_is_kept(small: Readings) -> None:
    """Each as it is written, and as it is sent."""
    kept = [small.aggregate(text, f"Kept {n}") for n, text in enumerate(KEPT[:3])]
    pairs = [f"{text};\n-- is sent as\n{small.rewritten(text, *kept, staleness_s=HOUR)};\n" for text in KEPT]
    assert "\n".join(pairs) == (GOLDEN / "rewritten.sql").read_text("utf-8")
    for text in KEPT:
        assert small.rewritten(text, *kept) == small.rewritten(text, *kept, staleness_s=1.0) == text


@pytest.mark.parametrize("generation", ["since", "before"])
def test_it_runs_as_it_is(small: Readings, timescale: TimescaleServer, generation: str) -> None:
    engine = TimescaleEngine() if generation == "since" else _before_2_18()
    script = SourceText(delivered(small, "combined", engine), "schema.sql")
    with dropping(timescale.read(_workload(), "delivered", script)) as made:
        physical = small.layout(*structures(small, "combined")).physical
        assert made.schema.tables == physical.tables[: len(made.schema.tables)]
        assert made.schema.views == physical.views
        assert sorted(values(made, JOBS.format("proc_name"))) == [
            "policy_compression",
            "policy_refresh_continuous_aggregate",
            "policy_refresh_continuous_aggregate",
            "policy_retention",
            "policy_retention",
        ]
        assert values(made, SETTINGS) == [("host_id", '"At" DESC')]


def test_its_policies_run(small: Readings, timescale: TimescaleServer) -> None:
    """But for one of two that refresh: there are no workers to do it meanwhile."""
    script = SourceText(delivered(small, "combined", TimescaleEngine()), "schema.sql")
    with dropping(timescale.read(_workload(), "policies", script)) as made:
        run(made, "INSERT INTO hosts VALUES (1, 'a')", ROWS)
        stored, _, hours, *dropped = values(made, JOBS.format("job_id"))
        for job in (stored, hours, *dropped):
            run(made, f"CALL run_job({job})")
        assert values(made, 'SELECT count(*) FROM "My Plant"."Readings"')[0] in (7, 8)
        assert values(made, 'SELECT count(*) FROM "My Plant"."Hours"') == [10]
        assert sum(by_columns for _, by_columns in chunks(made)) > 3
