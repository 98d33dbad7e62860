from __future__ import annotations

import pytest

from bench.pgbench_log import latencies_us


def test_the_third_field_is_the_latency() -> None:
    assert latencies_us("0 1 42 0 1412881037 912698\n0 2 51 0 1412881037 912839\n") == [42.0, 51.0]


def test_a_line_of_another_form_is_refused() -> None:
    with pytest.raises(ValueError, match="not a line of pgbench's log"):
        latencies_us("0 1 42")
