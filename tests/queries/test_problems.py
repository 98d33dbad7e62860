"""Mistakes that need no server, with their places and what to write instead."""

from __future__ import annotations

import pytest

from optimizer.errors import Position
from optimizer.model.query import ParameterSpec, Query, SourceText, Target
from optimizer.queries.problems import problems
from tests.queries.schemas import SHOP

PLACE = Position("shop.yaml", 9, 5)


def query(sql: str, **params: ParameterSpec) -> Query:
    return Query("q", 1.0, Target(), (SourceText(sql, "shop.yaml", 3, 7, 4),), params)


def test_a_right_query_has_none() -> None:
    spec = ParameterSpec("value", 5)
    assert problems(query("SELECT id FROM users WHERE id = :id AND :n > 1", n=spec), SHOP) == ()


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT 'a", "shop.yaml:3:7: query q: Error tokenizing"),
        (" ; ", "shop.yaml:3:7: query q: there is no statement"),
        (
            "SELECT 1; SELECT 2",
            "shop.yaml:3:15: query q: several statements in one text; write `sql` as a list",
        ),
        (
            "SELECT id FROM orders\nGROUP BY id HAVING sum(total) > :least",
            "shop.yaml:4:37: query q: no column tells what the values of :least are; write under `params`",
        ),
        (
            "SELECT id FROM users WHERE md5(email) = :sum",
            "query q: no column tells what the values of :sum are",
        ),
    ],
)
def test_a_mistake_in_the_text(sql: str, expected: str) -> None:
    (problem,) = problems(query(sql), SHOP)
    assert expected in str(problem)


@pytest.mark.parametrize(
    ("name", "spec", "expected"),
    [
        ("usr_id", ParameterSpec("value", 1, PLACE), "no statement uses :usr_id; did you mean user_id?"),
        (
            "user_id",
            ParameterSpec("column", "orders.usr_id", PLACE),
            ":user_id is to come from orders.usr_id, which is no column; did you mean orders.user_id?",
        ),
        ("user_id", ParameterSpec("new", "users", PLACE), "which is no column"),
    ],
)
def test_a_mistake_under_params(name: str, spec: ParameterSpec, expected: str) -> None:
    (problem,) = problems(query("SELECT id FROM orders WHERE user_id = :user_id", **{name: spec}), SHOP)
    assert problem.position == PLACE
    assert expected in str(problem)
