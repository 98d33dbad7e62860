"""Whether a design's structures hold: under concurrent writes, and within the staleness that was declared."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain

from optimizer.measure.clients import ClientRun, Clients, Phase
from optimizer.model.design import Design
from optimizer.model.hypertables import ContinuousAggregate
from optimizer.model.measurement import Execution, Status
from optimizer.model.structure import Structure
from optimizer.model.tables import MaterializedView
from optimizer.queries.writes import inserts, is_write
from optimizer.search.finals.bindings import Sets
from optimizer.search.finals.staging import Finalist, Stage

SECONDS = 2.0
DEADLOCK = "deadlock"
"""A word of the server's message: of two transactions that wait for each other one was ended."""

MOST_DEADLOCKS = 0.01
"""Of the writes: more of them, and the design loses."""


def faults(stage: Stage, finalist: Finalist, design: Design, sets: Sets, seed: int) -> tuple[str, ...]:
    """Why the design loses, a line each; none for a design without structures.

    The workload's writes, and nothing else, are run by its clients and committed: the finalist's rows aren't
    those of the dataset any more.
    """
    if not design.structures:
        return ()
    stage.watch.step(f"{finalist.label}: concurrent writes")
    finalist.database.show(design.indexes)
    what = "; ".join(sorted(structure.definition for structure in design.structures))
    reasons = [
        *_deadlocks(_written(stage, finalist, sets, seed)),
        *finalist.database.disagreements(),
        *_late(finalist.database.refresh()),
    ]
    return tuple(f"{what}: {reason}" for reason in reasons)


def _written(stage: Stage, finalist: Finalist, sets: Sets, seed: int) -> ClientRun | None:
    writes = [query for query in stage.workload.queries if is_write(query, stage.schema)]
    if not writes:
        return None
    once = frozenset(query.name for query in writes if inserts(query, stage.schema))
    bindings = {q.name: sets.fresh[q.name] if q.name in once else sets.timed[q.name] for q in writes}
    with Clients(stage.workload.load.clients) as clients:
        return clients.run(finalist.database.opener(), writes, bindings, once, Phase(SECONDS), seed)


def _late(refreshed: Mapping[Structure, float]) -> Iterator[str]:
    for structure, seconds in refreshed.items():
        if isinstance(structure, MaterializedView | ContinuousAggregate) and seconds > structure.staleness_s:
            allowed = f"it may be {structure.staleness_s:g} s old"
            yield f"a refresh of {structure.name} takes {seconds:.3g} s, and {allowed}"


def _deadlocks(run: ClientRun | None) -> Iterator[str]:
    every: list[Execution] = list(chain.from_iterable(run.executions.values())) if run else []
    ended = [e for e in every if e.status is Status.FAILED and DEADLOCK in (e.error or "")]
    if every and len(ended) > MOST_DEADLOCKS * len(every):
        yield f"{len(ended)} of {len(every)} concurrent writes ended in a deadlock"
