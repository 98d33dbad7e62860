"""The winner without each index in turn: what makes no measurable difference goes, the rest has figures."""

from __future__ import annotations

import random
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from time import monotonic

from optimizer.engines.base import Session
from optimizer.model.index import Index
from optimizer.model.measurement import FAILED_MS, Execution, Status
from optimizer.model.query import Binding, Query
from optimizer.model.result import Effect
from optimizer.search.finals.staging import Finalist
from optimizer.statistics.paired import Paired, compare
from optimizer.statistics.percentiles import latency
from optimizer.watch import Watcher


@dataclass(frozen=True, slots=True)
class Care:
    """How carefully one index is judged: rounds of with and without, milliseconds a query and round.

    Six rounds are the least that can tell two designs apart; `seconds` bounds one index.
    """

    rounds: int = 11
    least: int = 7
    slice_ms: float = 15.0
    most: int = 25
    timeout_ms: float = 10_000.0
    seconds: float = 8.0


@dataclass(frozen=True, slots=True)
class Judgement:
    """What one index does: the ratio of the weighted latency without it to that with it, and by query."""

    ratio: Paired
    because: tuple[Effect, ...]
    costs: tuple[Effect, ...]

    @property
    def pays(self) -> bool:
        """The mix is measurably slower without it, and so is a query of it; or one then misses its target."""
        keeps_target = any(effect.keeps_target for effect in self.because)
        return keeps_target or (self.ratio.slower and bool(self.because))


@dataclass(slots=True)
class _Series:
    """Medians per round of each query, with and without the index, and all executions."""

    by_query: dict[tuple[str, bool], list[float]] = field(default_factory=dict)
    stopped: set[str] = field(default_factory=set)
    last: dict[tuple[str, bool], tuple[Execution, ...]] = field(default_factory=dict)
    every: dict[tuple[str, bool], list[Execution]] = field(default_factory=dict)

    def hopeless(self, query: str, shown: bool) -> bool:
        """Whether the query didn't end the last time: it isn't run again, its lower bound stays."""
        return any(e.status is Status.TIMED_OUT for e in self.last.get((query, shown), ())[:1])

    def add(self, query: str, shown: bool, executions: Sequence[Execution]) -> None:
        self.last[query, shown] = tuple(executions)
        self.every.setdefault((query, shown), []).extend(executions)
        middle = statistics.median(e.counted_ms for e in executions)
        self.by_query.setdefault((query, shown), []).append(middle)
        if not shown and any(e.status is Status.TIMED_OUT for e in executions):
            self.stopped.add(query)

    def compare(self, queries: Sequence[Query]) -> Paired:
        """The weighted latencies of all rounds; queries that don't end with it nor without tell nothing."""
        telling = [
            query
            for query in queries
            if min(self.by_query[query.name, True]) < FAILED_MS
            and not (self.hopeless(query.name, True) and self.hopeless(query.name, False))
        ]
        return compare(self._weighted(telling, True), self._weighted(telling, False))

    def _weighted(self, queries: Sequence[Query], shown: bool) -> list[float]:
        rounds = zip(*(self.by_query[query.name, shown] for query in queries), strict=True)
        return [sum(q.share * ms for q, ms in zip(queries, one, strict=True)) for one in rounds]

    def effect(self, query: str) -> Effect:
        without, present = (statistics.median(self.by_query[query, shown]) for shown in (False, True))
        return Effect(
            query,
            without,
            present,
            not self.paired(query).tied,
            query in self.stopped,
            impossible=without >= FAILED_MS,
        )

    def reason(self, query: Query) -> Effect | None:
        """What the query loses without the index; None where nothing is measurably lost."""
        effect = self.effect(query.name)
        if effect.gains and self.paired(query.name).slower:
            return effect
        over = self._over_target_ms(query)
        return None if over is None else replace(effect, over_target_ms=over)

    def _over_target_ms(self, query: Query) -> float | None:
        """The latency at the target's percentile without the index, where the target is met only with it.

        Medians don't see an index that helps the most frequent values alone; targets and the score do.
        """
        without, present = (
            latency(self.every[query.name, shown], query.target.percentile) for shown in (False, True)
        )
        if without is None or present is None or not without.at_ms > query.target.ms >= present.at_ms:
            return None
        return without.at_ms

    def paired(self, query: str) -> Paired:
        return compare(self.by_query[query, True], self.by_query[query, False])


def prune(
    finalist: Finalist,
    affected: Mapping[Index, Sequence[Query]],
    upkeep: Mapping[Index, frozenset[str]],
    bindings: Mapping[str, Sequence[Binding]],
    watch: Watcher,
    seed: int,
    care: Care = Care(),
) -> tuple[dict[Index, Judgement], tuple[Index, ...]]:
    """The judgement of every index that stays, and those that are to go.

    `affected` has the queries whose plans use an index and the writes that keep it; `upkeep` names those
    writes that only keep it. An index on which nothing depends goes without being measured. What goes is
    tried once more together, for small losses add up; what remains is judged again where an index that
    went shared a query with it. One that came back and tells no reason, alone or together, goes after all.
    """
    bench = Workbench(finalist, affected, upkeep, bindings, seed, care)
    staying = sorted(finalist.design.indexes, key=lambda i: (len(affected.get(i, ())), i.name))
    judged: dict[Index, Judgement] = {}
    gone: dict[Index, float] = {}
    for n, index in enumerate(tuple(staying)):
        watch.step(f"is {index.name} needed?", n / len(finalist.design.indexes))
        judgement = bench.judge(index, staying)
        if judgement is not None and judgement.pays:
            judged[index] = judgement
        else:
            staying.remove(index)
            gone[index] = judgement.ratio.ratio if judgement is not None else 1.0
    watch.step("what went, together")
    returning = bench.returning(gone, staying)
    staying += returning
    left = [index for index in gone if index not in returning]
    for index in dict.fromkeys((*returning, *_shared(judged, left, affected))):
        again = bench.judge(index, staying)
        found = again if again is None or again.because else bench.joint(again, index)
        if found is not None and found.because:
            judged[index] = found
        elif index in returning:
            staying.remove(index)
            left.append(index)
    return judged, tuple(left)


def _shared(
    judged: Mapping[Index, Judgement], gone: Sequence[Index], affected: Mapping[Index, Sequence[Query]]
) -> list[Index]:
    lost = {query.name for index in gone for query in affected.get(index, ())}
    return [index for index in judged if any(query.name in lost for query in affected[index])]


@dataclass(slots=True)
class Workbench:
    """Where indexes are taken away and put back; each measurement draws its bindings anew."""

    finalist: Finalist
    affected: Mapping[Index, Sequence[Query]]
    upkeep: Mapping[Index, frozenset[str]]
    bindings: Mapping[str, Sequence[Binding]]
    seed: int
    care: Care
    together: list[tuple[frozenset[Index], _Series]] = field(default_factory=list)

    def judge(self, index: Index, staying: Sequence[Index]) -> Judgement | None:
        """What the mix loses without one index; None where nothing depends on it."""
        queries = self.affected.get(index, ())
        if not queries:
            return None
        series = self._measure(frozenset({index}), staying, queries)
        kept_by = self.upkeep.get(index, frozenset())
        because = (series.reason(query) for query in queries if query.name not in kept_by)
        return Judgement(
            series.compare(queries),
            tuple(effect for effect in because if effect is not None),
            tuple(series.effect(query.name) for query in queries if query.name in kept_by),
        )

    def returning(self, gone: Mapping[Index, float], staying: Sequence[Index]) -> list[Index]:
        """Those to put back: the ones missed most, until the rest is no measurable loss together."""
        missed = sorted((index for index in gone if self.affected.get(index)), key=lambda index: gone[index])
        back: list[Index] = []
        while missed and self._miss(missed, [*staying, *back]):
            half = len(missed) // 2
            missed, more = missed[:half], missed[half:]
            back += more
        return back

    def joint(self, judgement: Judgement, index: Index) -> Judgement:
        """The reason of an index that is missed only together with others: what was measured for them."""
        found = (
            series.reason(query)
            for missed, series in self.together
            if index in missed
            for query in self.affected[index]
        )
        because = {effect.query: replace(effect, joint=True) for effect in found if effect is not None}
        return replace(judgement, because=tuple(because.values()))

    def _miss(self, missed: Sequence[Index], staying: Sequence[Index]) -> bool:
        """Whether without these indexes together the mix is measurably slower, or a target is missed."""
        queries = list({q.name: q for index in missed for q in self.affected[index]}.values())
        series = self._measure(frozenset(missed), [*staying, *missed], queries)
        self.together.append((frozenset(missed), series))
        reasons = [effect for query in queries if (effect := series.reason(query)) is not None]
        return series.compare(queries).slower or any(one.keeps_target for one in reasons)

    def _measure(
        self, without: frozenset[Index], staying: Sequence[Index], queries: Sequence[Query]
    ) -> _Series:
        self.seed += 1
        draw = random.Random(self.seed)
        series = _Series()
        started = monotonic()
        for done in range(self.care.rounds):
            if done >= self.care.least and monotonic() - started > self.care.seconds:
                break
            chosen = {q.name: draw.choices(self.bindings[q.name], k=self.care.most) for q in queries}
            for shown in draw.sample((True, False), 2):
                self.finalist.database.show([i for i in staying if shown or i not in without])
                for query in queries:
                    executions = (
                        series.last[query.name, shown]
                        if series.hopeless(query.name, shown)
                        else _slice(self.finalist.session, query, chosen[query.name], self.care)
                    )
                    series.add(query.name, shown, executions)
        return series


def _slice(session: Session, query: Query, bindings: Sequence[Binding], care: Care) -> tuple[Execution, ...]:
    """One execution to warm up after the switch, then as many as fit."""
    first = session.time(query, bindings[0], timeout_ms=care.timeout_ms)
    if first.status is not Status.OK or first.ms > care.slice_ms * 4:
        return (first,)
    executions: list[Execution] = []
    spent = 0.0
    for binding in bindings:
        executions.append(session.time(query, binding, timeout_ms=care.timeout_ms))
        spent += executions[-1].ms
        if spent >= care.slice_ms:
            break
    return tuple(executions)
