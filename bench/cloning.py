"""What bringing structures into a copy of the loaded tables takes, beside making them in place.

The copy itself is made beforehand, beside the indexes of the structure before, and put in place then.
"""

from __future__ import annotations

from collections.abc import Iterator
from time import perf_counter

from bench.figure import Figure, at_most
from bench.workbench import POSTGRES, Prepared, Workbench
from optimizer.engines.base import Database
from optimizer.engines.postgres.layout import TableLayout
from optimizer.engines.postgres.loading.adding import add_structures
from optimizer.engines.postgres.loading.maintenance import open_connection
from optimizer.model.design import Design
from optimizer.model.structure import Structure

NAMES = ("shop", "feed")


def measure(bench: Workbench) -> Iterator[Figure]:
    """One figure a workload: all its structures, each loaded by itself."""
    for name in NAMES[: bench.setting.choose(len(NAMES), 1)]:
        prepared = bench.prepared(name, bench.setting.scale)
        bench.baseline(prepared, POSTGRES).drop()
        yield _figure(name, prepared, bench)


def _figure(name: str, prepared: Prepared, bench: Workbench) -> Figure:
    offered, _ = POSTGRES.structures(prepared.workload, prepared.schema, prepared.dataset)
    copied = made = files = 0.0
    notes = []
    for place, one in enumerate(offered, start=1):
        bench.setting.say(f"structures of {name}: {place} of {len(offered)}")
        seconds = _seconds(bench, prepared, one.structure)
        copied, made, files = copied + seconds[0], made + seconds[1], files + seconds[2]
        notes.append(
            f"{one.structure.definition}: {seconds[0]:.2f} s, the tables alone {seconds[1]:.2f} s, "
            f"from files {seconds[2]:.2f} s"
        )
    notes.insert(0, f"together {copied:.1f} s, the tables alone {made:.1f} s, from files {files:.1f} s")
    unit = "times what making the structures in tables that are there takes"
    return Figure(f"loading the structures of {name}", copied / made, unit, at_most(1.3), tuple(notes))


def _seconds(bench: Workbench, prepared: Prepared, structure: Structure) -> tuple[float, float, float]:
    """Of a load as the search does it, of making the structure alone, and of a load from files."""
    return (
        _load(bench, prepared, structure, anew=False),
        _add(bench, prepared, structure),
        _load(bench, prepared, structure, anew=True),
    )


def _load(bench: Workbench, prepared: Prepared, structure: Structure, *, anew: bool) -> float:
    design = Design(structures=frozenset({structure}))
    database = bench.server.create(prepared.workload, "bench", prepared.schema, design)
    seconds = _loaded(bench, prepared, database, anew=anew)
    database.drop()
    return seconds


def _loaded(bench: Workbench, prepared: Prepared, database: Database, *, anew: bool) -> float:
    """Seconds of a load; the next copy is made when indexes are built, as in the search."""
    started = perf_counter()
    database.load(prepared.dataset, bench.setting.progress, anew=anew)
    seconds = perf_counter() - started
    database.build((), bench.setting.progress)
    return seconds


def _add(bench: Workbench, prepared: Prepared, structure: Structure) -> float:
    database = bench.server.create(prepared.workload, "bench", prepared.schema, Design())
    _loaded(bench, prepared, database, anew=True)
    conninfo = database.opener().conninfo
    layout = TableLayout(prepared.schema, frozenset({structure}))
    with open_connection(conninfo) as connection:
        started = perf_counter()
        add_structures(connection, conninfo, layout.realised, bench.setting.progress)
        seconds = perf_counter() - started
    database.drop()
    return seconds
