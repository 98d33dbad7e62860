import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.model.query import Target
from optimizer.search.choice.distribution import distribution, envelope, mixture, percentile
from optimizer.search.choice.query_costs import LatencyBound, QueryCosts
from optimizer.search.plans.tree import PlanTree
from optimizer.search.score import QueryFigures, contribution
from optimizer.statistics.percentiles import nearest_rank
from tests.search.made_up import Path, Planner, read

SAMPLES = st.lists(st.floats(0.01, 1e4), min_size=1, max_size=12)
EITHER = Planner([Path(0, 9.0), Path(0b01, 2.0), Path(0b10, 1.0)])
MS = {(): 80.0, (0,): 3.0, (1,): 5.0}


def by_plan(binding: int, fingerprint: str) -> LatencyBound:
    ms = next(ms for used, ms in MS.items() if fingerprint == f"plan over {used}")
    return LatencyBound((ms + binding, ms + binding + 2))


def costs(bindings: int = 1, **more: object) -> QueryCosts:
    trees = [PlanTree.grow(EITHER.explain, 0b11, 9) for _ in range(bindings)]
    return QueryCosts(0.5, Target(10.0, 95.0), trees, by_plan, **more)


@given(st.lists(SAMPLES, min_size=1, max_size=4), st.sampled_from([50.0, 90.0, 95.0, 99.0]))
def test_alike_weighted_samples_have_the_nearest_rank(parts: list[list[float]], percent: float) -> None:
    pooled = sorted(sample for part in parts for sample in part)
    of = [distribution(part, len(part) / len(pooled)) for part in parts]
    assert percentile(of, percent) == nearest_rank(pooled, percent)
    assert percentile([mixture(of)], percent) == percentile(of, percent)


@given(SAMPLES, SAMPLES, SAMPLES, st.floats(1, 99.9))
def test_no_part_is_faster_than_the_envelope(
    a: list[float], b: list[float], other: list[float], percent: float
) -> None:
    parts = [distribution(a, 0.7), distribution(b, 0.7)]
    fast, rest = envelope(parts), distribution(other, 0.3)
    assert percentile([fast, rest], percent) <= min(percentile([part, rest], percent) for part in parts)


def test_figures_follow_the_plans() -> None:
    query = costs(bindings=2)
    assert query.figures(0b00) == QueryFigures(0.5, 10.0, 83.0, 81.5)
    assert query.figures(0b01) == QueryFigures(0.5, 10.0, 6.0, 4.5)
    assert query.figures(0b11) == query.figures(0b10)
    assert query.cost(0b01) == contribution(query.figures(0b01))


def test_weights_say_how_often_a_binding_runs() -> None:
    assert costs(bindings=2, weights=[1.0, 3.0]).figures(0b01).mean_ms == pytest.approx(4.0 + 0.75)


def test_what_is_shown_is_maintained_unless_the_plan_uses_it() -> None:
    query = costs(deltas={0: 0.5, 1: 0.25, 2: 1.0})
    assert query.figures(0b01).mean_ms == pytest.approx(4.0)
    assert query.figures(0b11).mean_ms == pytest.approx(6.0 + 0.5)
    assert query.figures(0b100).mean_ms == pytest.approx(81.0 + 1.0)
    assert query.relevant == 0b111
    assert [query.upkeep(i) for i in range(3)] == [0.0, 0.0, 0.5]
    with pytest.raises(ValueError, match="never negative"):
        costs(deltas={0: -1.0})


def test_tells_what_is_not_measured() -> None:
    def latencies(binding: int, fingerprint: str) -> LatencyBound:
        return LatencyBound((1.0,), exact=binding == 1 or fingerprint == "plan over ()")

    trees = [PlanTree.grow(EITHER.explain, 0b11, 9), PlanTree.grow(EITHER.explain, 0b11, 9)]
    query = QueryCosts(1.0, Target(), trees, latencies)
    assert query.unmeasured(0b01) == ((0, "plan over (0,)"),)
    assert query.unmeasured(0b00) == ()


def test_an_unknown_plan_costs_the_floor() -> None:
    tree = PlanTree.grow(EITHER.explain, 0b11, budget=1)
    query = QueryCosts(1.0, Target(), [tree], by_plan, floor=LatencyBound((0.05,), exact=False))
    assert query.figures(0b00).mean_ms == pytest.approx(0.05)
    assert query.unmeasured(0b00) == ((0, None),)


def test_bindings_with_equal_trees_pay_together() -> None:
    assert list(costs(bindings=4).payers) == [1.0]
    assert len(read(random.Random(1), 0.1, range(6), bindings=9).payers) == 3
