"""Statements that between them use everything that the compiler declares, for the world of league.py."""

from __future__ import annotations

from tests.engines.mongo.league import Case

_MOVE = "UPDATE teams SET name = 'moved', city = 'Oslo' WHERE id = 2"
_ADD_GAME = "INSERT INTO games (id, player_id, points, at) VALUES (901, 2, 5, '2025-03-01T00:00:00Z')"
_DROP_GAME = "DELETE FROM games WHERE id = 5"
_RAISE = "UPDATE games SET points = points + 10 WHERE id = 7"
_OF_TEAMS = "SELECT p.id, t.name, t.city FROM players p JOIN teams t ON t.id = p.team_id ORDER BY p.id"
_TOTALS = """
    SELECT p.id, (SELECT COUNT(*) FROM games x WHERE x.player_id = p.id) AS games,
      (SELECT SUM(x.points) FROM games x WHERE x.player_id = p.id) AS points
    FROM players p ORDER BY p.id
"""

READS: tuple[Case, ...] = tuple(
    Case(sql)
    for sql in (
        "SELECT p.id, p.name FROM players p WHERE p.score <> 3 AND p.level > 0 ORDER BY p.id",
        "SELECT p.id FROM players p WHERE p.score > 1 AND p.level <= 3 ORDER BY p.id",
        "SELECT p.id FROM players p WHERE p.score >= 1 AND p.level < 3 ORDER BY p.id",
        "SELECT p.id FROM players p WHERE (p.score > 1 OR p.pay < 1) AND p.level BETWEEN 0 AND 3",
        "SELECT p.id FROM players p WHERE p.level IN (1, 2, 3, 5) AND p.score NOT IN (0, 2) ORDER BY p.id",
        "SELECT p.id FROM players p WHERE NOT (p.score > 1 AND p.active) ORDER BY p.id",
        "SELECT p.id, p.score FROM players p ORDER BY p.score, p.id",
        "SELECT p.id, p.score FROM players p ORDER BY p.score DESC, p.id DESC LIMIT 6",
        "SELECT g.id, g.points FROM games g ORDER BY g.points NULLS FIRST, g.id DESC LIMIT 20 OFFSET 3",
        "SELECT g.id, g.at FROM games g WHERE g.player_id = 4 ORDER BY g.at DESC, g.id LIMIT 3",
        "SELECT g.id, g.at FROM games g WHERE g.player_id = 2 ORDER BY g.at DESC, g.id LIMIT 2",
        "SELECT p.id FROM players p WHERE p.name LIKE 'a%' ORDER BY p.id",
        "SELECT p.id FROM players p WHERE p.name LIKE '%b' ORDER BY p.id",
        "SELECT p.id FROM players p WHERE p.name ILIKE '%A%' ORDER BY p.id",
        "SELECT p.id FROM players p WHERE 'b' = ANY(p.tags) ORDER BY p.id",
        "SELECT p.id, p.data ->> 'k' AS k FROM players p WHERE p.data @> '{\"k\": \"a\"}' ORDER BY p.id",
        "SELECT p.id, p.score / 2 AS half, p.score % 3 AS rest FROM players p ORDER BY p.id",
        "SELECT p.id, ROUND(p.pay, 1) AS pay, COALESCE(p.score, -1) AS score FROM players p ORDER BY p.id",
        "SELECT p.id, CASE WHEN p.score > 1 THEN 'many' ELSE 'few' END AS much FROM players p ORDER BY p.id",
        "SELECT p.id, g.points FROM players p JOIN games g ON g.player_id = p.id ORDER BY p.id, g.id",
        "SELECT p.id, g.points FROM players p LEFT JOIN games g ON g.player_id = p.id ORDER BY p.id, g.id",
        "SELECT p.id, g.id AS game FROM players p LEFT JOIN games g ON g.player_id = p.id AND g.points > 0"
        " ORDER BY p.id, g.id",
        "SELECT p.id, g.id AS game FROM players p JOIN games g ON g.player_id = p.id"
        " WHERE g.points > 1 AND g.fee < 3 ORDER BY p.id, g.id",
        "SELECT p.id, t.name FROM players p LEFT JOIN teams t ON t.id = p.team_id ORDER BY p.id",
        _OF_TEAMS,
        "SELECT p.id, s.motto FROM players p LEFT JOIN profiles s ON s.player_id = p.id ORDER BY p.id",
        "SELECT g.id, p.name, t.city FROM games g JOIN players p ON p.id = g.player_id"
        " LEFT JOIN teams t ON t.id = p.team_id WHERE p.score IS NOT NULL ORDER BY g.id",
        "SELECT p.team_id, COUNT(*) AS rows, COUNT(p.score) AS scores, SUM(p.score) AS total,"
        " AVG(p.pay) AS pay, COUNT(DISTINCT p.name) AS names FROM players p"
        " GROUP BY p.team_id ORDER BY p.team_id",
        "SELECT g.player_id, SUM(g.points) AS points, MAX(g.at) AS last, MIN(g.fee) AS fee"
        " FROM games g GROUP BY g.player_id HAVING COUNT(*) > 1 ORDER BY g.player_id",
        "SELECT COUNT(DISTINCT g.points) AS points, COUNT(g.points) AS played FROM games g",
        "SELECT SUM(g.points) AS points, COUNT(*) AS rows FROM games g WHERE g.points > 100",
        "SELECT p.team_id, COUNT(*) FILTER (WHERE p.score > 1) AS good FROM players p GROUP BY p.team_id"
        " ORDER BY p.team_id",
        "SELECT date_trunc('week', g.at) AS week, COUNT(*) AS games FROM games g"
        " GROUP BY date_trunc('week', g.at) ORDER BY week",
        "SELECT DISTINCT p.score, p.active FROM players p",
        "SELECT p.id FROM players p WHERE EXISTS"
        " (SELECT 1 FROM games x WHERE x.player_id = p.id AND x.points > 1) ORDER BY p.id",
        "SELECT p.id FROM players p WHERE NOT EXISTS (SELECT 1 FROM games x WHERE x.player_id = p.id)",
        "SELECT p.id FROM players p WHERE p.team_id IN (SELECT y.id FROM teams y WHERE y.budget > 1)",
        _TOTALS,
        "SELECT t.id, COUNT(p.id) AS players, SUM(p.score) AS score FROM teams t"
        " LEFT JOIN players p ON p.team_id = t.id GROUP BY t.id ORDER BY t.id",
        "SELECT p.id, x.id AS game FROM players p CROSS JOIN LATERAL (SELECT g.id FROM games g"
        " WHERE g.player_id = p.id ORDER BY g.at DESC, g.id LIMIT 2) x ORDER BY p.id, x.id",
        "SELECT p.id, p.name FROM players p UNION ALL SELECT t.id, t.name FROM teams t",
        "SELECT p.name FROM players p UNION SELECT t.name FROM teams t",
    )
)

WRITES: tuple[Case, ...] = (
    Case(_OF_TEAMS, before=(_MOVE,)),
    Case(_TOTALS, before=(_ADD_GAME,)),
    Case(_TOTALS, before=(_DROP_GAME,)),
    Case(_TOTALS, before=(_RAISE,)),
    Case(
        "SELECT g.id FROM games g WHERE g.player_id = 2 ORDER BY g.at DESC, g.id LIMIT 3", before=(_ADD_GAME,)
    ),
    Case("INSERT INTO games (id, player_id, at) VALUES (902, 777, '2025-03-01T00:00:00Z')"),
    Case(
        "INSERT INTO players (id, team_id, name, level, tags, joined)"
        " VALUES (903, 99, 'x', 1, '{}', '2025-03-01T00:00:00Z')"
    ),
    Case("INSERT INTO teams (id, name) VALUES (1, 'again')"),
    Case(_ADD_GAME, before=(_ADD_GAME,)),
    Case("DELETE FROM players WHERE id = 2"),
    Case("DELETE FROM teams WHERE id = 1"),
)

CORPUS = (*READS, *WRITES)
