from dataclasses import replace
from itertools import product

import pytest

from optimizer.model.query import Target
from optimizer.search.choice.choose import choose
from optimizer.search.choice.measured_choice import Need, choose_measured, unmeasured
from optimizer.search.choice.problem import Problem
from optimizer.search.choice.query_costs import LatencyBound, QueryCosts
from optimizer.search.masks import mask_of, members
from optimizer.search.plans.tree import PlanTree
from tests.search.made_up import Path, Planner, problem, value


class Laboratory:
    """A problem whose latencies are only known to be above the floor, until they are measured."""

    def __init__(self, truth: Problem) -> None:
        self.truth = truth
        self.measured: set[tuple[int, int, str | None]] = set()

    def problem(self) -> Problem:
        return replace(self.truth, queries=[self._known(n) for n in range(len(self.truth.queries))])

    def refine(self, needs: tuple[Need, ...]) -> bool:
        self.measured |= {(need.query, need.binding, need.fingerprint) for need in needs}
        return True

    @property
    def plans(self) -> int:
        return sum(len(tree.plans) for query in self._queries() for tree in query.trees)

    def _queries(self) -> list[QueryCosts]:
        return [query for query in self.truth.queries if isinstance(query, QueryCosts)]

    def _known(self, number: int) -> QueryCosts:
        query = self._queries()[number]

        def latencies(binding: int, fingerprint: str) -> LatencyBound:
            if (number, binding, fingerprint) in self.measured:
                return query.latencies(binding, fingerprint)
            return LatencyBound((0.05,), exact=False)

        return replace(query, latencies=latencies)


@pytest.mark.parametrize("seed", range(6))
def test_is_as_good_as_with_everything_measured(seed: int) -> None:
    truth = problem(seed, (7, 6), reads=6)
    laboratory = Laboratory(truth)
    found = choose_measured(laboratory.problem, laboratory.refine).choice
    assert found.exact
    assert not unmeasured(laboratory.problem(), found.mask)
    assert found.value == pytest.approx(choose(truth).value)
    assert found.value == pytest.approx(value(truth, found.mask))


def join_of_tables(tables: int, candidates: int) -> Problem:
    """One read that joins tables; each by one of its candidates, each slower and larger than the last."""
    choices = [range(table * candidates, (table + 1) * candidates) for table in range(tables)]
    paths = {}
    for chosen in product(*([None, *own] for own in choices)):
        used = [i for i in chosen if i is not None]
        slow = [100.0 if i is None else 0.02 + 0.3 * (i % candidates) for i in chosen]
        paths[mask_of(used)] = Path(mask_of(used), sum(slow))
    tree = PlanTree.grow(Planner(list(paths.values())).explain, 2 ** (tables * candidates) - 1, 10_000)
    cost = {plan.fingerprint: plan.cost for plan in tree.plans}
    query = QueryCosts(1.0, Target(50.0), [tree], lambda _, fingerprint: LatencyBound((cost[fingerprint],)))
    n = tables * candidates
    prices = [0.05 * (1 + i % candidates) for i in range(n)]
    return Problem(prices, [2**20] * n, [i // candidates for i in range(n)], [query])


def test_measures_far_from_all_plans() -> None:
    laboratory = Laboratory(join_of_tables(tables=3, candidates=5))
    found = choose_measured(laboratory.problem, laboratory.refine).choice
    assert found.exact
    assert members(found.mask) == (0, 5, 10)
    assert laboratory.plans == 6**3
    assert len(laboratory.measured) < laboratory.plans / 4


def test_stopped_it_claims_nothing() -> None:
    laboratory = Laboratory(problem(2, (6, 4), reads=5))
    found = choose_measured(laboratory.problem, lambda needs: False).choice
    assert not found.exact
