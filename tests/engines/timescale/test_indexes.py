"""Candidates on hypertables and continuous aggregates: built, shown and hidden, named in plans, removed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import pytest

from optimizer.engines.postgres.database import PostgresDatabase
from optimizer.engines.postgres.session import PostgresSession
from optimizer.engines.timescale.engine import TimescaleEngine
from optimizer.model.hypertables import ContinuousAggregate
from optimizer.model.index import Index, IndexKey
from optimizer.model.plan import Plan
from optimizer.model.query import Query, SourceText
from tests.conftest import workload_of
from tests.engines.postgres.structures.scene import query_of, quiet
from tests.engines.timescale.scene import DDL, READINGS, STORE, Readings, dropping, hypertable, values
from tests.engines.timescale.test_answers import HOURLY
from tests.queries_by_hand import bind, query

FROM = 'FROM "My Plant"."Readings" r'
AT = IndexKey('"At"', "At", descending=True)
HOST = IndexKey("host_id", "host_id")
BY_PRICE = Index(READINGS, (IndexKey("price", "price"), AT), include=("note",), name="by_price")
BY_TIME = Index(READINGS, (IndexKey('"At"', "At"),), method="brin", name="by_time")
BY_SUM = Index(READINGS, (IndexKey("load + pieces"),), name="by_sum")
LARGE = Index(READINGS, (IndexKey("price", "price"),), where="load > 4::double precision", name="large")
EVERY = (BY_PRICE, BY_TIME, BY_SUM, LARGE)
PRICED = query(
    "priced",
    f'SELECT r."At", r.note {FROM} WHERE r.price = :price AND r."At" >= :start::timestamptz'
    f' AND r."At" < :start::timestamptz + :length::interval',
)
KEY = query("key", f'SELECT r.load {FROM} WHERE r.host_id = :host AND r."At" = :at::timestamptz')
CHUNKS = "SELECT c.relname, pg_relation_size(c.oid) FROM pg_class c WHERE c.relkind = 'i' AND c.relname ~ %s"


@pytest.fixture(scope="module")
def kept(small: Readings) -> ContinuousAggregate:
    return small.aggregate(HOURLY)


@pytest.fixture(scope="module")
def of_hours(kept: ContinuousAggregate) -> Index:
    keys = tuple(IndexKey(f'"{name}"', name) for name in reversed(kept.key))
    return Index(kept.name, keys, name="of_hours")


@pytest.fixture(scope="module")
def database(small: Readings, kept: ContinuousAggregate) -> Iterator[PostgresDatabase]:
    """Five chunks by columns and three of rows; all candidates are taken away after each test."""
    with dropping(small.made(hypertable(store=STORE), kept)) as made:
        yield made


@pytest.fixture
def session(database: PostgresDatabase) -> Iterator[PostgresSession]:
    with closing(database.session()) as opened:
        opened._connection.command(b"SET enable_seqscan = off")
        yield opened
    database.remove([*EVERY])


def _plan(session: PostgresSession, of: Query, **binding: object) -> Plan:
    return session.plan(of, bind(**binding))


def test_they_are_spelled_as_the_catalogs_do(
    small: Readings, kept: ContinuousAggregate, of_hours: Index
) -> None:
    with dropping(small.created(hypertable(store=STORE), kept)) as empty:
        spelled = empty.canonical([*EVERY, of_hours, replace(BY_PRICE, where="nothing > 1")])
    assert all(isinstance(spelled[index], Index) for index in EVERY)
    assert {one.table for one in (spelled[index] for index in EVERY) if isinstance(one, Index)} == {READINGS}
    hours = spelled[of_hours]
    assert isinstance(hours, Index), hours
    assert (hours.table, [key.column for key in hours.keys]) == (kept.name, list(reversed(kept.key)))
    assert "nothing" in str(spelled[replace(BY_PRICE, where="nothing > 1")])


def test_bytes_are_those_of_all_chunks(database: PostgresDatabase, session: PostgresSession) -> None:
    before = database.bytes()
    built = database.build(EVERY, quiet)
    assert [one.error for one in built] == [""] * len(EVERY)
    for one in built:
        parts = values(database, CHUNKS, f"{one.index.name}$")
        assert len(parts) >= 1 + 3
        assert one.bytes == sum(size for _, size in parts) > 0
    assert database.bytes() == before
    database.remove([BY_TIME])
    assert values(database, CHUNKS, "by_time$") == []
    assert len(values(database, CHUNKS, "by_price$")) >= 1 + 3


def test_plans_name_the_candidate_whatever_the_chunk(
    database: PostgresDatabase, session: PostgresSession
) -> None:
    database.build([BY_PRICE], quiet)
    rows = [
        _plan(session, PRICED, price=3, start=start, length=length)
        for start, length in (
            ("2024-03-30 13:00+00", "2 hours"),
            ("2024-03-31 13:00+00", "2 hours"),
            ("2024-03-30 13:00+00", "2 days"),
        )
    ]
    assert rows[0].used == {BY_PRICE}
    assert rows[0] == rows[1]
    assert rows[2].used == {BY_PRICE}
    by_columns = [
        _plan(session, PRICED, price=3, start=start, length="2 hours")
        for start in ("2024-02-28 13:00+00", "2024-02-29 13:00+00")
    ]
    assert by_columns[0] == by_columns[1] != rows[0]
    assert by_columns[0].used == frozenset()
    every = [
        _plan(session, PRICED, price=price, start="2020-01-01", length=length)
        for price, length in ((3, "5 years"), (4, "9 years"))
    ]
    assert every[0] == every[1]
    assert every[0].used == {BY_PRICE}


def test_as_many_chunks_as_there_are_give_one_plan(small: Readings) -> None:
    with dropping(small.made(hypertable())) as made, closing(made.session()) as session:
        session._connection.command(b"SET enable_seqscan = off")
        made.build([BY_PRICE], quiet)
        plans = [
            _plan(session, PRICED, price=3, start=start, length=length)
            for start, length in (
                ("2024-02-27", "2 days"),
                ("2024-02-27", "5 days"),
                ("2023-12-31", "1 year"),
            )
        ]
        assert len(set(plans)) == 1, [plan.fingerprint for plan in plans]
        keys = [
            _plan(session, KEY, host=host, at=at)
            for host, at in ((1, "2024-02-28 12:00+00"), (2, "2024-03-30 18:00+00"))
        ]
        assert keys[0] == keys[1]
        assert keys[0].used == frozenset()
        assert "Index" in keys[0].fingerprint


def test_what_is_hidden_is_in_no_plan(database: PostgresDatabase, session: PostgresSession) -> None:
    database.build([BY_PRICE, LARGE], quiet)
    binding = {"price": 3, "start": "2024-03-30 13:00+00", "length": "2 hours"}
    shown = _plan(session, PRICED, **binding)
    assert shown.used == {BY_PRICE}
    write = query("write", 'INSERT INTO "My Plant"."Readings" VALUES (:at::timestamptz, 6, 5, 5, 5)')
    for visible in ([], [LARGE], [BY_PRICE]):
        database.show(visible)
        plan = _plan(session, PRICED, **binding)
        assert plan.used == frozenset(visible) & {BY_PRICE}
        assert (plan == shown) is (BY_PRICE in visible)
        for at in ("2024-02-28 00:00+00", "2024-03-31 00:00+00", "2030-01-01 00:00+00"):
            assert not session.time(write, bind(at=at)).error
    database.show([BY_PRICE, LARGE])
    assert _plan(session, PRICED, **binding) == shown
    assert database.rows(READINGS).height == 671


def test_on_a_continuous_aggregate(
    database: PostgresDatabase, session: PostgresSession, kept: ContinuousAggregate, of_hours: Index
) -> None:
    of_host = HOURLY.replace("GROUP BY 1, 2", "WHERE r.host_id = :host GROUP BY 1, 2")
    found = query_of(of_host, kept.staleness_s)
    workload = replace(workload_of(SourceText(DDL, "schema.sql")), queries=(found,))
    schema = database._layout.schema
    offered, _ = TimescaleEngine().candidates(workload, schema, frozenset({kept}))
    assert any(one.index.table == kept.name for one in offered)
    [built] = database.build([of_hours], quiet)
    assert not built.error
    assert built.bytes > 8192
    plan = _plan(session, found, host=2)
    assert plan.used == {of_hours}
    database.show([])
    assert _plan(session, found, host=2).used == frozenset()
    assert database.refresh()[kept] > 0
    assert _plan(session, found, host=2).used == frozenset()
    database.show([of_hours])
    assert _plan(session, found, host=2) == plan
    database.remove([of_hours])
    assert values(database, CHUNKS, "of_hours$") == []
    assert _plan(session, found, host=2).used == frozenset()


def test_an_index_that_its_script_makes_is_built_after_the_rows(
    small: Readings, kept: ContinuousAggregate, of_hours: Index
) -> None:
    with dropping(small.created(kept, indexes=[BY_PRICE, of_hours])) as made:
        made.load(small.dataset, quiet)
        assert [one.error for one in made.build([BY_PRICE, of_hours], quiet)] == ["", ""]
