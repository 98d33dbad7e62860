"""What counts as the same answer, and what doesn't."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from optimizer.equivalence import Order, Verdict, compare
from optimizer.model.answer import Answer

TEXT = "2b8b0c9e-6a44-4b0a-9d6b-0d9a3c8f5e11"


def answer(*rows: tuple[Any, ...]) -> Answer:
    return Answer(("a",), rows)


def verdict(left: Any, right: Any, computed: bool = False) -> Verdict:
    order = Order(None, False, frozenset({0}) if computed else frozenset())
    return compare(answer((left,)), answer((right,)), order).verdict


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (None, None),
        (1, Decimal("1.00")),
        (0.1 + 0.2, 0.3),
        (UUID(TEXT), TEXT),
        (datetime(2026, 1, 1, 12, tzinfo=UTC), datetime(2026, 1, 1, 14, tzinfo=timezone(timedelta(hours=2)))),
        (datetime(2026, 1, 1, 0, 0, 0, 1234), datetime(2026, 1, 1, 0, 0, 0, 1999)),
        (timedelta(seconds=1), timedelta(milliseconds=1000)),
        ({"a": 1, "b": [1, 2]}, {"b": [1, 2], "a": 1}),
        ([1, None], [1, None]),
    ],
)
def test_equal_values(left: Any, right: Any) -> None:
    assert verdict(left, right) is Verdict.SAME


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (None, 0),
        (None, ""),
        (True, 1),
        (False, 0),
        (Decimal("1.001"), Decimal("1.002")),
        ("a", "A"),
        ([1, 2], [2, 1]),
        ({"a": None}, {}),
        (1, 1.5),
        ("1", 1),
    ],
)
def test_different_values(left: Any, right: Any) -> None:
    assert verdict(left, right) is Verdict.DIFFERENT


def test_an_average_is_compared_to_six_digits() -> None:
    assert verdict(Decimal("4.3333333333"), Decimal("4.3333331"), computed=True) is Verdict.SAME
    assert verdict(Decimal("4.3333333333"), Decimal("4.33332"), computed=True) is Verdict.DIFFERENT
    assert verdict(Decimal("4.3333333333"), Decimal("4.3333331")) is Verdict.DIFFERENT


def test_without_an_order_rows_are_a_multiset() -> None:
    assert compare(answer((1,), (2,), (2,)), answer((2,), (1,), (2,)), Order()).verdict is Verdict.SAME
    assert compare(answer((1,), (2,), (2,)), answer((1,), (1,), (2,)), Order()).verdict is Verdict.DIFFERENT


def test_with_a_total_order_rows_are_a_list() -> None:
    order = Order((0, 1, 2))
    assert compare(answer((1,), (2,), (3,)), answer((2,), (1,), (3,)), order).verdict is Verdict.DIFFERENT


def test_ties_may_change_places_but_nothing_else() -> None:
    order = Order((0, 0, 1))
    assert compare(answer((1,), (2,), (3,)), answer((2,), (1,), (3,)), order).verdict is Verdict.SAME
    assert compare(answer((1,), (2,), (3,)), answer((1,), (3,), (2,)), order).verdict is Verdict.DIFFERENT


def test_a_limit_through_a_tie_is_no_pass() -> None:
    found = compare(answer((1,)), answer((1,)), Order((0,), cut=True))
    assert found.verdict is Verdict.NOT_COMPARABLE
    assert "tie-breaker" in found.detail


def test_errors_equal_their_own_class_only() -> None:
    duplicate, parent = Answer(error="duplicate key"), Answer(error="missing parent")
    assert compare(duplicate, duplicate, Order()).verdict is Verdict.SAME
    assert compare(duplicate, parent, Order()).verdict is Verdict.DIFFERENT
    assert compare(duplicate, answer((1,)), Order()).verdict is Verdict.DIFFERENT
    assert compare(answer((1,)), duplicate, Order()).verdict is Verdict.DIFFERENT


def test_a_lost_row_is_told() -> None:
    found = compare(answer((1,), (2,)), answer((1,)), Order())
    assert found.verdict is Verdict.DIFFERENT
    assert found.detail == "expected 2 rows, got 1 rows"
