import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimizer.search.masks import spread
from optimizer.search.plans.tree import PlanTree, SeenPlan
from tests.search.made_up import Path, Planner, planner


@st.composite
def planners(draw: st.DrawFn) -> tuple[int, Planner]:
    n = draw(st.integers(1, 10))
    used = draw(st.lists(st.integers(1, 2**n - 1), max_size=12, unique=True))
    costs = draw(st.lists(st.integers(1, 20), min_size=len(used), max_size=len(used)))
    paths = [Path(u, c) for u, c in zip(used, costs, strict=True)]
    return n, Planner([Path(0, 21.0), *paths])


@given(planners())
@settings(max_examples=150, deadline=None)
def test_knows_every_plan_of_a_planner_that_keeps_to_the_assumption(made: tuple[int, Planner]) -> None:
    n, by = made
    tree = PlanTree.grow(by.explain, 2**n - 1, budget=2**n)
    assert all(tree.lookup(mask) == by.plan(mask) for mask in range(2**n))
    assert len(by.asked) == len(set(by.asked)) == tree.explains


@given(planners(), st.data())
@settings(max_examples=100, deadline=None)
def test_possible_holds_every_plan_of_the_range(made: tuple[int, Planner], data: st.DataObject) -> None:
    n, by = made
    tree = PlanTree.grow(by.explain, 2**n - 1, budget=2**n)
    included = data.draw(st.integers(0, 2**n - 1))
    open_ = data.draw(st.integers(0, 2**n - 1)) & ~included
    possible = set(tree.possible(included, open_))
    assert {by.plan(included | part) for part in spread(open_)} <= possible


def test_takes_few_explains() -> None:
    counts = []
    for seed in range(20):
        by = planner(random.Random(seed), range(12), paths=8, most_used=2)
        counts.append(PlanTree.grow(by.explain, 2**12 - 1, budget=4096).explains)
    assert max(counts) < 64  # of 4,096 sets


def test_candidates_of_other_tables_are_masked_away() -> None:
    by = Planner([Path(0, 9.0), Path(0b0100, 1.0)])
    tree = PlanTree.grow(by.explain, 0b0110, budget=9)
    assert by.asked[0] == 0b0110
    assert tree.lookup(0b1101) == by.plan(0b0100)
    assert tree.lookup(0b1011) == by.plan(0)
    assert tree.deciding == 0b0100


def test_beyond_the_budget_nothing_is_guessed() -> None:
    by = Planner([Path(0, 9.0), Path(0b01, 1.0), Path(0b10, 2.0)])
    tree = PlanTree.grow(by.explain, 0b11, budget=2)
    assert tree.explains == 2
    assert tree.lookup(0b11) == by.plan(0b11)
    assert tree.lookup(0b10) == by.plan(0b10)
    assert tree.lookup(0) is None
    assert None in set(tree.possible(0, 0b11))
    tree.correct(0, by.plan(0))
    assert tree.lookup(0) == by.plan(0)


def lying(visible: int) -> SeenPlan:
    """Thinks the plan over candidate 0 cheap only where candidate 2, which it doesn't use, is visible."""
    if visible & 0b001 and visible & 0b100:
        return SeenPlan("by 0", 0b001, 1.0)
    return SeenPlan("by 1", 0b010, 3.0) if visible & 0b010 else SeenPlan("scan", 0, 9.0)


def test_what_was_verified_repairs_a_planner_that_lies() -> None:
    tree = PlanTree.grow(lying, 0b111, budget=9)
    assert tree.lookup(0b011) == SeenPlan("by 0", 0b001, 1.0)
    tree.correct(0b011, lying(0b011))
    assert tree.lookup(0b011) == lying(0b011)
    assert tree.lookup(0b001) == SeenPlan("by 0", 0b001, 1.0)  # not between what it uses and what it saw
    tree.correct(0b001, lying(0b001))
    assert tree.lookup(0b001) == lying(0b001)


def test_two_verified_sets_that_only_an_unused_candidate_tells_apart() -> None:
    tree = PlanTree.grow(lying, 0b111, budget=9)
    assert not tree.deciding & 0b100
    for mask in (0b111, 0b011):
        tree.correct(mask, lying(mask))
    assert tree.deciding & 0b100
    assert [tree.lookup(mask) for mask in (0b111, 0b011)] == [lying(0b111), lying(0b011)]


@given(st.integers(0, 10**6))
@settings(max_examples=30, deadline=None)
def test_correcting_every_set_leaves_no_error(seed: int) -> None:
    random_ = random.Random(seed)
    table = {mask: planner(random_, range(5), paths=6).plan(mask) for mask in range(32)}
    tree = PlanTree.grow(table.__getitem__, 31, budget=32)
    for mask in random_.sample(range(32), 32):
        tree.correct(mask, table[mask])
    for mask in range(32):
        assert tree.lookup(mask) == table[mask]
        assert table[mask] in set(tree.possible(mask & 0b10101, 31))


def test_a_plan_over_something_hidden_is_refused() -> None:
    with pytest.raises(ValueError, match="only 0x1 is visible"):
        PlanTree.grow(lambda visible: SeenPlan("by 1", 0b10), 0b01, budget=9)
