from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from generators.permutation import permutation


@settings(max_examples=60, deadline=None)
@given(size=st.integers(1, 5000), seed=st.integers(0, 2**128))
def test_is_a_bijection_with_its_inverse(size: int, seed: int) -> None:
    shuffle, numbers = permutation(size, seed), np.arange(size)
    images = shuffle(numbers)
    assert sorted(images.tolist()) == numbers.tolist()
    assert shuffle.inverse(images).tolist() == numbers.tolist()


@given(size=st.integers(1, 2**62), seed=st.integers(0, 99), at=st.integers(0, 2**61))
def test_inverse_of_large_ones(size: int, seed: int, at: int) -> None:
    shuffle = permutation(size, seed)
    image = shuffle(np.array([at % size]))
    assert 0 <= image[0] < size
    assert shuffle.inverse(image)[0] == at % size


def test_goes_on_beyond_its_size() -> None:
    assert sorted(permutation(10, 1)(np.arange(10, 30)).tolist()) == list(range(10, 30))


def test_scatters_neighbours() -> None:
    images = permutation(100_000, 5)(np.arange(100_000))
    assert np.median(np.abs(np.diff(images))) > 20_000
    assert abs(float(np.corrcoef(np.arange(100_000), images)[0, 1])) < 0.02
