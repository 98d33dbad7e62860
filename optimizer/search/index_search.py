"""The index set of one loaded structure: map the plans, choose, measure what the choice needs, verify."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from optimizer.model.index import Index
from optimizer.model.names import TableName
from optimizer.model.query import Binding, Query
from optimizer.model.workload import Limits
from optimizer.search.choice.choose import Choice, choose
from optimizer.search.choice.measured_choice import Need, choose_measured, unmeasured
from optimizer.search.choice.problem import Problem
from optimizer.search.choice.query_costs import QueryCosts
from optimizer.search.plans.mapping import Switchboard
from optimizer.search.plans.memo import Memo, PlanKey
from optimizer.search.plans.plan_latencies import LatencyBound
from optimizer.search.plans.plan_meter import PlanMeter, by_query
from optimizer.search.plans.query_plans import QueryPlans
from optimizer.search.plans.upkeep import Upkeep, measure_upkeep
from optimizer.search.score import storage_price
from optimizer.watch import Clock, Watcher

CONTENDERS = 6
PROMISING = 20.0
DUELS = 3
VERIFICATIONS = 8


@dataclass(frozen=True, slots=True)
class IndexSpace:
    """What is searched: the candidates' bytes on disk, the queries with their bindings and limits.

    `touched` has the tables whose indexes can change a query's plans (None: not known), `written` each write
    with the tables' candidates that it has to maintain; `base_bytes` are those of tables and keys.
    """

    queries: Sequence[Query]
    bindings: Mapping[str, Sequence[Binding]]
    touched: Mapping[str, frozenset[TableName] | None]
    written: Mapping[str, frozenset[Index]]
    bytes: Mapping[Index, int]
    base_bytes: int
    limits: Limits
    seed: int


@dataclass
class IndexSearch:
    """The search within one structure; `verified` counts plans that were checked, and those found wrong."""

    board: Switchboard
    space: IndexSpace
    memo: Memo
    floor_ms: float
    watch: Watcher
    clock: Clock
    plans: dict[str, QueryPlans] = field(default_factory=dict)
    upkeep: Upkeep = field(default_factory=lambda: Upkeep({}))
    verified: tuple[int, int] = (0, 0)
    meter: PlanMeter = field(init=False)

    def __post_init__(self) -> None:
        space = self.space
        self.meter = PlanMeter(
            self.board,
            self.memo,
            space.bindings,
            self.plans,
            self.floor_ms,
            space.seed,
            self.longest_ms,
        )

    @property
    def longest_ms(self) -> float:
        """How long a statement may run in the search."""
        return self.clock.statement_ms(max(query.target.ms for query in self.space.queries))

    def map_plans(self) -> None:
        """Grow the plan trees of every query and binding."""
        queries = self.space.queries
        for n, query in enumerate(queries):
            self.watch.step(f"plans of {query.name}", n / len(queries))
            tables = self.space.touched[query.name]
            relevant = self.board.everything if tables is None else self.board.on_tables(tables)
            bindings = self.space.bindings[query.name]
            self.plans[query.name] = QueryPlans(self.board, query, bindings, relevant)
            self.plans[query.name].grow()

    def weigh_writes(self) -> None:
        """Measure what each index adds to each write."""
        by_name = {query.name: query for query in self.space.queries}
        writes = {
            name: (by_name[name], self.board.mask(indexes)) for name, indexes in self.space.written.items()
        }
        self.watch.step("what each index costs the writes")
        self.upkeep = measure_upkeep(
            self.board,
            self.memo,
            writes,
            self.space.bindings,
            self.space.seed,
            lambda: self.clock.searching,
            self.longest_ms,
        )
        self.board.database.sweep()
        self.board.shown = None

    def choose(self) -> Choice:
        """The best set by measured latencies, every plan of the best few verified with real EXPLAINs."""
        self.evaluate(self.board.everything)
        self.measure_ahead()
        return self._sober(self._side_by_side(self._verified()))

    def _sober(self, choice: Choice) -> Choice:
        """The choice itself where all its plans are measured; where the time was over before they were, the
        best by what was measured, plans that weren't counting as lost."""
        if not unmeasured(self.problem(), choice.mask):
            return choice
        return replace(choose(self.problem(hopeful=False), contenders=CONTENDERS), exact=False)

    def _verified(self) -> Choice:
        """The best set, every plan of the best few checked with real EXPLAINs until none is wrong."""
        choice = self._lazy()
        for _ in range(VERIFICATIONS):
            if not self._verify([mask for mask, _ in choice.contenders[:CONTENDERS]]):
                break
            choice = self._lazy()
        return choice

    def _side_by_side(self, choice: Choice) -> Choice:
        """Measure again what tells the best few sets apart, interleaved, and choose once more.

        Plans are first measured each at its own moment, and machines drift.
        """
        for _ in range(DUELS):
            masks = [mask for mask, _ in choice.contenders[:CONTENDERS]]
            for n, query in enumerate(self.space.queries):
                self.watch.step("the best designs side by side", n / len(self.space.queries))
                if not self.clock.searching:
                    return choice
                self.meter.measure_beside(query, masks, lambda: self.clock.searching)
            before, choice = choice, self._verified()
            if choice.mask == before.mask:
                break
        return choice

    def evaluate(self, mask: int) -> tuple[float, bool]:
        """Measure what a set still needs; its value, and whether that is exact or only a lower bound.

        A plan that was stopped stays a lower bound here: the set is clearly beaten.
        """
        self.refine(unmeasured(self.problem(), mask))
        problem = self.problem()
        return value_of(problem, mask), not unmeasured(problem, mask)

    def problem(self, hopeful: bool = True) -> Problem:
        """The choice as a problem, with all that is known now.

        A plan that wasn't measured costs at least what the driver does; if not `hopeful`, as much as one that
        was lost.
        """
        space, candidates = self.space, self.board.candidates
        tables = sorted({index.table for index in candidates})
        numbers = {table: number for number, table in enumerate(tables)}
        limit = space.limits.indexes_per_table
        return Problem(
            storage_cost=[storage_price(space.bytes[index]) for index in candidates],
            bytes=[space.bytes[index] for index in candidates],
            table_of=[numbers[index.table] for index in candidates],
            queries=[self._costs(query, hopeful) for query in space.queries],
            storage_bytes=space.limits.storage_bytes,
            base_bytes=space.base_bytes,
            base_cost=storage_price(space.base_bytes),
            room={} if limit is None else dict.fromkeys(numbers.values(), limit),
        )

    def refine(self, needs: Sequence[Need]) -> bool:
        """Measure these plans; False where the time is up or the user stopped the search."""
        by_name = {query.name: query for query in self.space.queries}
        names = [query.name for query in self.space.queries]
        for mask in dict.fromkeys(need.mask for need in needs):
            wanted = by_query((names[n.query], n.binding, n.fingerprint) for n in needs if n.mask == mask)
            for name, pairs in wanted.items():
                if not self.clock.searching:
                    return False
                self.watch.step(f"measuring plans of {name}")
                self.meter.measure(by_name[name], mask, pairs)
        return True

    def measure_ahead(self) -> None:
        """Measure the plans that a good set may well need, before choosing: that saves many choices.

        The planner's cost only decides what is measured ahead; any other plan is measured when a choice
        needs it.
        """
        problem = self.problem()
        promising = self._promising()
        for done, (number, mask) in enumerate(promising):
            self.watch.step("measuring promising plans", done / len(promising))
            wanted = tuple(
                Need(number, binding, fingerprint, mask)
                for binding, fingerprint in problem.queries[number].unmeasured(mask)
                if fingerprint is not None and not self._asked(number, binding, fingerprint)
            )
            if not self.refine(wanted):
                return

    def _promising(self) -> list[tuple[int, int]]:
        """Queries, by number, and sets that show plans with at most `PROMISING` times the least cost."""
        found: dict[tuple[int, int], float] = {}
        for number, query in enumerate(self.space.queries):
            for tree in self.plans[query.name].trees:
                cheapest = min(node.plan.cost for node in tree.nodes)
                for node in tree.nodes:
                    excess = node.plan.cost / cheapest if cheapest else 1.0
                    if excess <= PROMISING:
                        key = (number, node.visible)
                        found[key] = min(excess, found.get(key, excess))
        return sorted(found, key=found.__getitem__)

    def _asked(self, number: int, binding: int, fingerprint: str) -> bool:
        name = self.space.queries[number].name
        return bool(self.memo.plan(PlanKey(name, binding, fingerprint)))

    @property
    def distinct_plans(self) -> int:
        """Different plans of all queries, over their bindings and all subsets of the candidates."""
        return sum(
            len({plan.fingerprint for tree in plans.trees for plan in tree.plans})
            for plans in self.plans.values()
        )

    def _lazy(self) -> Choice:
        choice = choose_measured(
            self.problem, self.refine, contenders=CONTENDERS, going=lambda: self.clock.searching
        ).choice
        proved = "proved" if choice.exact else "not proved"
        self.watch.best(f"{choice.mask.bit_count()} indexes, score {choice.value:.4g}, {proved}")
        return choice

    def _costs(self, query: Query, hopeful: bool) -> QueryCosts:
        name = query.name
        unknown = LatencyBound((self.floor_ms if hopeful else self.longest_ms,), exact=False)

        def latencies(binding: int, fingerprint: str) -> LatencyBound:
            known = self.meter.latency(name, binding, fingerprint)
            asked = hopeful or known.exact or self.memo.plan(PlanKey(name, binding, fingerprint))
            return known if asked else unknown

        return QueryCosts(
            share=query.share,
            target=query.target,
            trees=self.plans[name].trees,
            latencies=latencies,
            deltas=self.upkeep.by_query.get(name, {}),
            floor=unknown,
        )

    def _verify(self, masks: Sequence[int]) -> int:
        """Check the plans of these sets; how many were wrong."""
        found = 0
        for n, mask in enumerate(masks):
            self.watch.step("checking the plans of the best designs", n / len(masks))
            for plans in self.plans.values():
                wrong = plans.learn(mask)
                self.verified = (self.verified[0] + len(plans.trees), self.verified[1] + wrong)
                found += wrong
        return found


def value_of(problem: Problem, mask: int) -> float:
    """The score's value of a set, by what is known."""
    storage = sum(price for n, price in enumerate(problem.storage_cost) if mask >> n & 1)
    return problem.base_cost + storage + sum(query.cost(mask) for query in problem.queries)
