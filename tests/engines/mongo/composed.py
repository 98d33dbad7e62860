"""Made-up statements of several parts: pages, windows, queries within queries."""

from __future__ import annotations

from hypothesis import strategies as st

from tests.engines.mongo.conditions import Draw, Parameters, where
from tests.engines.mongo.league import MOMENTS, NUMBERS


def _page(draw: Draw, given: Parameters) -> str:
    """Keyset pagination, by a row or written out."""
    column, values = draw(
        st.sampled_from((("g.at", MOMENTS), ("g.points", NUMBERS), ("g.player_id", NUMBERS)))
    )
    last, key = given.add(draw(st.sampled_from(values))), given.add(draw(st.integers(1, 40)))
    sign, way = draw(st.sampled_from(((">", ""), ("<", " DESC"))))
    row = f"({column}, g.id) {sign} ({last}, {key})"
    apart = f"({column} {sign} {last} OR ({column} = {last} AND g.id {sign} {key}))"
    kept = where(draw, given, "g")
    joined = f"{kept} AND " if kept else " WHERE "
    source = draw(st.sampled_from(("games g", "games g JOIN players p ON p.id = g.player_id")))
    chosen = draw(st.sampled_from((row, apart)))
    order = f"{column}{way}, g.id{way}"
    return f"SELECT g.id, {column} AS k FROM {source}{joined}{chosen} ORDER BY {order} LIMIT 4"


def _over(draw: Draw, given: Parameters) -> str:
    """Window functions beside each other, over games or over games joined to their players."""
    source, parts = draw(
        st.sampled_from(
            (
                ("games g", ("g.player_id", "g.label")),
                ("games g JOIN players p ON p.id = g.player_id", ("g.player_id", "p.team_id")),
            )
        )
    )
    part = draw(st.sampled_from(("", *(f"PARTITION BY {one} " for one in parts))))
    total = f"({part}ORDER BY {draw(st.sampled_from(('g.at, g.id', 'g.points DESC, g.id', 'g.id')))})"
    forms = (
        f"SUM(g.points) OVER {total}",
        f"COUNT(g.points) OVER {total}",
        f"LAG(g.points) OVER {total}",
        f"LEAD(g.id) OVER {total}",
        f"FIRST_VALUE(g.points) OVER {total}",
        f"DENSE_RANK() OVER ({part}ORDER BY g.points)",
        f"MAX(g.points) OVER ({part.strip()})",
        f"AVG(g.points) OVER ({part.strip()})",
    )
    items = [draw(st.sampled_from(forms)) for _ in range(draw(st.integers(1, 2)))]
    chosen = ", ".join(f"{item} AS c{n}" for n, item in enumerate(items))
    return f"SELECT g.id, {chosen} FROM {source}{where(draw, given, 'g')}"


def _numbered(draw: Draw, given: Parameters) -> str:
    """The first few of each parent, by their number within it."""
    order = draw(st.sampled_from(("g.at DESC, g.id", "g.points, g.id", "g.id DESC")))
    kept = where(draw, given, "g")
    inner = (
        f"SELECT g.id, g.points, ROW_NUMBER() OVER (PARTITION BY g.player_id ORDER BY {order}) AS n"
        f" FROM games g{kept}"
    )
    rows = draw(st.integers(1, 3))
    if draw(st.booleans()):
        return f"WITH x AS ({inner}) SELECT x.id, x.points, x.n FROM x WHERE x.n <= {rows}"
    return f"SELECT x.id, x.points, x.n FROM ({inner}) x WHERE x.n <= {rows}"


def _totals(draw: Draw, given: Parameters) -> str:
    """Rows beside a grouped query's, as a CTE or a derived table, or LATERAL."""
    items = "COUNT(*) AS n, SUM(g.points) AS total, MAX(g.at) AS latest"
    kept = where(draw, given, "g")
    grouped = f"SELECT g.player_id, {items} FROM games g{kept} GROUP BY g.player_id"
    join = draw(st.sampled_from(("JOIN", "LEFT JOIN")))
    shown = "SELECT p.id, p.name, x.n, x.total, x.latest"
    order = draw(st.sampled_from(("", " ORDER BY p.id", " ORDER BY p.id DESC LIMIT 4")))
    match draw(st.integers(0, 2)):
        case 0:
            return f"WITH x AS ({grouped}) {shown} FROM players p {join} x ON x.player_id = p.id{order}"
        case 1:
            return f"{shown} FROM players p {join} ({grouped}) x ON x.player_id = p.id{order}"
    own = f"{kept} AND " if kept else " WHERE "
    inner = f"SELECT {items} FROM games g{own}g.player_id = p.id"
    return f"{shown} FROM players p {join} LATERAL ({inner}) x ON TRUE{order}"


def _having(draw: Draw, given: Parameters) -> str:
    """Groups kept by several aggregates, and sorted by one."""
    bound = given.add(draw(st.sampled_from(NUMBERS)))
    tests = (
        f"SUM(g.points) > {bound}",
        f"COUNT(DISTINCT g.label) >= 1 AND MIN(g.points) < {bound}",
        f"AVG(g.points) >= {bound} OR COUNT(*) > 3",
        f"MAX(g.points) IS NULL OR MAX(g.points) <> {bound}",
        f"COUNT(*) FILTER (WHERE g.points > {bound}) > 0",
    )
    having, kept = draw(st.sampled_from(tests)), where(draw, given, "g")
    order = draw(st.sampled_from(("n DESC, g.player_id", "total NULLS FIRST, g.player_id", "g.player_id")))
    cut = draw(st.sampled_from(("", " LIMIT 3", " LIMIT 2 OFFSET 1")))
    return (
        f"SELECT g.player_id, COUNT(*) AS n, SUM(g.points) AS total FROM games g{kept}"
        f" GROUP BY g.player_id HAVING {having} ORDER BY {order}{cut}"
    )


def _sorted_union(draw: Draw, given: Parameters) -> str:
    """Several queries' rows, sorted and cut together."""
    parts = [
        f"SELECT p.id, p.name AS name, 'p' AS kind FROM players p{where(draw, given, 'p')}",
        f"SELECT t.id, t.city AS name, 't' AS kind FROM teams t{where(draw, given, 't')}",
        f"SELECT g.id, g.label AS name, 'g' AS kind FROM games g{where(draw, given, 'g')}",
    ]
    chosen = parts[: draw(st.integers(2, 3))]
    order = draw(st.sampled_from(("name, kind, id", "id DESC, kind", "kind, name DESC, id")))
    return f"{' UNION ALL '.join(chosen)} ORDER BY {order}{draw(st.sampled_from(('', ' LIMIT 5')))}"


def _related(draw: Draw, given: Parameters) -> str:
    """EXISTS over two joins, and a scalar subquery that takes the first."""
    tests = (
        "EXISTS (SELECT 1 FROM players p JOIN games g ON g.player_id = p.id"
        " WHERE p.team_id = t.id AND g.points > 1)",
        "NOT EXISTS (SELECT 1 FROM players p WHERE p.team_id = t.id AND p.score IS NULL)",
        "t.id IN (SELECT p.team_id FROM players p WHERE p.level > 0)",
        "(SELECT COUNT(*) FROM players p WHERE p.team_id = t.id) > 1",
    )
    firsts = (
        "(SELECT p.name FROM players p WHERE p.team_id = t.id ORDER BY p.level DESC, p.id LIMIT 1)",
        "(SELECT AVG(p.score) FROM players p WHERE p.team_id = t.id AND p.active)",
        "EXISTS (SELECT 1 FROM players p WHERE p.team_id = t.id AND p.level > 2)",
    )
    kept = where(draw, given, "t")
    joined = f"{kept} AND " if kept else " WHERE "
    first, test = draw(st.sampled_from(firsts)), draw(st.sampled_from(tests))
    return f"SELECT t.id, {first} AS c FROM teams t{joined}{test}"


COMPOSED = (_page, _over, _numbered, _totals, _having, _sorted_union, _related)
