"""The runner's median latency of a primary-key read, beside `pgbench -M prepared` on the same server.

Both read uniformly drawn keys of the same table with the same statement over the same Unix socket, one
client each, in turns; pgbench's latencies are those of its log, one a transaction.
"""

from __future__ import annotations

import random
import statistics
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg

from bench.figure import Figure, at_most
from bench.interleaved import ratio, take_turns
from bench.pgbench_log import latencies_us
from bench.programs import run_program
from bench.workbench import Workbench
from optimizer.engines.base import Session
from optimizer.model.query import Binding, Query, SourceText, Target
from optimizer.model.workload import Workload

GOAL = at_most(1.5)
ROWS = 100_000
CUSTOM = {"plan_cache_mode": "force_custom_plan"}

_DDL = "CREATE TABLE items (id bigint PRIMARY KEY, name text NOT NULL, price numeric(10,2) NOT NULL);"
_FILL = "INSERT INTO items SELECT n, 'item ' || n, mod(n, 1000) / 10.0 FROM generate_series(1, %s) AS n"
_SQL = "SELECT id, name, price FROM items WHERE id = :id"
_QUERY = Query("read", 1.0, Target(), (SourceText(_SQL, "point read"),))
_SCRIPT = f"\\set id random(1, {ROWS})\n{_SQL};\n"


def measure(bench: Workbench) -> Iterator[Figure]:
    """Our p50 by pgbench's."""
    workload = Workload("read", Path("read.yaml"), SourceText(_DDL, "read.sql"), (_QUERY,), (), "")
    with ExitStack() as undo:
        database = bench.server.read(workload, "read", workload.ddl)
        undo.callback(database.drop)
        conninfo = database.opener().conninfo
        _fill(conninfo)
        session = database.session()
        undo.callback(session.close)
        folder = Path(undo.enter_context(TemporaryDirectory(prefix="bench-")))
        runner = _Runner(session, random.Random(1), bench.setting.choose(4_000, 1_000))
        pgbench = _Pgbench(conninfo, folder, runner.reads)
        bench.setting.say("reading in turns with pgbench")
        runner.p50_ms()
        sides = {"runner": runner.p50_ms, "custom": lambda: pgbench.p50_ms(CUSTOM), "auto": pgbench.p50_ms}
        series = take_turns(sides, bench.setting.choose(7, 3))
        floor_ms = session.floor_ms()
    middle = {name: statistics.median(values) for name, values in series.items()}
    yield Figure(
        "primary-key read beside pgbench",
        ratio(series, "runner", "custom"),
        "times the p50 of pgbench -M prepared, custom plans on both sides",
        GOAL,
        (
            f"p50: runner {middle['runner'] * 1000:.0f} µs, pgbench {middle['custom'] * 1000:.0f} µs",
            f"{ratio(series, 'runner', 'auto'):.2f} times pgbench's own choice of plans "
            f"({middle['auto'] * 1000:.0f} µs)",
            f"an empty statement takes the runner {floor_ms * 1000:.0f} µs",
        ),
    )


def _fill(conninfo: str) -> None:
    with psycopg.connect(conninfo, autocommit=True) as connection:
        connection.execute(_FILL, [ROWS])
        connection.execute("VACUUM (ANALYZE) items")


@dataclass(frozen=True, slots=True)
class _Runner:
    session: Session
    draw: random.Random
    reads: int

    def p50_ms(self) -> float:
        keys = [self.draw.randint(1, ROWS) for _ in range(self.reads)]
        return statistics.median(self.session.time(_QUERY, Binding((("id", key),))).ms for key in keys)


@dataclass(frozen=True, slots=True)
class _Pgbench:
    conninfo: str
    folder: Path
    reads: int

    def p50_ms(self, settings: dict[str, str] | None = None) -> float:
        script, log = self.folder / "read.sql", self.folder / "log"
        script.write_text(_SCRIPT)
        arguments = ["-n", "-M", "prepared", "-f", str(script), "-t", str(self.reads), "-l"]
        run_program("pgbench", [*arguments, "--log-prefix", str(log)], self.conninfo, settings)
        found: list[float] = []
        for file in self.folder.glob("log.*"):
            found += latencies_us(file.read_text())
            file.unlink()
        return statistics.median(found) / 1000
