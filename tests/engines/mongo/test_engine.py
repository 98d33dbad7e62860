"""MongoDB as an engine: what it says without a server."""

from __future__ import annotations

from pathlib import Path

from optimizer.engines.mongo.engine import MongoEngine
from optimizer.model.denormalisation import Computed
from optimizer.model.design import Design
from optimizer.model.documents import Embed
from optimizer.model.query import Query, SourceText, Target
from optimizer.model.workload import Workload
from tests.engines.mongo.shop import CUSTOMERS, ORDERS, SHOP

ENGINE = MongoEngine()
EMBED = Embed(ORDERS, CUSTOMERS, "orders_customer_id_fkey", "orders")
COUNT = Computed(CUSTOMERS, ORDERS, "orders_customer_id_fkey", "order_count", "count")

BY_ID = "SELECT id, email FROM customers WHERE id = :id"
ORDERS_OF = "SELECT id, total FROM orders WHERE customer_id = :id ORDER BY id"
ORDER = "INSERT INTO orders (id, customer_id) VALUES (:id, :customer_id)"
RECURSIVE = "SELECT id FROM customers FULL JOIN orders USING (id)"


def query(text: str, name: str = "q") -> Query:
    return Query(name, 1.0, Target(), (SourceText(text, "w.yaml"),))


def workload(*queries: Query, relax: tuple[str, ...] = ()) -> Workload:
    source = SourceText("", "schema.sql")
    return Workload("test", Path("w.yaml"), source, queries, (), "digest", relax=relax)


def test_what_cant_be_run_is_a_problem_with_advice() -> None:
    problems = ENGINE.problems(workload(query(BY_ID, "good"), query(RECURSIVE, "bad")), SHOP)
    assert len(problems) == 1
    assert problems[0].message.startswith("bad can't be run on MongoDB: ")
    assert "mongo:" in str(problems[0].hint)


def test_a_query_touches_the_collections_that_its_program_reads() -> None:
    assert ENGINE.touched(query(ORDERS_OF), SHOP) == {ORDERS}
    assert ENGINE.touched(query(ORDERS_OF), SHOP, frozenset({EMBED})) == {CUSTOMERS}
    assert ENGINE.touched(query(RECURSIVE), SHOP) is None
    assert ENGINE.maintained(query(ORDERS_OF), SHOP) == frozenset()


def test_structures_that_dont_combine() -> None:
    assert ENGINE.conflict(frozenset({EMBED})) == ""
    assert ENGINE.conflict(frozenset({EMBED, COUNT}))


def test_what_is_given_up_is_said() -> None:
    lines = ENGINE.gives_up(workload(), SHOP, Design())
    assert any("orders_customer_id_fkey is kept by the statements" in line for line in lines)
    relaxed = ENGINE.gives_up(workload(relax=("foreign_keys",)), SHOP, Design())
    assert any("orders_customer_id_fkey isn't kept" in line for line in relaxed)
    embedded = ENGINE.gives_up(workload(), SHOP, Design(structures=frozenset({EMBED})))
    assert not any("orders_customer_id_fkey" in line for line in embedded)
    deleting = workload(query("DELETE FROM customers WHERE id = :id"), query(ORDER))
    locked = ENGINE.gives_up(deleting, SHOP, Design())
    assert "customers: statements that write orders lock the row by _lock, in their transaction" in locked
    assert not any("_lock" in line for line in lines)
    counted = ENGINE.gives_up(workload(), SHOP, Design(structures=frozenset({COUNT})))
    assert any("customers.order_count" in line for line in counted)


def test_candidates_are_on_the_collections_of_the_layout() -> None:
    found, _ = ENGINE.candidates(workload(query(ORDERS_OF)), SHOP)
    assert {one.index.table for one in found} == {ORDERS}
    rendered = {ENGINE.render(one.index) for one in found}
    assert any(text.startswith("db.orders.createIndex({customer_id: 1") for text in rendered), rendered


def test_the_design_as_a_script() -> None:
    script = ENGINE.ddl(workload(), SHOP, Design(structures=frozenset({EMBED})), {EMBED: ("read together",)})
    assert "createCollection" in script
    assert "read together" in script
    assert ENGINE.script == "schema.js"


def test_nothing_is_given_where_the_ddl_has_no_index() -> None:
    assert ENGINE.given(SHOP) == Design()
