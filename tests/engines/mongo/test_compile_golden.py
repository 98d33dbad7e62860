"""The compiler's golden pairs: each statement on each of its designs, as it was read and found good."""

from __future__ import annotations

import pytest

from tests.engines.mongo.compile_golden import Pair, compiled, pairs, rendered


@pytest.mark.parametrize("pair", pairs(), ids=str)
def test_statements_compile_as_they_were_read(pair: Pair) -> None:
    assert pair.expected.keys() == set(pair.designs)
    for design in pair.designs:
        assert rendered(compiled(pair, design)) == pair.expected[design], design
