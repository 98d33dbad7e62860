"""Conditions within the subset that the compiler declares, made up by Hypothesis, with their parameters."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from hypothesis import strategies as st

from tests.engines.mongo.league import AMOUNTS, CITIES, DAYS, MOMENTS, NUMBERS, TEXTS

Draw = Callable[[st.SearchStrategy[Any]], Any]

COLUMNS: Mapping[str, Mapping[str, str]] = {
    "t": {"id": "int", "name": "text", "city": "ascii", "budget": "numeric"},
    "p": {
        "id": "int",
        "team_id": "int",
        "name": "text",
        "score": "int",
        "level": "int",
        "pay": "numeric",
        "tags": "array",
        "data": "json",
        "active": "bool",
        "joined": "time",
        "born": "date",
    },
    "g": {"id": "int", "player_id": "int", "points": "int", "fee": "numeric", "at": "time", "label": "text"},
    "s": {"player_id": "int", "motto": "text", "rank": "int"},
}
"""The kind of each column, by the alias that its table always has."""

VALUES: Mapping[str, Sequence[Any]] = {
    "int": NUMBERS,
    "numeric": AMOUNTS,
    "text": TEXTS,
    "ascii": CITIES,
    "time": MOMENTS,
    "date": DAYS,
}

DAY = st.sampled_from(DAYS)
COMPARISONS = ("=", "<>", "<", "<=", ">", ">=")


class Parameters:
    """The parameters of a statement that is being made."""

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}

    def add(self, value: Any) -> str:
        """A new parameter with this value, as it is written."""
        name = f"p{len(self.values)}"
        self.values[name] = value
        return f":{name}"


def where(draw: Draw, given: Parameters, aliases: str) -> str:
    """A WHERE of up to three conditions; empty where there is none."""
    count = draw(st.integers(0, 3))
    conditions = [_condition(draw, given, aliases) for _ in range(count)]
    return f" WHERE {' AND '.join(conditions)}" if conditions else ""


def _condition(draw: Draw, given: Parameters, aliases: str) -> str:
    match draw(st.integers(0, 7)):
        case 0:
            return f"({predicate(draw, given, aliases)} OR {predicate(draw, given, aliases)})"
        case 1:
            return f"NOT ({predicate(draw, given, aliases)} AND {predicate(draw, given, aliases)})"
        case 2 if "p" in aliases:
            return _subquery(draw)
    return predicate(draw, given, aliases)


def _subquery(draw: Draw) -> str:
    inner = draw(st.sampled_from(("", " AND x.points > 1", " AND x.points IS NULL", " AND x.label = 'a'")))
    found = f"(SELECT 1 FROM games x WHERE x.player_id = p.id{inner})"
    within = "(SELECT x.player_id FROM games x WHERE x.points > 2)"
    teams = "(SELECT y.id FROM teams y WHERE y.budget > 1)"
    forms = (
        f"EXISTS {found}",
        f"NOT EXISTS {found}",
        f"p.id IN {within}",
        f"p.id NOT IN {within}",
        f"p.team_id IN {teams}",
        f"p.team_id NOT IN {teams}",
    )
    return draw(st.sampled_from(forms))


def predicate(draw: Draw, given: Parameters, aliases: str) -> str:
    """A condition about one column."""
    alias, name, kind = column_of(draw, aliases, tuple({k for a in aliases for k in COLUMNS[a].values()}))
    column = f"{alias}.{name}"
    if draw(st.integers(0, 5)) == 0:
        return f"{column} IS {draw(st.sampled_from(('', 'NOT ')))}NULL"
    if kind == "bool":
        return draw(st.sampled_from((column, f"NOT {column}", f"{column} IS TRUE", f"{column} IS NOT TRUE")))
    if kind == "array":
        return _of_array(draw, given, column)
    if kind == "json":
        return _of_document(draw, given, column)
    return _of_value(draw, given, column, kind, aliases)


def _of_value(draw: Draw, given: Parameters, column: str, kind: str, aliases: str) -> str:
    values = st.sampled_from(VALUES[kind])
    forms = ["compare", "compare", "in", "not in", "between", "any"]
    forms += ["like", "escaped", "beginning"] if kind in ("text", "ascii") else []
    forms += ["column", "case"] if kind == "int" else []
    forms += ["day"] if kind == "time" else []
    forms += ["coalesce", "distinct"]
    match draw(st.sampled_from(forms)):
        case "in":
            return f"{column} IN ({_list(draw, given, values)})"
        case "not in":
            return f"{column} NOT IN ({_list(draw, given, values)})"
        case "between":
            return f"{column} BETWEEN {given.add(draw(values))} AND {given.add(draw(values))}"
        case "any":
            return f"{column} = ANY({given.add(draw(st.lists(values, min_size=1, max_size=3)))})"
        case "like":
            negated, word = draw(st.sampled_from(("", "NOT "))), draw(st.sampled_from(("LIKE", "ILIKE")))
            pattern = draw(st.sampled_from(("a%", "%b", "A_", "%", "", "a\\%b", "abc", "%.%", "$%")))
            return f"{column} {negated}{word} '{pattern}'"
        case "escaped":
            pattern = draw(st.sampled_from(("a!%b", "a!_b", "!%", "a!!%", "%!_%", "!a%")))
            return f"{column} LIKE '{pattern}' ESCAPE '!'"
        case "beginning":
            return f"{column} LIKE {given.add(draw(st.sampled_from(('a', 'A', '', '$'))))} || '%'"
        case "case":
            found = f"CASE WHEN {column} > {given.add(draw(values))} THEN 1 WHEN {column} IS NULL THEN 2 END"
            return f"{found} {draw(st.sampled_from(('= 1', '= 2', 'IS NULL', '<> 1')))}"
        case "day":
            return f"{column}::date {draw(st.sampled_from(COMPARISONS))} {given.add(draw(DAY))}"
        case "coalesce":
            spare = draw(values)
            found = f"COALESCE({column}, {given.add(spare)})"
            return f"{found} {draw(st.sampled_from(COMPARISONS))} {given.add(draw(values))}"
        case "distinct":
            negated = draw(st.sampled_from(("", "NOT ")))
            return f"{column} IS {negated}DISTINCT FROM {given.add(draw(values))}"
        case "column":
            other, name, _ = column_of(draw, aliases, ("int",))
            return f"{column} {draw(st.sampled_from(COMPARISONS))} {other}.{name}"
    return f"{column} {draw(st.sampled_from(COMPARISONS))} {given.add(draw(values))}"


def _list(draw: Draw, given: Parameters, values: st.SearchStrategy[Any]) -> str:
    return ", ".join(given.add(value) for value in draw(st.lists(values, min_size=1, max_size=3)))


def _of_array(draw: Draw, given: Parameters, column: str) -> str:
    value = st.sampled_from(("a", "b", "", "\u00c4"))
    form = draw(st.sampled_from(("= ANY", "@>", "&&", "length")))
    if form == "= ANY":
        return f"{given.add(draw(value))} = ANY({column})"
    if form == "length":
        return f"cardinality({column}) {draw(st.sampled_from(COMPARISONS))} {draw(st.integers(0, 2))}"
    return f"{column} {form} {given.add(draw(st.lists(value, min_size=1, max_size=2)))}"


def _of_document(draw: Draw, given: Parameters, column: str) -> str:
    forms = (
        f"{column} ->> 'k' = {given.add(draw(st.sampled_from(('a', 'b', '1', 'true', ''))))}",
        f'{column} @> \'{{"k": "a"}}\'',
        f'{column} @> \'{{"d": {{"x": 1}}}}\'',
        f"{column} @> '{{\"l\": [1]}}'",
        f"{column} #>> '{{d,y}}' = 'z'",
        f"({column} ->> 'n')::numeric > 1",
        f"{column} ? 'k'",
        f"{column} -> 'd' ->> 'x' = '1'",
        f"{column} ->> 'k' IS NULL",
        f"{column} ->> 'k' <> 'a'",
        f"{column} ->> 'k' LIKE 'a%'",
        f"COALESCE({column} ->> 'k', 'b') = 'b'",
    )
    chosen = draw(st.sampled_from(forms))
    if chosen is not forms[0]:
        given.values.popitem()
    return chosen


def column_of(draw: Draw, aliases: str, kinds: Sequence[str]) -> tuple[str, str, str]:
    """Alias, name and kind of a column of one of these kinds."""
    found = [(a, n, k) for a in aliases for n, k in COLUMNS[a].items() if k in kinds]
    return draw(st.sampled_from(found or [("p", "id", "int")]))
