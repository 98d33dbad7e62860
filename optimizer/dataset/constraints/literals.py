"""Constants in PostgreSQL's expressions (`(0)::numeric`, `'a'::character varying`) as Python values."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation

from sqlglot import exp

from optimizer.dataset.constraints.limits import Value
from optimizer.model.schema import ColumnType

NUMBERS = frozenset({"int2", "int4", "int8", "float4", "float8", "numeric"})


def bare(node: exp.Expr) -> exp.Expr:
    """The expression without the parentheses and casts around it."""
    while isinstance(node, exp.Paren | exp.Cast):
        node = node.this
    return node


def literal(node: exp.Expr, kind: ColumnType) -> Value | None:
    """The constant as a value of the column's type; None where it is no plain constant of that type."""
    node = bare(node)
    if isinstance(node, exp.Boolean):
        return bool(node.this)
    if isinstance(node, exp.Neg):
        return _number("-" + str(bare(node.this).this))
    return value_of(str(node.this), kind) if isinstance(node, exp.Literal) else None


def value_of(text: str, kind: ColumnType) -> Value | None:
    """PostgreSQL's text of a constant as a value of the column's type; None where it isn't one."""
    if kind.base in NUMBERS:
        return _number(text)
    try:
        match kind.base:
            case "timestamp" | "timestamptz":
                return _naive(datetime.fromisoformat(text))
            case "date":
                return date.fromisoformat(text)
            case "time":
                return time.fromisoformat(text)
            case "bool":
                return {"true": True, "t": True, "false": False, "f": False}.get(text.lower())
    except ValueError:
        return None
    return text


def _number(text: str) -> Decimal | None:
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


def _naive(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment
