"""Answers on a real server: the same, different, tied, cut, and the rows that writes leave."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from optimizer.engines.postgres.database import PostgresDatabase
from optimizer.engines.values import LoadReport
from optimizer.model.design import Design
from optimizer.model.query import Query
from optimizer.model.result import Mismatch
from optimizer.search.finals import answers
from optimizer.search.finals.answers import compare_answers, compare_rows
from optimizer.search.finals.staging import Finalist
from tests.conftest import CreateDatabase
from tests.queries_by_hand import bind, query

DDL = """
CREATE TABLE item (id int PRIMARY KEY, kind text NOT NULL, rank int NOT NULL, price numeric(10, 2) NOT NULL,
  made timestamptz NOT NULL DEFAULT clock_timestamp());
"""
ROWS = (
    "INSERT INTO item SELECT i, 'k' || i % 2, i / 3, i * 1.5 FROM generate_series(1, 12) i ORDER BY {order};"
)


@pytest.fixture
def finalists(create: CreateDatabase) -> Iterator[list[Finalist]]:
    """The reference, one with the same rows in another order, and one with another price."""
    made = []
    for label, order, more in (
        ("baseline", "i", ""),
        ("same", "i DESC", ""),
        ("other", "i", "UPDATE item SET price = 0 WHERE id = 3"),
    ):
        database = create(f"{DDL} {ROWS.format(order=order)} {more}")
        made.append(_finalist(label, database))
    yield made
    for one in made:
        one.session.close()


def _finalist(label: str, database: PostgresDatabase) -> Finalist:
    return Finalist(label, Design(), database, database.session(), {}, LoadReport((), 0, 0.0))


def compared(finalists: list[Finalist], *queries: Query) -> tuple[int, tuple[str, ...], tuple[str, ...]]:
    bindings = {one.name: [bind("hot", kind="k1"), bind("missing", kind="none")] for one in queries}
    found = compare_answers(finalists[0], finalists[1:], queries, bindings, finalists[0].database.schema)
    return found.compared, tuple(map(str, found.mismatched)), found.not_comparable


def test_answers(finalists: list[Finalist]) -> None:
    same = finalists[:2]
    unordered = query("unordered", "SELECT id, rank FROM item WHERE kind = :kind")
    assert compared(same, unordered) == (2, (), ())

    tied = query("tied", "SELECT id FROM item WHERE kind = :kind ORDER BY rank")
    assert compared(same, tied) == (2, (), ())

    total = query("total", "SELECT id, price FROM item WHERE kind = :kind ORDER BY rank DESC, id LIMIT 3")
    assert compared(same, total) == (2, (), ())

    cut = query("cut", "SELECT id FROM item WHERE kind IN (:kind, 'k0') ORDER BY rank LIMIT 4")
    count, wrong, incomparable = compared(same, cut)
    assert (count, wrong) == (1, ()), "with the missing kind the fifth row is no tie"
    assert incomparable == ("cut: LIMIT cuts through rows that ORDER BY leaves tied: add a tie-breaker",)

    average = query("average", "SELECT avg(price) FROM item WHERE kind = :kind OR true")
    broken = query("broken", "SELECT 1 / (count(*) - count(*)) FROM item WHERE kind = :kind")
    assert compared(same, average, broken) == (4, (), ())


def test_a_design_that_is_slow_is_asked_less_often(
    finalists: list[Finalist], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One answer is always compared."""
    unordered = query("unordered", "SELECT id, rank FROM item WHERE kind = :kind")
    monkeypatch.setattr(answers, "FINALIST_SECONDS", 0.0)
    assert compared(finalists, unordered) == (2, (), ())
    monkeypatch.setattr(answers, "FINALIST_SECONDS", 5.0)
    assert compared(finalists, unordered) == (4, (), ())


def test_a_different_answer_names_the_finalist_the_query_and_the_binding(finalists: list[Finalist]) -> None:
    prices = query("prices", "SELECT id, price FROM item WHERE kind = :kind ORDER BY id")
    count, wrong, _ = compared(finalists, prices)
    assert count == 4
    (line,) = wrong
    assert line.startswith("other, prices (hot): expected ")
    assert "4.5" in line


def test_rows_after_the_same_writes(finalists: list[Finalist]) -> None:
    schema = finalists[0].database.schema
    found = compare_rows(finalists, schema, ())
    text = "after the same writes the rows of item differ from the reference's"
    assert (found.compared, found.mismatched) == (2, (Mismatch("other", text),))
    finalists[1].session.time(query("write", "DELETE FROM item WHERE id = 12"), bind(), keep=True)
    assert compare_rows(finalists, schema, ()).wrong == {"same", "other"}


def test_what_a_statement_lets_the_server_make_up_is_not_compared(finalists: list[Finalist]) -> None:
    touch = query("touch", "UPDATE item SET kind = 'k' || random() WHERE id = :id")
    same = finalists[:2]
    for one in same:
        one.session.time(touch, bind(id=3), keep=True)
    schema = same[0].database.schema
    assert compare_rows(same, schema, ()).wrong == {"same"}
    found = compare_rows(same, schema, [touch])
    assert (found.compared, found.wrong) == (1, frozenset())
    assert found.not_comparable == ("item.kind after the writes: the server makes its values up (by touch)",)
    same[1].session.time(query("write", "UPDATE item SET price = 0 WHERE id = 3"), bind(), keep=True)
    assert compare_rows(same, schema, [touch]).wrong == {"same"}
