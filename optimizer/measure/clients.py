"""The mix run by concurrent clients, writes committed: closed-loop, or open-loop at a given rate.

Clients are processes, so that one client's Python doesn't slow another's clock. In the closed loop a client
sends its next query when the last is answered: latencies hide queueing. In the open loop queries have
intended starts (a Poisson process at the workload's rate) and latency counts from those.
"""

from __future__ import annotations

import multiprocessing
import random
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing.synchronize import Barrier
from threading import BrokenBarrierError
from time import perf_counter, sleep

from optimizer.engines.base import Session
from optimizer.measure.rounds import shares
from optimizer.model.measurement import Execution, Status
from optimizer.model.query import Binding, Query
from optimizer.worker import end_with_parent


@dataclass(frozen=True, slots=True)
class Phase:
    """One concurrent run: for how many seconds, and the rate of all clients together (None: closed loop)."""

    seconds: float
    rate_per_s: float | None = None


@dataclass(frozen=True, slots=True)
class ClientRun:
    """What all clients saw: executions by query, and queries finished per second.

    `exhausted` names the writes whose fresh values ran out before the end: they left the mix then.
    """

    executions: Mapping[str, tuple[Execution, ...]]
    per_second: float
    exhausted: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Job:
    open_session: Callable[[], Session]
    queries: tuple[Query, ...]
    bindings: Mapping[str, tuple[Binding, ...]]
    once: frozenset[str]
    seconds: float
    rate_per_s: float | None
    seed: int


_start: list[Barrier] = []


class Clients:
    """So many client processes, which stay for several runs; a context manager."""

    def __init__(self, count: int) -> None:
        self.count = count
        context = multiprocessing.get_context("spawn")
        start = context.Barrier(count)
        self._pool = ProcessPoolExecutor(count, context, initializer=_begin_at, initargs=(start,))

    def run(
        self,
        open_session: Callable[[], Session],
        queries: Sequence[Query],
        bindings: Mapping[str, Sequence[Binding]],
        once: frozenset[str],
        phase: Phase,
        seed: int,
    ) -> ClientRun:
        """Run the mix; `open_session` must be picklable.

        Bindings of the queries named in `once` (inserts) are dealt out to the clients and each used a
        single time; all others are drawn at random.
        """
        dealt = {name: shares(len(bindings[name]), self.count) for name in once}
        jobs = [
            _Job(
                open_session,
                tuple(queries),
                {
                    name: tuple(own[i] for i in dealt[name][client]) if name in once else tuple(own)
                    for name, own in bindings.items()
                },
                once,
                phase.seconds,
                phase.rate_per_s / self.count if phase.rate_per_s else None,
                seed * 1000 + client,
            )
            for client in range(self.count)
        ]
        return _gather(list(self._pool.map(_client, jobs)), queries, phase.seconds)

    def __enter__(self) -> Clients:
        return self

    def __exit__(self, *exc: object) -> None:
        self._pool.shutdown(cancel_futures=True)


def _gather(
    results: Sequence[tuple[list[tuple[str, Execution]], list[str]]],
    queries: Sequence[Query],
    seconds: float,
) -> ClientRun:
    seen: dict[str, list[Execution]] = {query.name: [] for query in queries}
    for executions, _ in results:
        for name, execution in executions:
            seen[name].append(execution)
    finished = sum(len(executions) for executions in seen.values())
    return ClientRun(
        {name: tuple(executions) for name, executions in seen.items()},
        finished / seconds,
        tuple(sorted({name for _, exhausted in results for name in exhausted})),
    )


def _begin_at(start: Barrier) -> None:
    """Give this process the start that all clients share: a barrier can't be sent along with a job."""
    _start.append(start)
    end_with_parent()


def _client(job: _Job) -> tuple[list[tuple[str, Execution]], list[str]]:
    """One client, in its own process: prepares everything, waits for the common start, runs the mix.

    A client that can't begin lets the others go, so that the run ends with its error.
    """
    (start,) = _start
    try:
        session = job.open_session()
        for query in job.queries:
            session.prepare(query)
    except BaseException:
        start.abort()
        raise
    try:
        start.wait()
        return _mix(session, job)
    except BrokenBarrierError:
        return [], []
    finally:
        session.close()


def _mix(session: Session, job: _Job) -> tuple[list[tuple[str, Execution]], list[str]]:
    draw = random.Random(job.seed)
    fresh = {name: iter(job.bindings[name]) for name in job.once}
    live = [q for q in job.queries if job.bindings[q.name]]
    exhausted: list[str] = []
    seen: list[tuple[str, Execution]] = []
    started = perf_counter()
    due = started
    while live and perf_counter() - started < job.seconds:
        query = draw.choices(live, weights=[q.share for q in live])[0]
        binding = (
            next(fresh[query.name], None) if query.name in fresh else draw.choice(job.bindings[query.name])
        )
        if binding is None:
            live.remove(query)
            exhausted.append(query.name)
            continue
        due = _wait(due, draw, job)
        execution = session.time(query, binding, keep=True, timeout_ms=job.seconds * 1000)
        seen.append((query.name, _since(due, execution, job)))
    return seen, exhausted


def _wait(due: float, draw: random.Random, job: _Job) -> float:
    """The intended start of the next query: now in the closed loop, else the next arrival."""
    if job.rate_per_s is None:
        return perf_counter()
    arrival = due + draw.expovariate(job.rate_per_s)
    sleep(max(0.0, arrival - perf_counter()))
    return arrival


def _since(due: float, execution: Execution, job: _Job) -> Execution:
    if job.rate_per_s is None or execution.status is Status.FAILED:
        return execution
    return Execution((perf_counter() - due) * 1000, execution.status, execution.error)
