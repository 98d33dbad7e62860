"""What the finals measured, as results."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from optimizer.measure.rounds import Rounds
from optimizer.model.index import Index
from optimizer.model.measurement import Status
from optimizer.model.plan import Plan
from optimizer.model.query import Query
from optimizer.model.result import (
    WINNER,
    ConcurrentResult,
    DesignResult,
    IndexResult,
    QueryResult,
    StructureResult,
)
from optimizer.search.finals.bindings import Sets
from optimizer.search.finals.judging import score_of
from optimizer.search.finals.pruning import Judgement
from optimizer.search.finals.staging import Finalist, Stage
from optimizer.statistics.percentiles import latency, meets


def design_result(
    finalist: Finalist,
    stage: Stage,
    rounds: Rounds,
    judged: Mapping[Index, Judgement],
    crowd: tuple[ConcurrentResult, ...],
    structures: tuple[StructureResult, ...] = (),
) -> DesignResult:
    score = score_of(rounds, stage.workload.queries, finalist.label, finalist.bytes)
    own = judged if finalist.label == WINNER else {}
    return DesignResult(
        design=finalist.design,
        indexes=tuple(
            _index(index, finalist, own.get(index))
            for index in sorted(finalist.design.indexes, key=lambda i: (i.table, i.name))
        ),
        bytes=finalist.bytes,
        score=score.value,
        missed_share=score.missed_share,
        latency_ms=score.latency_ms,
        concurrent=crowd,
        breaks=limits_broken(finalist, stage),
        structures=structures
        if finalist.label == WINNER
        else tuple(StructureResult(s) for s in sorted(finalist.design.structures, key=lambda s: s.label)),
    )


def _index(index: Index, finalist: Finalist, judgement: Judgement | None) -> IndexResult:
    return IndexResult(
        index,
        finalist.definitions[index],
        finalist.built[index].bytes,
        judgement.because if judgement else (),
        judgement.costs if judgement else (),
    )


def limits_broken(finalist: Finalist, stage: Stage) -> tuple[str, ...]:
    limits = stage.workload.limits
    broken = []
    if limits.storage_bytes is not None and finalist.bytes > limits.storage_bytes:
        broken.append("storage")
    if limits.indexes_per_table is not None:
        tables = [index.table for index in finalist.design.indexes]
        if any(tables.count(table) > limits.indexes_per_table for table in set(tables)):
            broken.append("indexes_per_table")
    return tuple(broken)


def query_result(
    query: Query, finalists: Sequence[Finalist], rounds: Rounds, sets: Sets, is_write: bool
) -> QueryResult:
    executions = {f.label: rounds.executions(f.label, query.name) for f in finalists}
    return QueryResult(
        query=query,
        is_write=is_write,
        latencies={label: latency(found, query.target.percentile) for label, found in executions.items()},
        plans={f.label: _plan(f, query, sets).fingerprint for f in finalists},
        meets={label: meets(found, query.target) for label, found in executions.items()},
        errors={
            label: failed[0].error
            for label, found in executions.items()
            if (failed := [e for e in found if e.status is Status.FAILED])
        },
    )


def _plan(finalist: Finalist, query: Query, sets: Sets) -> Plan:
    return finalist.session.plan(query, sets.timed[query.name][0])
