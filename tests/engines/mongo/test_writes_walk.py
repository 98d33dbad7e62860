"""The same writes, one after the other, leave the same rows in PostgreSQL and in every document design."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from random import Random
from typing import Any

import pytest

from optimizer.design.documents.layout import Layout
from optimizer.engines.mongo.client import Client
from optimizer.engines.mongo.compile.errors import NotCompiled
from optimizer.engines.mongo.compile.query import compile_query
from optimizer.engines.mongo.server import connect_server
from optimizer.engines.postgres.server import connect_server as connect_postgres
from optimizer.engines.providers.endpoint import Endpoint
from optimizer.engines.providers.mongo.endpoint import MongoEndpoint
from optimizer.model.measurement import Status
from optimizer.model.query import Binding, Query, SourceText, Target
from optimizer.search.finals.row_difference import difference
from tests.engines.mongo.derived import disagreements
from tests.engines.mongo.league import AMOUNTS, DESIGNS, MOMENTS, NUMBERS, TEXTS, Stand, stand

STEPS = 60

WALKS: tuple[tuple[int, tuple[str, ...]], ...] = (
    (0, tuple(DESIGNS)),
    (1, tuple(DESIGNS)),
    (2, ("referenced", "games embedded", "profiles embedded", "copies")),
)
"""The seed of a walk and its designs; those of the last keep nothing that depends on several rows."""

ADD_PLAYER = (
    "INSERT INTO players (id, team_id, name, score, level, pay, tags, joined)"
    " VALUES (:id, :team, :text, :number, 1, :amount, ARRAY['a'], :moment)"
)
ADD_GAME = (
    "INSERT INTO games (id, player_id, points, fee, at, label)"
    " VALUES (:id, :player, :number, :amount, :moment, :text)"
)
ADD_PROFILE = "INSERT INTO profiles (player_id, motto, rank) VALUES (:player, :text, 1)"

WRITES: tuple[str | tuple[str, ...], ...] = (
    "INSERT INTO teams (id, name, city, budget) VALUES (:id, :text, NULL, :amount)",
    ADD_PLAYER,
    ADD_GAME,
    ADD_GAME,
    ADD_PROFILE,
    f"{ADD_PROFILE} ON CONFLICT (player_id) DO UPDATE SET motto = EXCLUDED.motto, rank = profiles.rank + 1",
    f"{ADD_GAME} ON CONFLICT (id) DO NOTHING",
    (ADD_PLAYER.replace(":id", ":new"), ADD_GAME.replace(":player", ":new")),
    (ADD_GAME, "UPDATE players SET score = score + 1 WHERE id = :player"),
    "UPDATE players SET score = :number, name = :text WHERE id = :player",
    "UPDATE players SET pay = pay * 2, tags = ARRAY['b', 'c'] WHERE level > 1 AND pay < 100",
    "UPDATE players SET team_id = :team WHERE id = :player",
    "UPDATE players SET team_id = NULL WHERE id = :player",
    "UPDATE teams SET name = :text, city = 'Rome' WHERE id = :team",
    "UPDATE games SET points = points + :number WHERE player_id = :player",
    "UPDATE games SET points = NULL, label = :text WHERE id = :game",
    "UPDATE games SET at = :moment WHERE points > 1 AND label IS NOT NULL",
    "UPDATE games SET player_id = :player WHERE id = :game",
    "UPDATE profiles SET motto = :text, rank = rank + 1 WHERE player_id = :player",
    "DELETE FROM games WHERE id = :game",
    "DELETE FROM games WHERE player_id = :player AND points < 1",
    "DELETE FROM profiles WHERE player_id = :player",
    "DELETE FROM players WHERE id = :player",
    "DELETE FROM teams WHERE id = :team",
)


@pytest.fixture(scope="module", params=WALKS, ids=lambda walk: f"walk{walk[0]}")
def walked(
    request: pytest.FixtureRequest,
    server: Endpoint,
    mongo_endpoint: MongoEndpoint,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[int, Stand]]:
    """Databases of their own for each walk."""
    folder, (seed, designs) = tmp_path_factory.mktemp("walk"), request.param
    queries = tuple(_query(one, number) for number, one in enumerate(WRITES))
    with (
        connect_postgres(server) as postgres,
        connect_server(mongo_endpoint) as mongo,
        stand(postgres, mongo, folder, seed, designs, queries) as made,
    ):
        yield seed, made


def test_rows_after_the_same_writes(walked: tuple[int, Stand], mongo_client: Client) -> None:
    seed, here = walked
    random, outcomes = Random(seed), Counter[str]()
    for step in range(STEPS):
        query = _query(random.choice(WRITES), step)
        if not all(_has_translation(query, here, label) for label in here.databases):
            outcomes["no translation"] += 1
            continue
        binding = _binding(random)
        expected = here.reference.answer(query, binding).error
        outcomes[expected] += 1
        found = {label: session.answer(query, binding).error for label, session in here.sessions.items()}
        assert found == dict.fromkeys(found, expected), (query.statements, binding)
        if not expected:
            _commit(here, query, binding)
            assert _differences(here, mongo_client) == [], (query.statements, binding)
    assert outcomes[""] > STEPS / 3
    assert {"duplicate key", "missing parent"} <= set(outcomes)
    assert outcomes["no translation"] < STEPS / 4


def _commit(here: Stand, query: Query, binding: Binding) -> None:
    for session in (here.reference, *here.sessions.values()):
        assert session.time(query, binding, keep=True).status is Status.OK


def _differences(here: Stand, client: Client) -> list[str]:
    found = []
    frames = {table.name: here.origin.rows(table.name) for table in here.schema.tables}
    rows = {name: frame.to_dicts() for name, frame in frames.items()}
    for label, database in here.databases.items():
        for table in here.schema.tables:
            detail = difference(frames[table.name], database.rows(table.name), table)
            found += [f"{label}, {table.name}: {detail}"] if detail else []
        layout = Layout(here.schema, DESIGNS[label])
        found += [f"{label}: {line}" for line in disagreements(client[database.name], layout, rows)]
    return found


def _has_translation(query: Query, here: Stand, label: str) -> bool:
    try:
        compile_query(query, Layout(here.schema, DESIGNS[label]))
    except NotCompiled:
        return False
    return True


def _query(statements: str | Sequence[str], step: int) -> Query:
    texts = [statements] if isinstance(statements, str) else list(statements)
    return Query(f"write {step}", 1.0, Target(), tuple(SourceText(text, "writes") for text in texts))


def _binding(random: Random) -> Binding:
    values: dict[str, Any] = {
        "id": random.randint(30, 70),
        "new": random.randint(100, 10_000),
        "team": random.randint(1, 6),
        "player": random.randint(1, 16),
        "game": random.randint(1, 45),
        "number": random.choice((*NUMBERS, None)),
        "amount": random.choice((*AMOUNTS[:-1], None)),
        "text": random.choice(TEXTS),
        "moment": random.choice(MOMENTS),
    }
    return Binding(tuple(values.items()))
