"""What clients that were killed left open on the server doesn't hold up what comes after them."""

from __future__ import annotations

import multiprocessing
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from multiprocessing.connection import Connection
from threading import Thread
from typing import Any, TypeAlias

import pytest
from pymongo.database import Database

from optimizer.engines.mongo.client import APPLICATION, Client
from optimizer.engines.mongo.mark import MARK
from optimizer.engines.mongo.program import Fetch, Find, Insert, Leaf, Update
from optimizer.engines.mongo.server import MongoServer, connect_server
from optimizer.engines.providers.home import open_home
from optimizer.engines.providers.mongo.endpoint import MongoEndpoint
from optimizer.model.design import Design
from optimizer.model.measurement import Status
from tests.engines.mongo.programs import bind, query, read, session, write
from tests.engines.mongo.shop import SHOP
from tests.engines.mongo.test_server import WORKLOAD

HELD_UP_S = 30.0
IDLE: list[dict[str, Any]] = [
    {"$currentOp": {"allUsers": True, "idleSessions": True}},
    {"$match": {"type": "idleSession", "appName": APPLICATION}},
]
Stuck: TypeAlias = Callable[[str], None]


def _stick(uri: str, name: str, begun: Connection) -> None:
    """A client in the middle of a transaction, which tells so and goes no further."""

    def hang(values: object) -> None:
        begun.send("begun")
        time.sleep(600)

    program = write(
        Insert("customers", ({"_id": 1, "email": "a@example.org", "note": None},)),
        Fetch(Find("customers", {"_id": 1}), {"id": "_id"}),
        Update("customers", {"_id": 1}, {"$set": {"note": Leaf("hang", hang)}}),
        transaction=True,
    )
    session(uri, name, {"q": program}).time(query(), bind(), keep=True)


@pytest.fixture
def stuck(mongo_uri: str, mongo_client: Client) -> Iterator[Stuck]:
    """Leaves a transaction open in a database, as a client does that is killed."""

    def leave(name: str) -> None:
        context = multiprocessing.get_context("spawn")
        receiving, sending = context.Pipe(duplex=False)
        process = context.Process(target=_stick, args=(mongo_uri, name, sending))
        process.start()
        assert receiving.poll(60)
        process.kill()
        process.join()
        assert len(list(mongo_client.admin.aggregate(IDLE))) == 1

    yield leave
    mongo_client.admin.command("killAllSessions", [])


def _in_time(work: Callable[[], object]) -> bool:
    thread = Thread(target=work, daemon=True)
    thread.start()
    thread.join(HELD_UP_S)
    return not thread.is_alive()


def test_a_database_goes_though_its_client_was_killed_in_a_transaction(
    mongo: MongoServer, mongo_client: Client, stuck: Stuck
) -> None:
    database = mongo.create(WORKLOAD, "label", SHOP, Design())
    stuck(database.name)
    assert _in_time(database.drop)
    assert database.name not in mongo_client.list_database_names()
    assert list(mongo_client.admin.aggregate(IDLE)) == []


def test_a_server_is_left_though_a_client_was_killed_in_a_transaction(
    mongo_endpoint: MongoEndpoint, mongo_client: Client, stuck: Stuck
) -> None:
    server = connect_server(mongo_endpoint)
    database = server.create(WORKLOAD, "label", SHOP, Design())
    stuck(database.name)
    assert _in_time(server.close)
    assert database.name not in mongo_client.list_database_names()


def test_a_dead_runs_database_goes_though_its_client_was_killed_in_a_transaction(
    mongo_endpoint: MongoEndpoint, mongo_client: Client, stuck: Stuck
) -> None:
    claim = f"{open_home().id}-{secrets.token_hex(4)}"
    with connect_server(replace(mongo_endpoint, claim=claim)) as dead:
        left = dead.create(WORKLOAD, "left", SHOP, Design())
        stuck(left.name)
        assert _in_time(lambda: connect_server(mongo_endpoint).close())
        assert left.name not in mongo_client.list_database_names()


def test_nobody_elses_transaction_is_touched(
    mongo: MongoServer, mongo_client: Client, mongo_database: Database[dict[str, Any]], stuck: Stuck
) -> None:
    mine, kept = (mongo.create(WORKLOAD, label, SHOP, Design()) for label in ("mine", "kept"))
    mongo_database.create_collection("things")
    stuck(mine.name)
    with mongo_client.start_session() as users, mongo_client.start_session() as runs:
        for one, things in ((users, mongo_database.things), (runs, mongo_client[kept.name].customers)):
            one.start_transaction()
            things.insert_one({"_id": 1, "email": "b@example.org", "note": None}, session=one)
        assert _in_time(mine.drop)
        users.commit_transaction()
        runs.commit_transaction()
    assert mongo_database.things.count_documents({}) == 1
    assert mongo_client[kept.name].customers.count_documents({}) == 1


def test_a_session_of_another_database_goes_on_after_a_drop(mongo: MongoServer, mongo_uri: str) -> None:
    mine, kept = (mongo.create(WORKLOAD, label, SHOP, Design()) for label in ("mine", "kept"))
    by_id = read(Find("customers", {"_id": 1}))
    with closing(session(mongo_uri, kept.name, {"q": by_id})) as opened:
        mine.drop()
        assert opened.time(query(), bind()).status is Status.OK


def test_nothing_is_noted_in_a_database_that_is_not_ours(
    mongo_uri: str, mongo_database: Database[dict[str, Any]]
) -> None:
    mongo_database[MARK].insert_one({"_id": "theirs"})
    session(mongo_uri, mongo_database.name, {}).close()
    assert list(mongo_database[MARK].find()) == [{"_id": "theirs"}]
