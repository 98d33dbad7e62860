"""Statements within the subset that the compiler declares, made up by Hypothesis, with their parameters."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import strategies as st

from tests.engines.mongo.composed import COMPOSED
from tests.engines.mongo.conditions import COLUMNS, Draw, Parameters, column_of, predicate, where
from tests.engines.mongo.league import Case

IDS = {"t": "t.id", "p": "p.id", "g": "g.id", "s": "s.player_id"}

SOURCES: tuple[tuple[str, str], ...] = (
    ("teams t", "t"),
    ("players p", "p"),
    ("games g", "g"),
    ("profiles s", "s"),
    ("games g JOIN players p ON p.id = g.player_id", "gp"),
    ("players p JOIN games g ON g.player_id = p.id", "pg"),
    ("players p LEFT JOIN games g ON g.player_id = p.id", "pg"),
    ("players p LEFT JOIN games g ON g.player_id = p.id AND g.points > 0", "pg"),
    ("players p JOIN teams t ON t.id = p.team_id", "pt"),
    ("players p LEFT JOIN teams t ON t.id = p.team_id", "pt"),
    ("teams t LEFT JOIN players p ON p.team_id = t.id", "tp"),
    ("players p JOIN profiles s ON s.player_id = p.id", "ps"),
    ("players p LEFT JOIN profiles s ON s.player_id = p.id", "ps"),
    ("profiles s JOIN players p ON p.id = s.player_id", "sp"),
    ("games g JOIN players p ON p.id = g.player_id LEFT JOIN teams t ON t.id = p.team_id", "gpt"),
    ("teams t JOIN players p ON p.team_id = t.id JOIN games g ON g.player_id = p.id", "tpg"),
    ("players p LEFT JOIN teams t ON t.id = p.team_id LEFT JOIN games g ON g.player_id = p.id", "ptg"),
)


@st.composite
def cases(draw: Draw) -> Case:
    """A SELECT over one to three tables."""
    given = Parameters()
    sql = draw(st.sampled_from(SHAPES))(draw, given)
    return Case(sql, tuple(given.values.items()))


def _plain(draw: Draw, given: Parameters) -> str:
    source, aliases = draw(st.sampled_from(SOURCES))
    shown = draw(st.lists(st.sampled_from(range(40)), min_size=1, max_size=4))
    items = [_value(draw, given, aliases) for _ in shown]
    chosen = ", ".join(f"{item} AS c{n}" for n, item in enumerate(items))
    return f"SELECT {chosen} FROM {source}{where(draw, given, aliases)}{_ordered(draw, aliases)}"


def _ordered(draw: Draw, aliases: str) -> str:
    """An order that leaves no ties, perhaps cut; or none at all."""
    if draw(st.integers(0, 3)) == 0:
        return ""
    terms = [_order_term(draw, aliases) for _ in range(draw(st.integers(0, 2)))]
    terms += [f"{IDS[alias]}{draw(st.sampled_from(('', ' DESC')))}" for alias in aliases]
    cut = draw(
        st.sampled_from(("", "", " LIMIT 1", " LIMIT 3", " LIMIT 5", " LIMIT 4 OFFSET 2", " OFFSET 3"))
    )
    return f" ORDER BY {', '.join(dict.fromkeys(terms))}{cut}"


def _order_term(draw: Draw, aliases: str) -> str:
    alias, name, _ = column_of(draw, aliases, ("int", "numeric", "text", "ascii", "time", "date", "bool"))
    return f"{alias}.{name}{draw(st.sampled_from(('', ' DESC', ' NULLS FIRST', ' DESC NULLS LAST')))}"


def _grouped(draw: Draw, given: Parameters) -> str:
    source, aliases = draw(st.sampled_from(SOURCES))
    keys = [_key(draw, aliases) for _ in range(draw(st.integers(1, 2)))]
    keys = list(dict.fromkeys(keys))
    shown = [*keys, *(_aggregate(draw, given, aliases) for _ in range(draw(st.integers(1, 3))))]
    chosen = ", ".join(f"{item} AS c{n}" for n, item in enumerate(shown))
    having = draw(st.sampled_from(("", "", " HAVING COUNT(*) > 1", " HAVING COUNT(*) = 1")))
    order = draw(
        st.sampled_from(("", f" ORDER BY {', '.join(keys)}", f" ORDER BY {', '.join(keys)} LIMIT 3"))
    )
    kept = where(draw, given, aliases)
    return f"SELECT {chosen} FROM {source}{kept} GROUP BY {', '.join(keys)}{having}{order}"


def _key(draw: Draw, aliases: str) -> str:
    alias, name, kind = column_of(draw, aliases, ("int", "numeric", "text", "ascii", "time", "date", "bool"))
    if kind == "time":
        return f"date_trunc('{draw(st.sampled_from(('day', 'week', 'month')))}', {alias}.{name})"
    return f"{alias}.{name}"


def _whole(draw: Draw, given: Parameters) -> str:
    """Aggregates without GROUP BY: one row, also over nothing."""
    source, aliases = draw(st.sampled_from(SOURCES))
    items = [_aggregate(draw, given, aliases) for _ in range(draw(st.integers(1, 3)))]
    chosen = ", ".join(f"{item} AS c{n}" for n, item in enumerate(items))
    return f"SELECT {chosen} FROM {source}{where(draw, given, aliases)}"


def _aggregate(draw: Draw, given: Parameters, aliases: str) -> str:
    function = draw(st.sampled_from(("COUNT(*)", "COUNT", "COUNT(DISTINCT", "SUM", "AVG", "MIN", "MAX")))
    numbers = ("int", "numeric")
    kinds = numbers if function in ("SUM", "AVG") else (*numbers, "text", "ascii", "time", "date")
    alias, name, _ = column_of(draw, aliases, kinds)
    called = function if function == "COUNT(*)" else f"{function} {alias}.{name})"
    called = called if "(" in function else f"{function}({alias}.{name})"
    if draw(st.integers(0, 4)) == 0:
        called += f" FILTER (WHERE {predicate(draw, given, aliases)})"
    return called


def _distinct(draw: Draw, given: Parameters) -> str:
    source, aliases = draw(st.sampled_from(SOURCES))
    columns = [column_of(draw, aliases, ("int", "numeric", "text", "ascii", "bool")) for _ in range(2)]
    names = list(dict.fromkeys(f"{alias}.{name}" for alias, name, _ in columns))
    chosen = ", ".join(f"{name} AS c{n}" for n, name in enumerate(names))
    return f"SELECT DISTINCT {chosen} FROM {source}{where(draw, given, aliases)}"


def _lateral(draw: Draw, given: Parameters) -> str:
    join, condition = draw(st.sampled_from((("CROSS JOIN", ""), ("LEFT JOIN", " ON TRUE"))))
    order = draw(st.sampled_from(("g.at DESC, g.id", "g.id", "g.points DESC, g.id")))
    inner = f"SELECT g.id, g.points FROM games g WHERE g.player_id = p.id ORDER BY {order}"
    rows = draw(st.integers(1, 3))
    lateral = f"{join} LATERAL ({inner} LIMIT {rows}) x{condition}"
    return f"SELECT p.id, p.name, x.id AS game, x.points FROM players p {lateral}{where(draw, given, 'p')}"


def _union(draw: Draw, given: Parameters) -> str:
    every = draw(st.sampled_from(("UNION ALL", "UNION")))
    first = f"SELECT p.id, p.name FROM players p{where(draw, given, 'p')}"
    return f"{first} {every} SELECT t.id, t.name FROM teams t{where(draw, given, 't')}"


def _of_family(draw: Draw, given: Parameters) -> str:
    """What is asked of a parent's children together: what counters and sums are kept for."""
    parent, child, key, shown = draw(
        st.sampled_from(
            (
                ("players p", "games x", "x.player_id = p.id", ("x.points", "x.fee")),
                ("teams p", "players x", "x.team_id = p.id", ("x.score", "x.level")),
            )
        )
    )
    column = draw(st.sampled_from(shown))
    forms = ("COUNT(x.id)", f"COUNT({column})", f"SUM({column})", f"AVG({column})", f"MAX({column})")
    items = ", ".join(f"{draw(st.sampled_from(forms))} AS c{n}" for n in range(draw(st.integers(1, 3))))
    join = draw(st.sampled_from(("JOIN", "LEFT JOIN")))
    having = draw(st.sampled_from(("", "", " HAVING COUNT(x.id) > 1")))
    kept = draw(st.sampled_from(("", " WHERE p.id > 2", " WHERE p.name <> 'a'")))
    return f"SELECT p.id, {items} FROM {parent} {join} {child} ON {key}{kept} GROUP BY p.id{having}"


def _windowed(draw: Draw, given: Parameters) -> str:
    part = draw(st.sampled_from(("", "PARTITION BY p.team_id ", "PARTITION BY p.active ")))
    order = (
        f"ORDER BY {draw(st.sampled_from(('p.level, p.id', 'p.joined DESC, p.id', 'p.score, p.id DESC')))}"
    )
    forms = (
        f"ROW_NUMBER() OVER ({part}{order})",
        f"RANK() OVER ({part}ORDER BY p.level)",
        f"COUNT(*) OVER ({part})",
    )
    return f"SELECT p.id, {draw(st.sampled_from(forms))} AS c FROM players p{where(draw, given, 'p')}"


def _first_of_each(draw: Draw, given: Parameters) -> str:
    order = draw(st.sampled_from(("g.at DESC, g.id", "g.id DESC", "g.points, g.id", "g.points DESC, g.id")))
    kept = where(draw, given, "g")
    return (
        f"SELECT DISTINCT ON (g.player_id) g.player_id, g.id, g.points FROM games g{kept}"
        f" ORDER BY g.player_id, {order}"
    )


SHAPES = (
    _plain,
    _plain,
    _plain,
    _grouped,
    _grouped,
    _whole,
    _distinct,
    _lateral,
    _union,
    _of_family,
    _windowed,
    _first_of_each,
    *COMPOSED,
)
"""What is made up; the plain ones more often."""


def _value(draw: Draw, given: Parameters, aliases: str) -> str:
    if "p" in aliases and draw(st.integers(0, 7)) == 0:
        return draw(
            st.sampled_from(
                (
                    "(SELECT COUNT(*) FROM games x WHERE x.player_id = p.id)",
                    "(SELECT SUM(x.points) FROM games x WHERE x.player_id = p.id)",
                    "(SELECT MAX(x.at) FROM games x WHERE x.player_id = p.id)",
                )
            )
        )
    alias, name, kind = column_of(draw, aliases, tuple({k for a in aliases for k in COLUMNS[a].values()}))
    column = f"{alias}.{name}"
    if draw(st.booleans()):
        return column
    return draw(st.sampled_from(_computed(column, kind, lambda: predicate(draw, given, aliases))))


def _computed(column: str, kind: str, test: Callable[[], str]) -> tuple[str, ...]:
    match kind:
        case "int":
            case = f"CASE WHEN {test()} THEN {column} ELSE 0 END"
            return (
                case,
                f"{column} + 1",
                f"{column} * 2 - 3",
                f"{column} / 2",
                f"{column} % 3",
                f"COALESCE({column}, -1)",
                f"NULLIF({column}, 0)",
                f"ABS({column})",
                f"GREATEST({column}, 2)",
                f"{column} > 2",
            )
        case "numeric":
            return (
                f"{column} + 1.5",
                f"ROUND({column}, 1)",
                f"-{column}",
                f"FLOOR({column})",
                f"{column} / 4",
            )
        case "text":
            return (f"{column} || 'x'", f"COALESCE({column}, '-')", f"LENGTH({column})", f"{column} = 'a'")
        case "ascii":
            return (f"LOWER({column})", f"UPPER({column})", f"SUBSTRING({column}, 2, 2)")
        case "time":
            units = ("hour", "day", "week", "month", "year")
            cut = tuple(f"date_trunc('{unit}', {column})" for unit in units)
            return (*cut, f"EXTRACT(dow FROM {column})", f"{column} + INTERVAL '36 hours'", f"{column}::date")
        case "json":
            return (f"{column} ->> 'k'", f"{column} -> 'd'", f"({column} ->> 'n')::numeric")
        case "bool":
            return (f"NOT {column}", f"COALESCE({column}, FALSE)", f"{column} IS NULL")
    return (f"{column} IS NULL", column)
