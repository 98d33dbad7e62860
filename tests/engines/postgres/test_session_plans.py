"""What EXPLAIN tells is what runs: custom plans, by the values at hand and the indexes that are shown."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl
import pytest

from optimizer.engines.postgres.database import PostgresDatabase
from optimizer.engines.postgres.session import PostgresSession
from optimizer.model.index import Index, IndexKey
from optimizer.model.names import TableName
from tests.conftest import CreateDatabase, WriteDataset
from tests.queries_by_hand import bind, query

DDL = """
CREATE TABLE owner (id int PRIMARY KEY);
CREATE TABLE item (id int PRIMARY KEY, owner_id int NOT NULL REFERENCES owner ON DELETE CASCADE,
  kind text NOT NULL, note text NOT NULL);
"""
ITEM = TableName("public", "item")
KIND = Index(ITEM, (IndexKey("kind", "kind"),))
OWNER = Index(ITEM, (IndexKey("owner_id", "owner_id"),))
ROWS = 20_000
BY_KIND = query("by kind", "SELECT note FROM item WHERE kind = :kind")
RARE, COMMON = bind(kind="rare"), bind(kind="common")


@pytest.fixture
def database(create: CreateDatabase, dataset: WriteDataset) -> PostgresDatabase:
    made = create(DDL)
    ids = list(range(ROWS))
    items = pl.DataFrame(
        {
            "id": ids,
            "owner_id": [i % 500 for i in ids],
            "kind": ["rare" if i % 2000 == 0 else "common" for i in ids],
            "note": [f"note {i}" for i in ids],
        }
    )
    made.load(dataset({"owner": pl.DataFrame({"id": ids[:500]}), "item": items}), lambda what, part: None)
    made.build([KIND, OWNER], lambda what, part: None)
    return made


@pytest.fixture
def session(database: PostgresDatabase) -> Iterator[PostgresSession]:
    opened = database.session()
    yield opened
    opened.close()


def scans(session: PostgresSession) -> tuple[int, int]:
    """Sequential and index scans of the table so far, as the server counts them."""
    counted = query("scans", "SELECT seq_scan, idx_scan FROM pg_stat_user_tables WHERE relname = 'item'")
    session.answer(query("flush", "SELECT pg_stat_force_next_flush()::text"), bind())
    ((sequential, by_index),) = session.answer(counted, bind()).rows
    return sequential, by_index


def test_the_plan_follows_the_value_and_is_the_one_that_runs(session: PostgresSession) -> None:
    rare, common = session.plan(BY_KIND, RARE), session.plan(BY_KIND, COMMON)
    assert rare.used == {KIND}
    assert common.used == frozenset()
    assert "Seq Scan" in common.fingerprint
    assert rare != common
    assert rare == session.plan(BY_KIND, bind("again", kind="rare"))
    for _ in range(8):
        session.time(BY_KIND, RARE)
    before = scans(session)
    session.time(BY_KIND, RARE)
    after_rare = scans(session)
    session.time(BY_KIND, COMMON)
    after_common = scans(session)
    assert (after_rare[0] - before[0], after_rare[1] - before[1]) == (0, 1)
    assert (after_common[0] - after_rare[0], after_common[1] - after_rare[1]) == (1, 0)


def test_no_plan_is_generic(session: PostgresSession) -> None:
    for _ in range(12):
        session.time(BY_KIND, RARE)
    counted = query(
        "plans",
        "SELECT sum(generic_plans)::int, max(custom_plans)::int FROM pg_prepared_statements"
        " WHERE statement LIKE '%FROM item%'",
    )
    ((generic, custom),) = session.answer(counted, bind()).rows
    assert (generic, custom) == (0, 12)


def test_hidden_indexes_are_in_no_plan_and_come_back(
    session: PostgresSession, database: PostgresDatabase
) -> None:
    shown = session.plan(BY_KIND, RARE)
    database.show([OWNER])
    hidden = session.plan(BY_KIND, RARE)
    assert hidden.used == frozenset()
    assert "Seq Scan" in hidden.fingerprint
    database.show([KIND])
    assert session.plan(BY_KIND, RARE) == shown
    assert {index.name for index in shown.used} == {"item_kind_idx"}


def test_deleting_a_parent_shows_the_search_for_its_children(
    session: PostgresSession, database: PostgresDatabase
) -> None:
    delete = query("delete", "DELETE FROM owner WHERE id = :id")
    plan = session.plan(delete, bind(id=7))
    assert plan.used == {OWNER}
    first, check = plan.fingerprint.splitlines()
    assert "owner_pkey" in first
    assert "item_owner_id_idx" in check
    database.show([])
    assert "Seq Scan" in session.plan(delete, bind(id=7)).fingerprint.splitlines()[1]


def test_asking_for_a_plan_runs_nothing(session: PostgresSession) -> None:
    gone = query("gone", "DELETE FROM item", "SELECT count(*) FROM item")
    assert len(session.plan(gone, bind()).fingerprint.splitlines()) == 2
    assert session.answer(query("left", "SELECT count(*)::int FROM item"), bind()).rows == ((ROWS,),)


def test_what_is_opened_elsewhere_names_the_same_indexes(database: PostgresDatabase) -> None:
    elsewhere = database.opener()()
    assert elsewhere.plan(BY_KIND, RARE).used == {KIND}
    assert 0 < elsewhere.floor_ms() < 1000
    elsewhere.close()
