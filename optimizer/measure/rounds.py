"""Designs side by side: interleaved, randomised rounds over the same bindings."""

from __future__ import annotations

import random
import statistics
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice, pairwise

from optimizer.engines.base import Session
from optimizer.model.measurement import Execution, Status
from optimizer.model.query import Binding, Query

Key = tuple[str, str]
"""A contestant's label and a query's name."""


@dataclass(frozen=True, slots=True)
class Contestant:
    """A design that takes part: its label, and a session to a database in which it is switched on.

    `queries` names those that are run on it; None: all.
    """

    label: str
    session: Session
    queries: frozenset[str] | None = None

    def runs(self, query: Query) -> bool:
        """Whether the query is run on it."""
        return self.queries is None or query.name in self.queries


@dataclass(frozen=True, slots=True)
class Pace:
    """How much a round measures of each query on each design.

    As many executions as fit `slice_ms`, at least one, at most `most`; one that takes longer than
    `timeout_ms` is stopped, and so is the rest of that slice. Of a write that is committed, exactly
    `committed` executions.
    """

    slice_ms: float = 40.0
    most: int = 40
    timeout_ms: float = 10_000.0
    committed: int = 8


IN_VAIN = 2
"""So many slices of a query in which nothing ended, and it isn't run any more on that contestant."""


@dataclass(slots=True)
class Rounds:
    """The executions of each round, by contestant and query; a round's list is never empty.

    `repeated` counts the rounds, the last ones, in which a query wasn't run any more since it never ended:
    their lists repeat the last lower bound. `floors` has the driver's own time in milliseconds, a figure a
    round and contestant: under the same conditions as all else, for a machine at rest answers more slowly.
    """

    by_key: dict[Key, list[tuple[Execution, ...]]] = field(default_factory=lambda: defaultdict(list))
    repeated: dict[Key, int] = field(default_factory=dict)
    floors: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    def floor_ms(self, label: str) -> float:
        """The median over the rounds of what an empty statement takes on a contestant."""
        return statistics.median(self.floors[label])

    def executions(self, label: str, query: str) -> tuple[Execution, ...]:
        """All executions of a query on a design, over all rounds."""
        rounds = self.by_key.get((label, query), [])
        run = rounds[: len(rounds) - self.repeated.get((label, query), 0)]
        return tuple(execution for one in run for execution in one)

    def ended(self, label: str, queries: Iterable[str]) -> tuple[int, ...]:
        """How many executions of each query ended well on a design."""
        return tuple(sum(e.status is Status.OK for e in self.executions(label, name)) for name in queries)

    def hopeless(self, key: Key, once: bool = False) -> bool:
        """Whether the query is known not to end on this contestant; it may have been stopped `once`, or in
        several rounds."""
        rounds = self.by_key.get(key, [])
        if once and rounds:
            return rounds[-1][-1].status is Status.TIMED_OUT
        last = rounds[-IN_VAIN:]
        return len(last) == IN_VAIN and all(one[0].status is Status.TIMED_OUT for one in last)

    def add(self, key: Key, executions: tuple[Execution, ...]) -> None:
        """Record a round's executions."""
        self.by_key[key].append(executions)

    def repeat(self, key: Key) -> None:
        """Record a round in which the query wasn't run: its lower bound stays as it is."""
        self.by_key[key].append(self.by_key[key][-1][-1:])
        self.repeated[key] = self.repeated.get(key, 0) + 1

    def medians(self, label: str, query: str) -> list[float]:
        """The median latency of each round, in milliseconds; failures count as FAILED_MS."""
        return [statistics.median(e.counted_ms for e in one) for one in self.by_key.get((label, query), ())]

    @property
    def count(self) -> int:
        """How many rounds are complete."""
        return min((len(rounds) for rounds in self.by_key.values()), default=0)


def run_rounds(
    contestants: Sequence[Contestant],
    queries: Sequence[Query],
    bindings: Mapping[str, Sequence[Binding]],
    more: Callable[[int], bool],
    pace: Pace,
    seed: int,
    committed: frozenset[str] = frozenset(),
) -> Rounds:
    """Measure until `more(rounds so far)` says no, or the fresh values of a committed write are used up.

    In a round every query runs on every contestant, contestants in a random order that is drawn anew for
    each query, with the same bindings in the same order. Writes are rolled back, but for those named in
    `committed`: each of their bindings is used once, in order, the same number on every contestant. A query
    that never ends on a contestant isn't run there any more.
    """
    rounds = Rounds()
    draw = random.Random(seed)
    supply = {name: iter(bindings[name]) for name in committed}
    while more(rounds.count):
        fresh = {name: tuple(islice(values, pace.committed)) for name, values in supply.items()}
        if any(len(values) < pace.committed for values in fresh.values()):
            break
        for query in draw.sample(list(queries), len(queries)):
            keep = query.name in committed
            chosen = fresh[query.name] if keep else draw.choices(bindings[query.name], k=pace.most)
            running = [contestant for contestant in contestants if contestant.runs(query)]
            for contestant in draw.sample(running, len(running)):
                key = (contestant.label, query.name)
                if rounds.hopeless(key, once=keep):
                    rounds.repeat(key)
                else:
                    rounds.add(key, _slice(contestant.session, query, chosen, pace, keep))
        for contestant in contestants:
            rounds.floors[contestant.label].append(contestant.session.floor_ms())
    return rounds


def _slice(
    session: Session, query: Query, bindings: Iterable[Binding], pace: Pace, keep: bool
) -> tuple[Execution, ...]:
    executions: list[Execution] = []
    spent = 0.0
    for binding in bindings:
        execution = session.time(query, binding, keep=keep, timeout_ms=pace.timeout_ms)
        executions.append(execution)
        spent += execution.ms
        if execution.status is Status.TIMED_OUT:
            break
        if not keep and (spent >= pace.slice_ms or execution.status is not Status.OK):
            break
    return tuple(executions)


def shares(total: int, parts: int) -> list[range]:
    """Cut `total` things into `parts` ranges of almost equal length."""
    edges = [total * n // parts for n in range(parts + 1)]
    return [range(low, high) for low, high in pairwise(edges)]
