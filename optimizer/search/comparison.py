"""The best design of each engine side by side: who wins the mix, and where each is better.

Every engine's winner was measured in the same interleaved rounds as the reference's, so that each is told
apart from the reference by paired rounds. No engine is crowned while an answer differs, nor one whose server
isn't what a user would deploy.
"""

from __future__ import annotations

from collections.abc import Mapping

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
from optimizer.search.finals.judging import faster_by
from optimizer.search.finals.outcome import Outcome
from optimizer.statistics.paired import compare
from optimizer.statistics.percentiles import latency, meets


def compared(
    workload: Workload,
    results: Mapping[str, EngineResult],
    others: Mapping[str, Outcome],
    reference: str,
    gives_up: Mapping[str, tuple[str, ...]],
) -> ComparisonResult:
    """The comparison of the reference engine with the `others`, whose outcomes have it beside them."""
    first = next(iter(others.values()))
    writes = {query.query.name for query in results[reference].queries if query.is_write}
    engines = [_reference(results[reference], first, workload, writes, gives_up.get(reference, ()))]
    engines += [
        _engine(results[name], outcome, workload, writes, gives_up.get(name, ()))
        for name, outcome in others.items()
    ]
    mismatched = tuple(
        mismatch
        for outcome in others.values()
        for mismatch in outcome.equivalence.mismatched
        if mismatch.design == WINNER
    )
    winner, reason = _crowned(workload, results, others, reference, mismatched)
    return ComparisonResult(
        winner=winner,
        reason=reason,
        engines=tuple(engines),
        queries=tuple(_query(query, reference, others, query.name in writes) for query in workload.queries),
        rounds=min(outcome.rounds for outcome in others.values()),
        mismatched=mismatched,
        not_comparable=tuple(
            dict.fromkeys(line for o in others.values() for line in o.equivalence.not_comparable)
        ),
    )


def _crowned(
    workload: Workload,
    results: Mapping[str, EngineResult],
    others: Mapping[str, Outcome],
    reference: str,
    mismatched: tuple[Mismatch, ...],
) -> tuple[str | None, str]:
    if mismatched:
        return None, "no engine is crowned while an answer differs"
    indicative = [name for name in (reference, *others) if results[name].indicative]
    if indicative:
        return None, f"the figures of {', '.join(indicative)} are indicative: no engine is crowned"
    leader, reason = reference, ""
    for name, outcome in others.items():
        verdict = _verdict(workload, outcome, reference)
        if verdict == "better" and leader == reference:
            leader = name
        elif verdict == "tied" and leader == reference:
            reason = f"{reference} and {name} can't be told apart"
        elif verdict == "better":
            leader = min((leader, name), key=lambda one: results[one].winner.score)
    if reason and leader == reference:
        return None, reason
    return leader, _by_how_much(workload, others, reference, leader)


def _verdict(workload: Workload, outcome: Outcome, reference: str) -> str:
    """Whether an engine's winner is `better`, `worse` or `tied` beside the reference's: targets first."""
    if outcome.beside is None:
        return "tied"
    own, beside = outcome.designs[WINNER], outcome.beside.result
    if own.missed_share != beside.missed_share:
        return "better" if own.missed_share < beside.missed_share else "worse"
    paired = faster_by(outcome.measured, workload.queries, reference, WINNER)
    if paired.tied:
        return "tied"
    return "worse" if paired.slower else "better"


def _by_how_much(workload: Workload, others: Mapping[str, Outcome], reference: str, leader: str) -> str:
    lines = []
    for name, outcome in others.items():
        if leader not in (reference, name):
            continue
        own, other = (reference, WINNER) if leader == reference else (WINNER, reference)
        paired = faster_by(outcome.measured, workload.queries, own, other)
        loser = name if leader == reference else reference
        lines.append(
            f"{loser} takes {paired.ratio:.2f} times as long over the mix "
            f"({paired.low:.2f} to {paired.high:.2f})"
        )
    return "; ".join(lines)


def _query(query: Query, reference: str, others: Mapping[str, Outcome], is_write: bool) -> ComparedQuery:
    first = next(iter(others.values()))
    runs = {reference: (first.measured, reference)}
    runs |= {name: (outcome.measured, WINNER) for name, outcome in others.items()}
    executions = {name: rounds.executions(label, query.name) for name, (rounds, label) in runs.items()}
    return ComparedQuery(
        query=query,
        is_write=is_write,
        latencies={name: latency(found, query.target.percentile) for name, found in executions.items()},
        meets={name: meets(found, query.target) for name, found in executions.items()},
        better=_better(query, reference, others),
    )


def _better(query: Query, reference: str, others: Mapping[str, Outcome]) -> str | None:
    """The engine on which the statement is measurably faster; None where that can't be told."""
    faster = []
    for name, outcome in others.items():
        medians = [outcome.measured.medians(label, query.name) for label in (reference, WINNER)]
        paired = compare(*medians)
        if paired.tied:
            return None
        faster.append(reference if paired.slower else name)
    return faster[0] if len(set(faster)) == 1 else None


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
