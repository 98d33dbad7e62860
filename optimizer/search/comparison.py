"""The best design of each engine side by side: who wins the mix, and where each is better.

Every engine's winner was measured in the same interleaved rounds as the reference's. No engine is crowned
while an answer differs. One whose server isn't what a user would deploy is shown, and neither crowned nor
said to be faster or slower than another.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from optimizer.measure.rounds import Rounds
from optimizer.model.query import Query
from optimizer.model.result import (
    WINNER,
    ComparedEngine,
    ComparedQuery,
    ComparisonResult,
    DesignResult,
    EngineResult,
    Mismatch,
)
from optimizer.model.workload import Workload
from optimizer.search.finals.outcome import Outcome
from optimizer.search.standings import Standings, fastest, native, standings
from optimizer.statistics.percentiles import latency, meets


def compared(
    workload: Workload,
    results: Mapping[str, EngineResult],
    others: Mapping[str, Outcome],
    reference: str,
    gives_up: Mapping[str, tuple[str, ...]],
) -> ComparisonResult:
    """The comparison of the reference engine with the `others`, whose outcomes have it beside them."""
    names = (reference, *others)
    ranked = native(results, names)
    beside = next((name for name in ranked if name in others), next(iter(others)))
    writes = {query.query.name for query in results[reference].queries if query.is_write}
    engines = [_reference(results[reference], others[beside], workload, writes, gives_up.get(reference, ()))]
    engines += [
        _engine(results[name], outcome, workload, writes, gives_up.get(name, ()))
        for name, outcome in others.items()
    ]
    mismatched = tuple(
        replace(mismatch, design=name)
        for name, outcome in others.items()
        for mismatch in outcome.equivalence.mismatched
        if mismatch.design == WINNER
    )
    indicative = [name for name in names if name not in ranked]
    winner, reason = _crowned(standings(workload, results, others, reference), indicative, mismatched)
    return ComparisonResult(
        winner=winner,
        reason=reason,
        engines=tuple(engines),
        queries=tuple(
            _query(query, (reference, others[beside]), others, query.name in writes, ranked)
            for query in workload.queries
        ),
        rounds=min(outcome.rounds for outcome in others.values()),
        beside=beside,
        mismatched=mismatched,
        not_comparable=tuple(
            dict.fromkeys(line for o in others.values() for line in o.equivalence.not_comparable)
        ),
    )


def _crowned(
    standings: Standings, indicative: Sequence[str], mismatched: Sequence[Mismatch]
) -> tuple[str | None, str]:
    """The engine that wins, and the sentence that says by how much, or why none does."""
    if mismatched:
        return None, "no engine is crowned while an answer differs"
    figures = f"the figures of {' and '.join(indicative)} are indicative"
    if len(standings.ranked) < 2:
        return None, f"{figures}, and say nothing of one engine beside another"
    aside = f"; {figures} and aren't ranked" if indicative else ""
    winner = standings.winner()
    if winner is None:
        return None, f"{' and '.join(standings.leading())} can't be told apart{aside}"
    return winner, "; ".join(standings.by_how_much(winner)) + aside


def _query(
    query: Query,
    reference: tuple[str, Outcome],
    others: Mapping[str, Outcome],
    is_write: bool,
    ranked: Sequence[str],
) -> ComparedQuery:
    """`reference` is its name and the outcome in whose rounds its figures are."""
    name, beside = reference
    runs = {name: (beside.measured, name)}
    runs |= {name: (outcome.measured, WINNER) for name, outcome in others.items()}
    executions = {name: rounds.executions(label, query.name) for name, (rounds, label) in runs.items()}
    return ComparedQuery(
        query=query,
        is_write=is_write,
        latencies={name: latency(found, query.target.percentile) for name, found in executions.items()},
        meets={name: meets(found, query.target) for name, found in executions.items()},
        better=fastest(query, ranked, others, name),
    )


def _reference(
    result: EngineResult, outcome: Outcome, workload: Workload, writes: set[str], gives_up: tuple[str, ...]
) -> ComparedEngine:
    beside = outcome.beside
    if beside is None:
        raise ValueError("the reference wasn't measured beside this engine")
    return _compared(
        result,
        beside.result,
        beside.load.seconds,
        beside.floor_ms,
        _write_ms(workload, outcome.measured, beside.label, writes),
        gives_up,
    )


def _engine(
    result: EngineResult, outcome: Outcome, workload: Workload, writes: set[str], gives_up: tuple[str, ...]
) -> ComparedEngine:
    write_ms = _write_ms(workload, outcome.measured, WINNER, writes)
    return _compared(
        result, outcome.designs[WINNER], outcome.load.seconds, outcome.floor_ms, write_ms, gives_up
    )


def _compared(
    result: EngineResult,
    design: DesignResult,
    load_seconds: float,
    floor_ms: float,
    write_ms: float | None,
    gives_up: tuple[str, ...],
) -> ComparedEngine:
    closed = [run for run in design.concurrent if run.rate_per_s is None]
    return ComparedEngine(
        engine=result.engine,
        server=result.server,
        indicative=result.indicative,
        score=design.score,
        missed_share=design.missed_share,
        latency_ms=design.latency_ms,
        bytes=design.bytes,
        load_seconds=load_seconds,
        driver_floor_ms=floor_ms,
        write_ms=write_ms,
        per_second=closed[0].per_second if closed else None,
        gives_up=gives_up,
    )


def _write_ms(workload: Workload, rounds: Rounds, label: str, writes: set[str]) -> float | None:
    """The mean latency of a write of the mix; None where there is none, or one never ended."""
    known = [
        (query.share, found.mean_ms)
        for query in workload.queries
        if query.name in writes
        and (found := latency(rounds.executions(label, query.name), query.target.percentile)) is not None
    ]
    whole = sum(share for share, _ in known)
    return sum(share * ms for share, ms in known) / whole if whole else None
