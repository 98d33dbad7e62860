"""What the golden files can't show: sameness, gaps, and that nothing crashes."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimizer.queries.extract import facts
from optimizer.queries.facts import Operator
from tests.queries.schemas import SHOP

NULL_OR_NOT = "SELECT id FROM orders WHERE "
WORDS = """
    SELECT FROM orders o users WHERE AND OR NOT id user_id = < :a :end ::int ( ) , . * IN ANY 'x'
    1 JOIN ON WITH x AS
    UPDATE SET DELETE USING INSERT INTO VALUES GROUP ORDER BY LIMIT -> ->> @> ; [ ] RETURNING CASE WHEN END
"""


def test_equal_arguments_give_the_same_object() -> None:
    assert facts("SELECT id FROM users", SHOP) is facts("SELECT id FROM users", SHOP)


@pytest.mark.parametrize(
    ("sql", "gap"),
    [
        ("SELECT 'a", "Error tokenizing"),
        ("", "no statement"),
        ("SELECT 1; SELECT 2", "more than one statement"),
        ("SET LOCAL x = 1", "is a command"),
    ],
)
def test_what_cannot_be_read_is_a_gap(sql: str, gap: str) -> None:
    found = facts(sql, SHOP)
    assert not found.complete
    assert gap in found.gap


@pytest.mark.parametrize(
    ("condition", "operator"),
    [
        ("paid_at IS NULL", Operator.IS_NULL),
        ("paid_at IS NOT NULL", Operator.IS_NOT_NULL),
        ("NOT paid_at IS NULL", Operator.IS_NOT_NULL),
        ("NOT paid_at IS NOT NULL", Operator.IS_NULL),
    ],
)
def test_null_or_not(condition: str, operator: Operator) -> None:
    (block,) = facts(NULL_OR_NOT + condition, SHOP).blocks
    assert [predicate.operator for predicate in block.predicates] == [operator]


def test_parameters_of_an_unread_statement_are_listed() -> None:
    found = facts("CALL close_day(:day, :end)", SHOP)
    assert [(use.name, use.role) for use in found.parameters] == [("day", "unknown"), ("end", "unknown")]


@given(st.lists(st.sampled_from(WORDS.split()), max_size=25))
@settings(max_examples=150, deadline=None)
def test_no_text_crashes_it(words: list[str]) -> None:
    found = facts(" ".join(words), SHOP)
    assert found.complete or found.gap
