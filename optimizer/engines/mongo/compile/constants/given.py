"""Constants that are given, not computed: literals, parameters, settings, the moment, random UUIDs."""

from __future__ import annotations

import uuid
from collections.abc import Callable, MutableMapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from bson.decimal128 import Decimal128
from sqlglot import exp

from optimizer.engines.mongo.compile.constants import functions
from optimizer.engines.mongo.program import FETCHED, NOW, Values

Evaluate = Callable[[Values], Any]

_RANDOM = "gen_random_uuid"

_CHANGING = frozenset(
    {
        "current_setting",
        _RANDOM,
        "uuid_generate_v4",
        "clock_timestamp",
        "statement_timestamp",
        "transaction_timestamp",
    }
)


def is_fixed(node: exp.Expr) -> bool:
    """True for a constant that is the same for every binding and at every moment."""
    if node.find(exp.Placeholder, exp.CurrentTimestamp, exp.CurrentDate, exp.Localtimestamp) is not None:
        return False
    return not any(call.name.lower() in _CHANGING for call in node.find_all(exp.Anonymous))


def fetched(name: str) -> exp.Placeholder:
    """The value that a Fetch or a Draw before gives under that name."""
    return exp.Placeholder(this=f"{FETCHED}{name}")


def made_once(name: str) -> exp.Anonymous:
    """A random UUID that is the same wherever this name stands in one execution."""
    return exp.Anonymous(this=_RANDOM, expressions=[exp.Literal.string(name)])


def fixed(value: Any) -> Evaluate:
    """The same value for every binding."""
    return lambda values: value


def literal(node: exp.Expr) -> Evaluate:
    """A text, an int, or a Decimal."""
    if node.args.get("is_string"):
        return fixed(node.name)
    return fixed(int(node.name) if node.name.isdigit() else Decimal(node.name))


def parameter(node: exp.Expr) -> Evaluate:
    """What the binding, or an operation before, gives under the parameter's name."""
    name = node.name
    return (lambda values: _read(values[name])) if name.startswith(FETCHED) else (lambda values: values[name])


def _read(value: Any) -> Any:
    """What a document holds, as a value to compute with."""
    return value.to_decimal() if isinstance(value, Decimal128) else value


def now(values: Values) -> datetime:
    """The moment at which the transaction began, in UTC without a zone, to the millisecond."""
    moment = values.get(NOW) or datetime.now(UTC).replace(tzinfo=None)
    return functions.to_millisecond(moment)


def moment(node: exp.Expr) -> Evaluate:
    """CURRENT_TIMESTAMP and the like: `now`, whatever the node."""
    return now


def today(node: exp.Expr) -> Evaluate:
    """CURRENT_DATE: the day of `now`."""
    return lambda values: now(values).date()


def setting(node: exp.Anonymous) -> Evaluate | None:
    """current_setting of a name that is a literal: what the binding sets, null where it sets nothing."""
    if not node.expressions or not isinstance(node.expressions[0], exp.Literal):
        return None
    name = "@" + node.expressions[0].name
    return lambda values: values.get(name)


def random_uuid(node: exp.Anonymous) -> Evaluate:
    """A new UUID a call; where the call has a name (see `made_once`), one an execution."""
    if not node.expressions:
        return lambda values: uuid.uuid4()
    name = f"@{node.expressions[0].name}"

    def once(values: Values) -> Any:
        made = values.get(name) or uuid.uuid4()
        if isinstance(values, MutableMapping):
            values[name] = made
        return made

    return once
