"""Templates as functions of a binding's values."""

from __future__ import annotations

from decimal import Decimal

from bson.decimal128 import Decimal128
from hypothesis import given
from hypothesis import strategies as st

from optimizer.engines.mongo.commands import step
from optimizer.engines.mongo.program import Find
from optimizer.engines.mongo.templates import template
from tests.engines.mongo.programs import param

PLAIN = st.none() | st.booleans() | st.integers() | st.text() | st.binary()
VALUES = st.recursive(PLAIN, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20)


@given(VALUES)
def test_what_has_no_leaf_is_itself(value: object) -> None:
    made = template(value)
    assert made.constant
    assert made.make({}) == value


@given(VALUES, VALUES)
def test_leaves_are_filled_in_and_nothing_else_changes(shared: object, value: object) -> None:
    made = template({"a": shared, "b": [shared, param("x"), {"c": param("x")}], "d": param("y")})
    assert not made.constant
    first = made.make({"x": value, "y": 1})
    assert first == {"a": shared, "b": [shared, value, {"c": value}], "d": 1}
    assert made.make({"x": None, "y": 2}) == {"a": shared, "b": [shared, None, {"c": None}], "d": 2}
    assert first["d"] == 1


def test_the_order_of_keys_stays() -> None:
    made = template({"b": param("x"), "a": 1, "c": param("x")})
    assert list(made.make({"x": 0})) == ["b", "a", "c"]


def test_decimals_are_bson_wherever_they_come_from() -> None:
    made = template({"a": Decimal("1.50"), "b": param("x")})
    assert made.make({"x": [Decimal("2")]}) == {"a": Decimal128("1.50"), "b": [Decimal128("2")]}


def test_a_command_may_be_written_into() -> None:
    find = step(Find("people", {"a": 1})).command
    find({})["maxTimeMS"] = 5
    assert "maxTimeMS" not in find({})
