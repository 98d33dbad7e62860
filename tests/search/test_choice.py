import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimizer.search.choice.bounds import Bounds
from optimizer.search.choice.choose import choose
from optimizer.search.choice.groups import groups
from optimizer.search.choice.problem import Problem
from optimizer.search.masks import spread
from tests.search.made_up import best_by_force, problem, value

SHAPES = st.sampled_from([(3,), (6, 3), (4, 4, 2), (2, 2, 2, 2), (9,)])


def limited(of: Problem, seed: int) -> Problem:
    """The problem with limits that bite."""
    random_ = random.Random(seed)
    storage = int(random_.uniform(0.1, 0.6) * sum(of.bytes))
    room = {table: random_.randint(0, 3) for table in set(of.table_of)}
    return replace(of, storage_bytes=storage + 100, base_bytes=100, room=room)


@pytest.mark.parametrize("enumerated", [0, 14])
@pytest.mark.parametrize("seed", range(20))
def test_is_as_good_as_trying_all(seed: int, enumerated: int) -> None:
    of = problem(seed, tables=[(10,), (5, 5), (4, 3, 3), (7, 2)][seed % 4], reads=5)
    choice = choose(of, enumerated=enumerated)
    assert choice.exact
    assert choice.value == pytest.approx(best_by_force(of), rel=1e-9)
    assert choice.value == pytest.approx(value(of, choice.mask))


def test_told_to_stop_it_gives_an_allowed_set_and_proves_nothing() -> None:
    of = limited(problem(3, (10,), reads=5), 3)
    choice = choose(of, enumerated=0, going=lambda: False)
    assert of.allowed(choice.mask)
    assert not choice.exact
    assert choice.examined < choose(of, enumerated=0).examined


@given(st.integers(0, 10**6), SHAPES, st.sampled_from([0, 4, 14]))
@settings(max_examples=40, deadline=None)
def test_is_as_good_as_trying_all_within_the_limits(
    seed: int, shape: tuple[int, ...], enumerated: int
) -> None:
    of = limited(problem(seed, shape, reads=4), seed)
    choice = choose(of, enumerated=enumerated)
    assert of.allowed(choice.mask)
    assert choice.exact
    assert choice.value == pytest.approx(best_by_force(of), rel=1e-9)


@given(st.integers(0, 10**6), st.data())
@settings(max_examples=40, deadline=None)
def test_no_set_is_better_than_its_bounds(seed: int, data: st.DataObject) -> None:
    of = problem(seed, (4, 4), reads=4)
    bounds = Bounds(of, 255)
    bounds.tune(255, rounds=5)
    included = data.draw(st.integers(0, 255))
    open_ = data.draw(st.integers(0, 255)) & ~included
    least = min(value(of, included | part) for part in spread(open_))
    assert bounds.over(included, open_).value <= least + 1e-9 * abs(least)


@pytest.mark.parametrize("seed", range(3))
def test_forty_candidates_are_proved_within_the_budget(seed: int) -> None:
    of = problem(seed, tables=(12, 10, 8, 6, 4), reads=10, bindings=3)
    choice = choose(of, nodes=3000)
    assert choice.exact
    assert choice.examined < 2**17


def test_out_of_nodes_nothing_is_claimed() -> None:
    of = problem(1, tables=(12, 10, 8), reads=10, joins=1.0)
    proved, hurried = choose(of), choose(of, nodes=2)
    assert proved.exact
    assert not hurried.exact
    assert proved.value <= hurried.value <= value(of, 0)


def test_contenders_are_distinct_allowed_and_in_order() -> None:
    of = limited(problem(3, (6, 4), reads=6), 3)
    choice = choose(of, contenders=5)
    masks = [mask for mask, _ in choice.contenders]
    assert len(set(masks)) == len(masks) == 5
    assert choice.contenders[0] == (choice.mask, choice.value)
    assert list(choice.contenders) == sorted(choice.contenders, key=lambda entry: entry[1])
    assert all(of.allowed(mask) for mask in masks)
    assert all(worth == pytest.approx(value(of, mask)) for mask, worth in choice.contenders)


def test_what_is_never_used_is_never_chosen() -> None:
    of = problem(5, (4, 4), reads=3)
    more = replace(of, storage_cost=[*of.storage_cost, 0.0], bytes=[*of.bytes, 0], table_of=[*of.table_of, 1])
    assert choose(more).mask == choose(of).mask
    assert choose(more).value == pytest.approx(choose(of).value)


def test_base_beyond_the_limit_is_told() -> None:
    choice = choose(replace(problem(5, (3,), reads=2), storage_bytes=9, base_bytes=10))
    assert not choice.feasible
    assert choice.contenders == ()


def test_groups_are_what_no_query_and_no_limit_ties() -> None:
    of = problem(2, (3, 3, 3), reads=6, joins=0.0)
    assert all(group.bit_count() <= 3 for group in groups(of))
    one_table = replace(of, table_of=[0] * 9, room={0: 2})
    assert len(groups(one_table)) == 1
