"""A small hostile world for comparing engines: its schema, its rows, and the document designs of it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import polars as pl

from optimizer.dataset.dataset import Dataset, TableRows
from optimizer.engines.base import Database, Session
from optimizer.engines.mongo.server import MongoServer
from optimizer.engines.postgres.server import PostgresServer
from optimizer.equivalence import Comparison, Order, compare
from optimizer.model.answer import Answer
from optimizer.model.denormalisation import Computed, ExtendedReference
from optimizer.model.design import Design
from optimizer.model.documents import Embed, Subset
from optimizer.model.names import TableName
from optimizer.model.query import Binding, Query, SourceText, Target
from optimizer.model.structure import Structure
from optimizer.model.workload import Workload
from optimizer.queries.witness import Witness, order_of, witness

DDL = """
CREATE TABLE teams (
  id int PRIMARY KEY, name text NOT NULL, city text, budget numeric(10,2)
);
CREATE TABLE players (
  id int PRIMARY KEY, team_id int REFERENCES teams(id), name text NOT NULL, score int, level int NOT NULL,
  pay numeric(10,2), tags text[] NOT NULL, data jsonb, active boolean, joined timestamptz NOT NULL, born date
);
CREATE TABLE games (
  id int PRIMARY KEY, player_id int NOT NULL REFERENCES players(id), points int, fee numeric(10,2),
  at timestamptz NOT NULL, label text
);
CREATE TABLE profiles (
  player_id int PRIMARY KEY REFERENCES players(id), motto text, rank int NOT NULL
);
"""

TEAMS, PLAYERS, GAMES, PROFILES = (TableName("public", n) for n in ("teams", "players", "games", "profiles"))
TEAM_KEY, GAME_KEY, PROFILE_KEY = "players_team_id_fkey", "games_player_id_fkey", "profiles_player_id_fkey"

EMBED_GAMES = Embed(GAMES, PLAYERS, GAME_KEY, "games")
EMBED_PROFILES = Embed(PROFILES, PLAYERS, PROFILE_KEY, "profile", many=False)
COPY_TEAM = ExtendedReference(PLAYERS, TEAMS, TEAM_KEY, "team", ("name", "city", "budget"))
COPY_PLAYER = ExtendedReference(GAMES, PLAYERS, GAME_KEY, "player", ("name", "score"))
GAMES_COUNT = Computed(PLAYERS, GAMES, GAME_KEY, "games_count", "count")
POINTS_COUNT = Computed(PLAYERS, GAMES, GAME_KEY, "points_count", "count", "points")
POINTS_SUM = Computed(PLAYERS, GAMES, GAME_KEY, "points_sum", "sum", "points")
SCORE_SUM = Computed(TEAMS, PLAYERS, TEAM_KEY, "score_sum", "sum", "score")
PLAYERS_COUNT = Computed(TEAMS, PLAYERS, TEAM_KEY, "players_count", "count")
LATEST_GAMES = Subset(
    PLAYERS, GAMES, GAME_KEY, "latest", (("at", True), ("id", False)), 3, ("id", "points", "at", "label")
)

DESIGNS: Mapping[str, frozenset[Structure]] = {
    "referenced": frozenset(),
    "games embedded": frozenset({EMBED_GAMES}),
    "profiles embedded": frozenset({EMBED_PROFILES, COPY_PLAYER}),
    "copies": frozenset({COPY_TEAM, COPY_PLAYER}),
    "totals": frozenset({GAMES_COUNT, POINTS_COUNT, POINTS_SUM, SCORE_SUM, PLAYERS_COUNT}),
    "subset": frozenset({LATEST_GAMES}),
    "all embedded": frozenset({EMBED_GAMES, EMBED_PROFILES, COPY_TEAM, SCORE_SUM}),
}

NUMBERS = (-7, -1, 0, 1, 2, 3, 5)
AMOUNTS = tuple(map(Decimal, ("-3.50", "0.00", "0.05", "1.25", "2.50", "2.55", "12345678.90")))
TEXTS = ("", "a", "A", "ab", "a%b", "a_b", "abc\n", "\u00c4rger", "it's", "$a", "x.y")
CITIES = ("Rome", "rome", "Oslo", "", "$x")
TAGS: tuple[tuple[str, ...], ...] = ((), ("a",), ("a", "b"), ("b", "a", "a"), ("\u00c4", ""))
DOCUMENTS = (
    {"k": "a", "n": 1},
    {"k": "b", "n": 2.5, "l": [1, 2]},
    {"k": None},
    {},
    {"k": "a", "d": {"x": 1, "y": "z"}},
    {"k": 1, "n": -3},
    {"k": True, "l": ["a"]},
    [{"k": "a", "n": 7}],
    {"d": [{"y": "z", "x": 1}], "l": 1},
)
MOMENTS = (
    datetime(1969, 12, 31, 23, 59, 59, 999000, tzinfo=UTC),
    datetime(2024, 2, 29, tzinfo=UTC),
    datetime(2024, 3, 31, 1, 30, tzinfo=UTC),
    datetime(2024, 12, 30, 0, 0, tzinfo=UTC),
    datetime(2025, 1, 5, 23, 59, 59, 1000, tzinfo=UTC),
    datetime(2025, 1, 6, tzinfo=UTC),
    datetime(2025, 1, 6, tzinfo=UTC) + timedelta(hours=12),
)
DAYS = (date(1969, 12, 31), date(2000, 2, 29), date(2025, 1, 6))

SEEDS = 3

Sessions = Mapping[str, Session]


@dataclass(frozen=True, slots=True)
class Case:
    """A statement with its parameters' values; `before` are statements in front of it in its transaction."""

    sql: str
    values: tuple[tuple[str, Any], ...] = ()
    before: tuple[str, ...] = ()

    @property
    def query(self) -> Query:
        """The statement as a query; its name tells it from all others of one session."""
        texts = (*self.before, self.sql)
        return Query("; ".join(texts), 1.0, Target(), tuple(SourceText(text, "case") for text in texts))

    @property
    def binding(self) -> Binding:
        """The values as a binding."""
        return Binding(self.values)


class Stand:
    """One set of rows in PostgreSQL, and in MongoDB in several designs, by their labels."""

    def __init__(
        self, origin: Database, reference: Session, databases: Mapping[str, Database], sessions: Sessions
    ) -> None:
        self.schema = origin.schema
        self.origin = origin
        self.reference = reference
        self.databases = databases
        self.sessions = sessions

    def expected(self, case: Case) -> tuple[Answer, Order]:
        """PostgreSQL's answer, and how it is ordered."""
        answer = self.reference.answer(case.query, case.binding)
        known = witness(case.sql, self.schema)
        return answer, order_of(known, len(answer.rows), self._witnessed(case, known, answer))

    def differences(self, case: Case) -> dict[str, Comparison]:
        """The comparison of each design's answer with PostgreSQL's."""
        answer, order = self.expected(case)
        return {
            label: compare(answer, session.answer(case.query, case.binding), order)
            for label, session in self.sessions.items()
        }

    def _witnessed(self, case: Case, known: Witness, answer: Answer) -> Sequence[tuple[Any, ...]]:
        if known.sql is None or not answer.rows:
            return ()
        probe = replace(case, sql=known.sql)
        return self.reference.answer(probe.query, probe.binding).rows


@contextmanager
def stand(
    postgres: PostgresServer,
    mongo: MongoServer,
    folder: Path,
    seed: int,
    designs: Sequence[str] = (),
    queries: tuple[Query, ...] = (),
) -> Iterator[Stand]:
    """The rows of a seed, loaded in PostgreSQL and in MongoDB in these designs (all of them where none).

    `queries` are those of the workload: what they write is locked for.
    """
    ddl = SourceText(DDL, "league.sql")
    workload = Workload("league", Path("league.yaml"), ddl, queries, (), "digest")
    origin = postgres.read(workload, f"league{seed}", workload.ddl)
    data = Dataset(f"league{seed}", tuple(_written(folder, seed)))
    origin.load(data, _silent)
    made = {}
    for label in designs or DESIGNS:
        design = Design(structures=DESIGNS[label])
        made[label] = mongo.create(workload, f"league{seed}", origin.schema, design)
        made[label].load(data, _silent)
    with ExitStack() as opened:
        reference = opened.enter_context(closing(origin.session()))
        sessions = {label: opened.enter_context(closing(one.session())) for label, one in made.items()}
        yield Stand(origin, reference, made, sessions)


def frames(seed: int) -> dict[TableName, pl.DataFrame]:
    """The rows of a seed: nulls, ties, empty strings and arrays, parents without children."""
    random = Random(seed)
    return {
        TEAMS: _frame(_teams(random, 5)),
        PLAYERS: _frame(_players(random, 14, 4)),
        GAMES: _frame(_games(random, 40, 10)),
        PROFILES: _frame(_profiles(random, 14)),
    }


def _teams(random: Random, rows: int) -> Iterator[dict[str, Any]]:
    for number in range(1, rows + 1):
        yield {
            "id": number,
            "name": random.choice(TEXTS),
            "city": _maybe(random, CITIES),
            "budget": _maybe(random, AMOUNTS),
        }


def _players(random: Random, rows: int, teams: int) -> Iterator[dict[str, Any]]:
    for number in range(1, rows + 1):
        document = _maybe(random, DOCUMENTS)
        yield {
            "id": number,
            "team_id": _maybe(random, range(1, teams + 1)),
            "name": random.choice(TEXTS),
            "score": _maybe(random, NUMBERS),
            "level": random.choice(NUMBERS),
            "pay": _maybe(random, AMOUNTS),
            "tags": list(random.choice(TAGS)),
            "data": None if document is None else json.dumps(document),
            "active": _maybe(random, (True, False)),
            "joined": random.choice(MOMENTS),
            "born": _maybe(random, DAYS),
        }


def _games(random: Random, rows: int, players: int) -> Iterator[dict[str, Any]]:
    for number in range(1, rows + 1):
        player = random.randint(1, players)
        yield {
            "id": number,
            "player_id": player,
            "points": None if player == 1 else _maybe(random, NUMBERS),
            "fee": _maybe(random, AMOUNTS),
            "at": random.choice(MOMENTS),
            "label": _maybe(random, TEXTS),
        }


def _profiles(random: Random, players: int) -> Iterator[dict[str, Any]]:
    for number in sorted(random.sample(range(1, players + 1), players // 2)):
        yield {"player_id": number, "motto": _maybe(random, TEXTS), "rank": random.choice(NUMBERS)}


TYPES: Mapping[str, Any] = {
    "id": pl.Int32,
    "team_id": pl.Int32,
    "player_id": pl.Int32,
    "score": pl.Int32,
    "level": pl.Int32,
    "points": pl.Int32,
    "rank": pl.Int32,
    "budget": pl.Decimal(10, 2),
    "pay": pl.Decimal(10, 2),
    "fee": pl.Decimal(10, 2),
    "tags": pl.List(pl.String),
    "active": pl.Boolean,
    "joined": pl.Datetime("ms", "UTC"),
    "at": pl.Datetime("ms", "UTC"),
    "born": pl.Date,
}


def _frame(rows: Iterator[dict[str, Any]]) -> pl.DataFrame:
    made = list(rows)
    return pl.DataFrame(made, schema={name: TYPES.get(name, pl.String) for name in made[0]})


def _written(folder: Path, seed: int) -> Iterator[TableRows]:
    for name, frame in frames(seed).items():
        file = folder / f"{name}-{seed}.parquet"
        frame.write_parquet(file)
        yield TableRows(name, frame.height, tuple(frame.columns), (file,))


def _maybe(random: Random, values: Sequence[Any]) -> Any:
    return None if random.random() < 0.25 else random.choice(values)


def _silent(step: str, done: float) -> None:
    """Nobody watches."""
