"""The value of an SQL expression over one row, for parameters that are compared with more than a column."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from sqlglot import exp

from optimizer.queries.paths import steps
from optimizer.queries.time_buckets import FIRST, begun, is_bucket, width_of
from optimizer.queries.tree import DIALECT

Row = Mapping[str, Any]


class UnknownExpression(ValueError):
    """An expression with a node that isn't evaluated here."""


@lru_cache(maxsize=256)
def _tree(text: str) -> exp.Expr:
    tree = DIALECT.parse(f"SELECT {text}")[0]
    if not isinstance(tree, exp.Select):
        raise UnknownExpression(text)
    return tree.selects[0]


def columns_of(text: str) -> tuple[str, ...]:
    """The columns that an expression names."""
    return tuple(dict.fromkeys(column.name for column in _tree(text).find_all(exp.Column, bfs=False)))


def can_evaluate(text: str) -> bool:
    """True where every node of the expression has a meaning here."""
    nothing: Row = dict.fromkeys(columns_of(text))
    try:
        evaluate(text, nothing)
    except UnknownExpression:
        return False
    return True


def evaluate(text: str, row: Row) -> Any:
    """The expression's value; None where it is null or where the row's values don't fit it."""
    try:
        return _value(_tree(text), row)
    except (ArithmeticError, AttributeError, IndexError, TypeError):
        return None


def _value(node: exp.Expr, row: Row) -> Any:
    match node:
        case exp.Paren():
            return _value(node.this, row)
        case exp.Column():
            return row[node.name]
        case exp.Literal():
            return node.name if node.is_string else _number(node.name)
        case exp.Cast():
            return _cast(_value(node.this, row), node.to)
        case exp.JSONExtract() | exp.JSONExtractScalar() | exp.JSONBExtract() | exp.JSONBExtractScalar():
            return _json(node, row)
        case exp.Coalesce():
            values = (_value(part, row) for part in (node.this, *node.expressions))
            return next((value for value in values if value is not None), None)
        case exp.DPipe():
            left, right = _value(node.this, row), _value(node.expression, row)
            return None if left is None or right is None else f"{left}{right}"
        case exp.AtTimeZone():
            return _value(node.this, row)
        case exp.Anonymous():
            return _call(node, row)
    return _operation(node, row)


_FUNCTIONS: dict[type[exp.Expr], Callable[[Any], Any]] = {
    exp.Lower: lambda value: value.lower(),
    exp.Upper: lambda value: value.upper(),
    exp.Trim: lambda value: value.strip(),
    exp.Length: len,
    exp.Abs: abs,
}

_ARITHMETIC: dict[type[exp.Expr], Callable[[Any, Any], Any]] = {
    exp.Add: lambda a, b: a + b,
    exp.Sub: lambda a, b: a - b,
    exp.Mul: lambda a, b: a * b,
    exp.Mod: lambda a, b: a % b,
    exp.Left: lambda a, b: a[:b],
}


def _operation(node: exp.Expr, row: Row) -> Any:
    if type(node) in _FUNCTIONS:
        value = _value(node.this, row)
        return None if value is None else _FUNCTIONS[type(node)](value)
    if type(node) in _ARITHMETIC:
        left, right = _value(node.this, row), _value(node.expression, row)
        return None if left is None or right is None else _ARITHMETIC[type(node)](left, right)
    if isinstance(node, exp.Extract):
        return _part(node.name.lower(), _value(node.expression, row))
    raise UnknownExpression(type(node).__name__)


def _call(node: exp.Anonymous, row: Row) -> Any:
    name = node.name.lower()
    if name == "date_trunc":
        return _truncated(node.expressions[0].name.lower(), _value(node.expressions[1], row))
    if name in {"time_bucket", "date_bin"}:
        return _bucket(node, row)
    if name == "date_part":
        return _part(node.expressions[0].name.lower(), _value(node.expressions[1], row))
    if name == "date":
        return _cast(_value(node.expressions[0], row), exp.DataType.build("date"))
    if name in {"btrim", "char_length"}:
        value = _value(node.expressions[0], row)
        return None if value is None else (value.strip() if name == "btrim" else len(value))
    raise UnknownExpression(name)


_TRUNCATED = {
    "year": {"month": 1, "day": 1, "hour": 0, "minute": 0, "second": 0, "microsecond": 0},
    "month": {"day": 1, "hour": 0, "minute": 0, "second": 0, "microsecond": 0},
    "day": {"hour": 0, "minute": 0, "second": 0, "microsecond": 0},
    "hour": {"minute": 0, "second": 0, "microsecond": 0},
    "minute": {"second": 0, "microsecond": 0},
    "second": {"microsecond": 0},
}


def _truncated(unit: str, value: datetime | date | None) -> datetime | date | None:
    if unit not in _TRUNCATED:
        raise UnknownExpression(f"date_trunc({unit})")
    zeroes: dict[str, Any] = _TRUNCATED[unit]
    return None if value is None else value.replace(**zeroes)


def _bucket(node: exp.Anonymous, row: Row) -> datetime | date | int | None:
    """The plain form of time_bucket, and date_bin with its origin."""
    step = _value(node.expressions[0], row) if isinstance(node.expressions[0], exp.Literal) else None
    if isinstance(step, int) and len(node.expressions) == 2:
        number = _value(node.expressions[1], row)
        return None if number is None else number - number % step
    try:
        width = width_of(node.expressions[0])
    except ValueError as error:
        raise UnknownExpression(str(error)) from error
    if width is None or len(node.expressions) > 3 or (len(node.expressions) > 2 and is_bucket(node)):
        raise UnknownExpression(node.name)
    at = _value(node.expressions[1], row)
    origin = FIRST if is_bucket(node) else _moment(_value(node.expressions[2], row))
    if at is None or origin is None:
        return None
    start = begun(width, _moment(at), origin)
    return start.replace(tzinfo=at.tzinfo and UTC) if isinstance(at, datetime) else start.date()


def _moment(value: Any) -> Any:
    """In UTC without a zone."""
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    if isinstance(moment, datetime):
        return moment if moment.tzinfo is None else moment.astimezone(UTC).replace(tzinfo=None)
    return moment and datetime(moment.year, moment.month, moment.day)


def _part(unit: str, value: datetime | date | None) -> Any:
    if unit not in {"year", "month", "day", "hour", "minute", "second"}:
        raise UnknownExpression(unit)
    return None if value is None else getattr(value, unit)


def _json(node: exp.Expr, row: Row) -> Any:
    value = _value(node.this, row)
    value = json.loads(value) if isinstance(value, str) else value
    hashes = isinstance(node, exp.JSONBExtract | exp.JSONBExtractScalar)
    path = tuple(node.expression.name.strip("{}").split(",")) if hashes else steps(node.expression)
    for step in path:
        value = _member(value, step)
    as_text = isinstance(node, exp.JSONExtractScalar | exp.JSONBExtractScalar)
    return _json_text(value) if as_text else value


def _member(value: Any, step: str) -> Any:
    if isinstance(value, dict):
        return value.get(step)
    if isinstance(value, list) and step.lstrip("-").isdigit() and int(step) < len(value):
        return value[int(step)]
    return None


def _json_text(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else json.dumps(value)


def _cast(value: Any, to: exp.DataType) -> Any:
    kind = to.this.value.lower()
    if value is None:
        return None
    if kind in {"int", "bigint", "smallint"}:
        return int(Decimal(str(value)))
    if kind in {"decimal", "float", "double"}:
        return Decimal(str(value))
    if kind == "date":
        return value.date() if isinstance(value, datetime) else value
    if kind in {"text", "varchar", "char"}:
        return str(value)
    if kind in {"boolean", "uuid", "timestamp", "timestamptz", "jsonb", "json"}:
        return value
    raise UnknownExpression(kind)


def _number(text: str) -> int | Decimal:
    return int(text) if text.isdigit() else Decimal(text)
