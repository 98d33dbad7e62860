"""All proposals together: their order, and the library's workloads."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from pathlib import Path

import pytest

from optimizer.design.documents.growth import Growth
from optimizer.design.documents.layout import Layout, conflict
from optimizer.design.documents.proposals import proposals
from optimizer.workload.read import read
from tests.conftest import CreateDatabase
from tests.design.documents.made_up import SCHEMA, SMALL, labels, proposed, workload

LIBRARY = Path(__file__).parents[3] / "workloads"
GOLDEN = Path(__file__).parent / "golden"

LIST = "SELECT i.price FROM items i WHERE i.order_id = :id"
NAME = "SELECT o.id, u.name FROM orders o JOIN users u ON u.id = o.user_id WHERE o.status = :status"


def test_first_comes_what_most_of_the_mix_gains_by() -> None:
    queries = {"list": LIST, "name": NAME}
    assert labels(queries, weights={"list": 9.0})[0].startswith("embed items")
    assert labels(queries, weights={"name": 9.0})[0].startswith("copy users")


def test_of_equals_the_tighter_target_comes_first() -> None:
    queries = {"list": LIST, "name": NAME}
    assert labels(queries, targets={"list": 5.0})[0].startswith("embed items")
    assert labels(queries, targets={"name": 5.0})[0].startswith("copy users")


def test_a_scan_of_the_child_makes_embedding_worth_less() -> None:
    scan = "SELECT i.id FROM items i WHERE i.price > :price"
    queries = {"list": LIST, "scan": scan, "name": NAME}
    weights = {"list": 3.0, "scan": 2.5, "name": 1.0}
    assert labels(queries, weights=weights)[0].startswith("copy users")


def test_a_statement_of_its_own_for_mongo_asks_for_nothing() -> None:
    made = workload({"list": LIST})
    [query] = made.queries
    own = replace(made, queries=(replace(query, overrides={"mongo": {"find": "items", "filter": {}}}),))
    assert proposals(own, SCHEMA, lambda child, key: SMALL) == ((), ())


def test_a_statement_that_can_not_be_read_asks_for_nothing() -> None:
    assert proposed({"odd": "SELECT FROM WHERE"}) == ((), ())


@pytest.mark.parametrize("name", ["shop", "saas", "events", "blog", "feed"])
def test_the_librarys_proposals(name: str, create: CreateDatabase) -> None:
    made = read(LIBRARY / f"{name}.yaml")
    schema = create(made.ddl.text, made.session.role).schema
    found, left = proposals(made, schema, lambda child, key: Growth(90, 7.5, 40_000))
    lines = [f"+ {one.structure.label}: {one.because}" for one in found]
    lines += [f"- {subject}: {reason}" for subject, reason in left]
    assert lines == (GOLDEN / f"{name}.txt").read_text().splitlines()
    assert len({one.structure.label for one in found}) == len(found)
    for one, other in combinations([candidate.structure for candidate in found], 2):
        if not conflict({one, other}):
            Layout(schema, frozenset({one, other}))
