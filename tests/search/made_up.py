"""Made-up planners and latencies: tables of costs instead of a server."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from optimizer.model.query import Target
from optimizer.search.choice.problem import Problem
from optimizer.search.choice.query_costs import LatencyBound, QueryCosts
from optimizer.search.masks import mask_of, members
from optimizer.search.plans.tree import PlanTree, SeenPlan
from optimizer.search.score import storage_price


@dataclass(frozen=True)
class Path:
    """An access path: the candidates it needs, and its cost."""

    used: int
    cost: float

    @property
    def seen(self) -> SeenPlan:
        return SeenPlan(f"plan over {members(self.used)}", self.used, self.cost)


@dataclass
class Planner:
    """Takes the cheapest path that the visible candidates allow, and counts how often it is asked."""

    paths: Sequence[Path]
    asked: list[int] = field(default_factory=list)

    def plan(self, visible: int) -> SeenPlan:
        possible = [path for path in self.paths if not path.used & ~visible]
        return min(possible, key=lambda path: (path.cost, path.used)).seen

    def explain(self, visible: int) -> SeenPlan:
        self.asked.append(visible)
        return self.plan(visible)


def planner(random_: random.Random, candidates: Sequence[int], paths: int, most_used: int = 3) -> Planner:
    """A planner with a path that needs nothing, the slowest, and random others."""
    chosen = {0: 1000.0}
    for _ in range(paths):
        used = mask_of(random_.sample(candidates, random_.randint(1, min(most_used, len(candidates)))))
        chosen.setdefault(used, random_.uniform(1, 900))
    return Planner([Path(used, cost) for used, cost in chosen.items()])


def latencies_of(trees: Sequence[PlanTree], random_: random.Random) -> Callable[[int, str], LatencyBound]:
    """Latencies that follow the planner's costs, but not strictly: a planner errs."""
    known = {
        (binding, plan.fingerprint): LatencyBound(
            tuple(plan.cost / 10 * random_.uniform(0.5, 2.0) for _ in range(5))
        )
        for binding, tree in enumerate(trees)
        for plan in tree.plans
    }
    return lambda binding, fingerprint: known[binding, fingerprint]


def read(
    random_: random.Random, share: float, candidates: Sequence[int], bindings: int, paths: int = 8
) -> QueryCosts:
    """A read that can use these candidates; the plans of its bindings are of three kinds at most."""
    relevant = mask_of(candidates)
    planners = [planner(random_, candidates, paths) for _ in range(min(3, bindings))]
    trees = [PlanTree.grow(planners[n % 3].explain, relevant, 10_000) for n in range(bindings)]
    target = Target(random_.uniform(1, 60), 95.0)
    return QueryCosts(share, target, trees, latencies_of(trees, random_))


def write(random_: random.Random, share: float, candidates: Sequence[int]) -> QueryCosts:
    """A write that finds its row by the first candidate or slowly, and maintains all of them."""
    tree = PlanTree.grow(
        Planner([Path(0, 500.0), Path(1 << candidates[0], 5.0)]).explain, mask_of(candidates), 100
    )
    deltas = {i: random_.uniform(0, 0.4) for i in candidates}
    return QueryCosts(share, Target(random_.uniform(1, 20)), [tree], latencies_of([tree], random_), deltas)


def problem(seed: int, tables: Sequence[int], reads: int, bindings: int = 2, joins: float = 0.3) -> Problem:
    """A random workload over tables with so many candidates each: reads, some of them joins, and writes."""
    random_ = random.Random(seed)
    table_of = [table for table, count in enumerate(tables) for _ in range(count)]
    by_table = [[i for i, there in enumerate(table_of) if there == table] for table in range(len(tables))]
    queries = []
    for _ in range(reads):
        touched = random_.sample(range(len(tables)), 2 if random_.random() < joins and len(tables) > 1 else 1)
        candidates = sorted(
            i for table in touched for i in random_.sample(by_table[table], min(6, tables[table]))
        )
        queries.append(read(random_, random_.uniform(0.02, 0.1), candidates, bindings))
    queries += [write(random_, random_.uniform(0.01, 0.1), own) for own in by_table]
    bytes_ = [random_.randint(1, 400) * 2**20 for _ in table_of]
    return Problem([storage_price(size) for size in bytes_], bytes_, table_of, queries)


def value(of: Problem, mask: int) -> float:
    """The value from the definition, nothing remembered or shared."""
    storage = sum(of.storage_cost[i] for i in members(mask))
    return of.base_cost + storage + sum(query.cost(mask) for query in of.queries)


def best_by_force(of: Problem) -> float:
    """The lowest value of all sets that keep the limits."""
    return min(value(of, mask) for mask in range(1 << of.n) if of.allowed(mask))
