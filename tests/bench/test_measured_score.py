from __future__ import annotations

import pytest

from bench.measured_score import measured_score
from optimizer.model.query import Query, SourceText, Target

_READ = Query("read", 0.75, Target(10.0, 95.0), (SourceText("SELECT 1", "test"),))
_WRITE = Query("write", 0.25, Target(10.0, 95.0), (SourceText("SELECT 1", "test"),))


def test_each_binding_stands_with_its_median() -> None:
    samples = {"read": [[1.0, 1.0, 90.0], [3.0, 3.0, 3.0]], "write": [[4.0]]}

    assert measured_score([_READ, _WRITE], samples, 0) == pytest.approx(0.75 * 2.0 + 0.25 * 4.0)


def test_a_missed_target_and_the_bytes_count() -> None:
    samples = {"read": [[1.0], [20.0]]}

    assert measured_score([_READ], samples, 2**30) == pytest.approx(1000 * 0.75 * 2 + 0.75 * 10.5 + 0.1)
