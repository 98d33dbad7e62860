"""A server's databases: made, marked, cleaned, dropped."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from optimizer.engines.mongo import scratch
from optimizer.engines.mongo.client import Client, client
from optimizer.engines.mongo.mark import MARK
from optimizer.engines.mongo.program import Find
from optimizer.engines.mongo.server import MongoServer, connect_server
from optimizer.engines.mongo.session import MongoSession
from optimizer.engines.providers import choice
from optimizer.engines.providers.home import open_home
from optimizer.engines.providers.mongo.endpoint import MongoEndpoint
from optimizer.engines.providers.mongo.providers import MONGO_PROVIDERS
from optimizer.engines.values import ServerRequest
from optimizer.errors import MeasurementLost
from optimizer.model.design import Design
from optimizer.model.measurement import Status
from optimizer.model.query import Query, SourceText, Target
from optimizer.model.workload import Workload
from tests.engines.mongo.programs import bind, param, query, read, session
from tests.engines.mongo.shop import SHOP

WORKLOAD = Workload("test", Path("test.yaml"), SourceText("", "schema.sql"), (), (), "digest")
QUERY = query()


def _cache_bytes(admin: Client) -> int:
    status = admin.admin.command("serverStatus", repl=0, metrics=0, locks=0)
    return int(status["wiredTiger"]["cache"]["maximum bytes configured"])


def test_its_identity(mongo: MongoServer, mongo_endpoint: MongoEndpoint) -> None:
    identity = mongo.identity
    assert identity.engine == "mongo"
    assert identity.server == "MongoDB " + ".".join(map(str, mongo_endpoint.version))
    assert identity.provider == "embedded"
    settings = dict(identity.settings)
    assert settings["storageEngine"] == "wiredTiger"
    assert settings["cacheSizeGB"] == "0.25"
    assert settings["writeConcern"] == "w: 1, j: true"
    assert settings["ttlMonitorEnabled"] == "false"


def test_a_database_is_made_by_the_designs_blueprint(mongo: MongoServer, mongo_client: Client) -> None:
    database = mongo.create(WORKLOAD, "A Label/with $igns", SHOP, Design())
    assert database.name.startswith("optimizer_")
    assert database.name.endswith("_a_label_with_igns")
    assert len(database.name) < 64
    names = set(mongo_client[database.name].list_collection_names())
    assert names == {"customers", "orders", MARK}
    assert database.schema == SHOP
    database.drop()
    assert database.name not in mongo_client.list_database_names()


def test_the_cache_grows_with_the_databases(mongo_endpoint: MongoEndpoint, mongo_client: Client) -> None:
    """Each is to have as much of it as a single one."""
    assert mongo_endpoint.cache_bytes
    with connect_server(mongo_endpoint) as server:
        first = server.create(WORKLOAD, "first", SHOP, Design())
        alone = _cache_bytes(mongo_client)
        second = server.create(WORKLOAD, "second", SHOP, Design())
        server.create(WORKLOAD, "third", SHOP, Design())
        together = _cache_bytes(mongo_client)
        first.drop()
        second.drop()
        left = _cache_bytes(mongo_client)
    assert [alone, together, left] == [n * mongo_endpoint.cache_bytes for n in (1, 3, 1)]
    assert _cache_bytes(mongo_client) == mongo_endpoint.cache_bytes


def test_the_cache_of_a_server_that_isnt_ours_stays(
    mongo_endpoint: MongoEndpoint, mongo_client: Client
) -> None:
    before = _cache_bytes(mongo_client)
    with connect_server(replace(mongo_endpoint, own=False, cache_bytes=None)) as server:
        for label in ("first", "second"):
            server.create(WORKLOAD, label, SHOP, Design())
        assert _cache_bytes(mongo_client) == before


def test_a_query_runs_as_it_is_written(mongo: MongoServer, mongo_client: Client) -> None:
    database = mongo.create(WORKLOAD, "label", SHOP, Design())
    mongo_client[database.name].customers.insert_one({"_id": 7, "email": "a@example.org", "note": None})
    text = SourceText("SELECT id, email FROM customers WHERE id = :id", "w.yaml")
    by_id = Query("by_id", 1.0, Target(), (text,))
    with closing(database.session()) as opened:
        answer = opened.answer(by_id, bind(id=7))
        assert (answer.columns, answer.rows) == (("id", "email"), ((7, "a@example.org"),))
        assert opened.plan(by_id, bind(id=7)).used == frozenset()


def test_closing_drops_what_it_made_and_no_more(mongo_endpoint: MongoEndpoint, mongo_client: Client) -> None:
    with connect_server(mongo_endpoint) as mine, connect_server(mongo_endpoint) as other:
        kept = other.create(WORKLOAD, "kept", SHOP, Design())
        gone = mine.create(WORKLOAD, "gone", SHOP, Design())
        mine.close()
        names = mongo_client.list_database_names()
        assert kept.name in names
        assert gone.name not in names
    assert kept.name not in mongo_client.list_database_names()


def test_what_a_dead_run_left_is_dropped_at_the_next_start(
    mongo_endpoint: MongoEndpoint, mongo_client: Client
) -> None:
    dead = f"{open_home().id}-{secrets.token_hex(4)}"
    foreign = "ffffff-00000000"
    left = scratch.new_name(dead, "left")
    others = scratch.new_name(foreign, "others")
    unmarked = f"{scratch.PREFIX}of_the_user"
    scratch.create(mongo_client, left, dead)
    scratch.create(mongo_client, others, foreign)
    mongo_client[unmarked].things.insert_one({"claim": dead, "optimizer": 1})
    try:
        with connect_server(mongo_endpoint) as server:
            assert any(left in note for note in server.identity.notes)
        names = mongo_client.list_database_names()
        assert left not in names
        assert {others, unmarked} <= set(names)
    finally:
        mongo_client.drop_database(others)
        mongo_client.drop_database(unmarked)


def test_only_our_own_are_ever_dropped(mongo_client: Client) -> None:
    with pytest.raises(ValueError, match="isn't one of the optimizer's"):
        scratch.drop(mongo_client, "users")


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that doesn't answer is waited for only a moment."""
    for module in ("server", "connection"):
        monkeypatch.setattr(f"optimizer.engines.mongo.{module}.client", partial(client, patience_ms=300))


def test_a_server_that_isnt_there(impatient: None) -> None:
    nowhere = MongoEndpoint(
        uri="mongodb://127.0.0.1:9/?directConnection=true",
        version=(6, 0, 5),
        provider="external",
        own=False,
        claim="none",
    )
    with pytest.raises(MeasurementLost, match="the MongoDB server is gone"):
        connect_server(nowhere)


def test_a_server_that_goes_away_is_told(stopped: MongoSession) -> None:
    for ask in (stopped.time, stopped.answer, stopped.plan):
        with pytest.raises(MeasurementLost, match="the MongoDB server is gone"):
            ask(QUERY, bind(id=1))
    with pytest.raises(MeasurementLost):
        stopped.floor_ms()


@pytest.fixture
def stopped(impatient: None) -> Iterator[MongoSession]:
    """A session whose server has ended since."""
    running = choice.start(MONGO_PROVIDERS, ServerRequest("embedded", memory_bytes=256 << 20))
    try:
        one = session(running.endpoint.uri, "test", {"q": read(Find("things", {"_id": param("id")}))})
        assert one.time(QUERY, bind(id=1)).status is Status.OK
    finally:
        running.close()
    yield one
    one.close()
