"""One parameter's value out of one row, by the parameter's role."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import numpy as np

from optimizer.dataset.bindings.texts import beginning, piece, search_words, words
from optimizer.model.schema import Column, Schema, Table
from optimizer.queries.evaluation import columns_of, evaluate
from optimizer.queries.facts import ParameterUse
from optimizer.queries.rules import Rule

Row = Mapping[str, Any]

_JSON = frozenset({"json", "jsonb"})
_COORDINATES = {("x",): 0, ("y",): 1}


def columns_needed(rule: Rule, schema: Schema) -> tuple[str, ...]:
    """The columns of the use's table that its value comes from; a generated one gives those it is made of."""
    use = rule.use
    if use.table is None or use.column is None:
        return ()
    table = schema.by_name[use.table]
    named = columns_of(use.expression) if use.expression else (use.column,)
    found: list[str] = []
    for name in named:
        column = table.by_name.get(name)
        if column is not None:
            found += _sources(column, table)
    return tuple(dict.fromkeys(found))


def _sources(column: Column, table: Table) -> list[str]:
    if not column.generated or not column.default:
        return [column.name]
    return [name for name in columns_of(column.default) if name in table.by_name and name != column.name]


def scalar(use: ParameterUse, column: Column, row: Row) -> Any:
    """The value that a range or an equality compares with: the column's, the expression's, a coordinate."""
    if use.expression is not None:
        return evaluate(use.expression, row)
    if column.generated and column.default:
        return evaluate(column.default, row)
    value = row.get(column.name)
    if value is None:
        return None
    if column.type.base == "point" and use.path in _COORDINATES:
        return float(str(value).strip("()").split(",")[_COORDINATES[use.path]])
    if (
        column.type.base.endswith("range")
        and not column.type.array
        and use.role in ("low", "high", "element")
    ):
        return range_start(str(value))
    if column.type.base in _JSON:
        return document(value)
    return value


def from_row(rule: Rule, column: Column, row: Row, rng: np.random.Generator) -> Any:
    """The parameter's value out of a row; None where the row has nothing for it."""
    use = rule.use
    match rule.kind:
        case "search" | "lexeme":
            return search_words(_texts(row), rng, single=rule.kind == "lexeme") or None
        case "pattern" | "prefix" | "substring":
            value = scalar(use, column, row)
            return None if value is None else _pattern(rule.kind, str(value), rng)
        case "key":
            keys = sorted(document(row.get(column.name)) or ()) if row.get(column.name) else []
            return str(keys[int(rng.integers(len(keys)))]) if keys else None
        case "element":
            return _element(use, column, row, rng)
    return scalar(use, column, row)


def is_token(rule: Rule, column: Column) -> bool:
    """True where the parameter is one of several things in a row: an element, a key, a word."""
    is_element = rule.kind == "element" and column.type.array and rule.use.expression is None
    return is_element or rule.kind in ("key", "search", "lexeme")


def tokens(rule: Rule, column: Column, row: Row) -> list[Any]:
    """Those things of a row, each once."""
    if rule.kind in ("search", "lexeme"):
        return words(_texts(row))
    held = row.get(column.name)
    return list(dict.fromkeys(held if column.type.array else document(held) or ())) if held else []


def _texts(row: Row) -> str:
    return " ".join(str(value) for value in row.values() if isinstance(value, str))


def _pattern(kind: str, text: str, rng: np.random.Generator) -> str:
    if kind == "prefix":
        return beginning(text)
    return piece(text, rng) if kind == "substring" else f"%{piece(text, rng)}%"


def _element(use: ParameterUse, column: Column, row: Row, rng: np.random.Generator) -> Any:
    if column.type.array and use.expression is None:
        elements = list(row.get(column.name) or ())
        return elements[int(rng.integers(len(elements)))] if elements else None
    if column.type.base in _JSON and use.expression is None:
        return _part(document(row.get(column.name)), use.path, rng)
    return scalar(use, column, row)


def _part(value: Any, path: Sequence[str], rng: np.random.Generator) -> Any:
    """The value at `path`; for the whole document one of its plain members, as a document."""
    if not path:
        plain = sorted(k for k, v in (value or {}).items() if isinstance(v, str | int | float | bool))
        name = plain[int(rng.integers(len(plain)))] if plain else None
        return {name: value[name]} if name is not None else None
    for step in path:
        value = value.get(step) if isinstance(value, dict) else None
    return value


def document(value: Any) -> Any:
    """A JSON column's value, read."""
    return json.loads(value) if isinstance(value, str) else value


def range_start(text: str) -> Any:
    """The lower end of a range in PostgreSQL's text form, as a number, a moment or a date; None if open."""
    start = text.strip("[]()").split(",")[0].strip('"')
    if not start or start == "empty":
        return None
    for read in (int, Decimal):
        if start.replace(".", "", 1).lstrip("-").isdigit() and (read is Decimal or "." not in start):
            return read(start)
    return date.fromisoformat(start) if len(start) == 10 else datetime.fromisoformat(start)
