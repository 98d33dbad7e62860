"""The winner without each index in turn: what makes no measurable difference goes, the rest has figures."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from time import monotonic

from optimizer.engines.base import Session
from optimizer.measure.rounds import Rounds
from optimizer.model.index import Index
from optimizer.model.measurement import Execution, Status
from optimizer.model.query import Binding, Query
from optimizer.model.result import Effect
from optimizer.search.finals.effects import effect, reason
from optimizer.search.finals.judging import faster_by
from optimizer.search.finals.staging import Finalist
from optimizer.statistics.paired import Paired
from optimizer.watch import Watcher

WITH, WITHOUT = "with", "without"
"""The two contestants: the same database with an index, or several, and without."""


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
    together: list[tuple[frozenset[Index], Rounds]] = field(default_factory=list)

    def judge(self, index: Index, staying: Sequence[Index]) -> Judgement | None:
        """What the mix loses without one index; None where nothing depends on it."""
        queries = self.affected.get(index, ())
        if not queries:
            return None
        rounds = self._measure(frozenset({index}), staying, queries)
        kept_by = self.upkeep.get(index, frozenset())
        return Judgement(
            faster_by(rounds, queries, WITH, WITHOUT),
            tuple(_reasons(rounds, (query for query in queries if query.name not in kept_by))),
            tuple(effect(rounds, query.name, WITHOUT, WITH) for query in queries if query.name in kept_by),
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
        because = {
            found.query: replace(found, joint=True)
            for missed, rounds in self.together
            if index in missed
            for found in _reasons(rounds, self.affected[index])
        }
        return replace(judgement, because=tuple(because.values()))

    def _miss(self, missed: Sequence[Index], staying: Sequence[Index]) -> bool:
        """Whether without these indexes together the mix is measurably slower, or a target is missed."""
        queries = list({q.name: q for index in missed for q in self.affected[index]}.values())
        rounds = self._measure(frozenset(missed), [*staying, *missed], queries)
        self.together.append((frozenset(missed), rounds))
        slower = faster_by(rounds, queries, WITH, WITHOUT).slower
        return slower or any(found.keeps_target for found in _reasons(rounds, queries))

    def _measure(
        self, without: frozenset[Index], staying: Sequence[Index], queries: Sequence[Query]
    ) -> Rounds:
        self.seed += 1
        self.finalist.sweep()
        draw = random.Random(self.seed)
        rounds = Rounds()
        started = monotonic()
        for done in range(self.care.rounds):
            if done >= self.care.least and monotonic() - started > self.care.seconds:
                break
            chosen = {q.name: draw.choices(self.bindings[q.name], k=self.care.most) for q in queries}
            for label in draw.sample((WITH, WITHOUT), 2):
                self.finalist.database.show([i for i in staying if label == WITH or i not in without])
                for query in queries:
                    key = (label, query.name)
                    if rounds.hopeless(key, once=True):
                        rounds.repeat(key)
                    else:
                        rounds.add(key, _slice(self.finalist.session, query, chosen[query.name], self.care))
        return rounds


def _reasons(rounds: Rounds, queries: Iterable[Query]) -> Iterator[Effect]:
    """What is measurably lost without what was taken away, by query."""
    return (found for query in queries if (found := reason(rounds, query, WITHOUT, WITH)) is not None)


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
