from __future__ import annotations

from random import Random

from bench.random_sets import random_set, random_set_of


def test_random_sets_are_small_and_large_alike_and_the_same_for_a_seed() -> None:
    sets = [random_set(Random(seed), 40) for seed in range(200)]
    sizes = [mask.bit_count() for mask in sets]

    assert sets == [random_set(Random(seed), 40) for seed in range(200)]
    assert all(mask < 1 << 40 for mask in sets)
    assert min(sizes) <= 4
    assert max(sizes) >= 36


def test_a_set_of_a_size_has_it() -> None:
    assert {random_set_of(Random(seed), 12, 5).bit_count() for seed in range(50)} == {5}
    assert all(random_set_of(Random(seed), 12, 12) == (1 << 12) - 1 for seed in range(5))
