"""A constant expression as a function of the binding.

Values are Python's: int, Decimal, float, bool, str, datetime (UTC, without a zone), date, UUID, Interval,
lists, and JSON as dicts and lists. A parameter without a cast has the value that its binding gives.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, MutableMapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from bson.decimal128 import Decimal128
from sqlglot import exp

from optimizer.engines.mongo.compile.constants import arithmetic, functions
from optimizer.engines.mongo.compile.constants.casts import cast, json_value
from optimizer.engines.mongo.compile.constants.intervals import parse
from optimizer.engines.mongo.program import Values

Evaluate = Callable[[Values], Any]

FETCHED = "fetched:"
"""How the names of values begin that an operation before has given."""

_RANDOM = "gen_random_uuid"

NOW = "@now"
"""Where a session keeps the moment at which the transaction began."""


def evaluator(node: exp.Expr) -> Evaluate | None:
    """The function that computes a constant's value; None where the expression isn't constant."""
    build = _BUILDERS.get(type(node))
    if build is not None:
        return build(node)
    strict = _STRICT.get(type(node))
    if strict is not None:
        return _strictly(strict, [part for part in node.iter_expressions() if isinstance(part, exp.Expr)])
    return _call(node) if isinstance(node, exp.Anonymous) else None


def is_fixed(node: exp.Expr) -> bool:
    """True for a constant that is the same for every binding."""
    return node.find(
        exp.Placeholder, exp.CurrentTimestamp, exp.CurrentDate, exp.Localtimestamp
    ) is None and not any(call.name.lower() in _CHANGING for call in node.find_all(exp.Anonymous))


_CHANGING = frozenset(
    {
        "current_setting",
        "gen_random_uuid",
        "uuid_generate_v4",
        "clock_timestamp",
        "statement_timestamp",
        "transaction_timestamp",
    }
)


def _strictly(function: Callable[..., Any], parts: Sequence[exp.Expr]) -> Evaluate | None:
    """A function of the parts' values that is null where one of them is."""
    evaluates = _all(parts)
    if evaluates is None:
        return None

    def run(values: Values) -> Any:
        made = [evaluate(values) for evaluate in evaluates]
        return None if any(value is None for value in made) else function(*made)

    return run


def _all(parts: Sequence[exp.Expr]) -> list[Evaluate] | None:
    evaluates = [evaluator(part) for part in parts]
    known = [evaluate for evaluate in evaluates if evaluate is not None]
    return known if len(known) == len(evaluates) else None


def _fixed(value: Any) -> Evaluate:
    return lambda values: value


def _literal(node: exp.Expr) -> Evaluate:
    if node.args.get("is_string"):
        return _fixed(node.name)
    return _fixed(int(node.name) if node.name.isdigit() else Decimal(node.name))


def _placeholder(node: exp.Expr) -> Evaluate:
    name = node.name
    return (lambda values: _read(values[name])) if name.startswith(FETCHED) else (lambda values: values[name])


def _read(value: Any) -> Any:
    """What a document holds, as a value to compute with."""
    return value.to_decimal() if isinstance(value, Decimal128) else value


def fetched(name: str) -> exp.Placeholder:
    """The value that a Fetch or a Draw before gives under that name."""
    return exp.Placeholder(this=f"{FETCHED}{name}")


def made_once(name: str) -> exp.Anonymous:
    """A random UUID that is the same wherever this name stands in one execution."""
    return exp.Anonymous(this=_RANDOM, expressions=[exp.Literal.string(name)])


def _paren(node: exp.Expr) -> Evaluate | None:
    return evaluator(node.this)


def _now(node: exp.Expr) -> Evaluate:
    return now


def now(values: Values) -> datetime:
    """The moment at which the transaction began, in UTC without a zone, to the millisecond."""
    moment = values.get(NOW) or datetime.now(UTC).replace(tzinfo=None)
    return functions.to_millisecond(moment)


def _today(node: exp.Expr) -> Evaluate:
    return lambda values: now(values).date()


def _cast(node: exp.Expr) -> Evaluate | None:
    inner, to = evaluator(node.this), node.args["to"]
    if inner is None:
        return None
    evaluate = inner
    return lambda values: cast(evaluate(values), to)


def _interval(node: exp.Expr) -> Evaluate | None:
    unit = node.args.get("unit")
    try:
        return _fixed(parse(node.name, unit.name if unit else ""))
    except ValueError:
        return None


def _array(node: exp.Expr) -> Evaluate | None:
    parts = _all(node.expressions)
    return None if parts is None else lambda values: [part(values) for part in parts]


def _coalesce(node: exp.Expr) -> Evaluate | None:
    parts = _all([node.this, *node.expressions])
    if parts is None:
        return None
    return lambda values: next((v for v in (part(values) for part in parts) if v is not None), None)


def _nullif(node: exp.Expr) -> Evaluate | None:
    parts = _all([node.this, node.expression])
    if parts is None:
        return None
    first, second = parts
    return lambda values: None if arithmetic.equal(first(values), second(values)) else first(values)


def _extreme(choose: Callable[[list[Any]], Any]) -> Callable[[exp.Expr], Evaluate | None]:
    def build(node: exp.Expr) -> Evaluate | None:
        parts = _all([node.this, *node.expressions])
        if parts is None:
            return None
        return lambda values: choose([v for v in (part(values) for part in parts) if v is not None] or [None])

    return build


def _concat(node: exp.Expr) -> Evaluate | None:
    parts = _all(node.expressions)
    if parts is None:
        return None
    return lambda values: "".join(
        functions.text(v) for v in (part(values) for part in parts) if v is not None
    )


def _case(node: exp.Expr) -> Evaluate | None:
    tests = [
        exp.EQ(this=node.this.copy(), expression=branch.this.copy()) if node.this else branch.this
        for branch in node.args["ifs"]
    ]
    conditions, results = _all(tests), _all([branch.args["true"] for branch in node.args["ifs"]])
    default = evaluator(node.args.get("default") or exp.Null())
    if conditions is None or results is None or default is None:
        return None
    otherwise, branches = default, list(zip(conditions, results, strict=True))

    def run(values: Values) -> Any:
        return next((then for test, then in branches if test(values) is True), otherwise)(values)

    return run


def _is(node: exp.Expr) -> Evaluate | None:
    parts = _all([node.this, node.expression])
    if parts is None:
        return None
    left, right = parts
    wanted = not node.args.get("negate")
    return lambda values: (left(values) is right(values)) is wanted


def _and(node: exp.Expr) -> Evaluate | None:
    return _connected(node, False)


def _or(node: exp.Expr) -> Evaluate | None:
    return _connected(node, True)


def _connected(node: exp.Expr, decisive: bool) -> Evaluate | None:
    """AND and OR: one side that is `decisive` decides, else null wins over the rest."""
    parts = _all([node.this, node.expression])
    if parts is None:
        return None

    def run(values: Values) -> bool | None:
        made = [part(values) for part in parts]
        return decisive if decisive in made else (None if None in made else not decisive)

    return run


def _extract(node: exp.Expr) -> Evaluate | None:
    return _strictly(lambda moment: functions.part(node.name.lower(), moment), [node.expression])


def _object(node: exp.Anonymous) -> Evaluate | None:
    parts = _all(node.expressions)
    if parts is None or len(parts) % 2:
        return None
    pairs = list(zip(parts[::2], parts[1::2], strict=True))
    return lambda values: {functions.text(key(values)): json_value(value(values)) for key, value in pairs}


def _list(node: exp.Anonymous) -> Evaluate | None:
    parts = _all(node.expressions)
    return None if parts is None else lambda values: [json_value(part(values)) for part in parts]


def _setting(node: exp.Anonymous) -> Evaluate | None:
    if not node.expressions or not isinstance(node.expressions[0], exp.Literal):
        return None
    name = "@" + node.expressions[0].name
    return lambda values: values.get(name)


def _random(node: exp.Anonymous) -> Evaluate:
    if not node.expressions:
        return lambda values: uuid.uuid4()
    name = f"@{node.expressions[0].name}"

    def once(values: Values) -> Any:
        made = values.get(name) or uuid.uuid4()
        if isinstance(values, MutableMapping):
            values[name] = made
        return made

    return once


def _bin(node: exp.Anonymous) -> Evaluate | None:
    return _strictly(functions.binned, node.expressions)


def _call(node: exp.Anonymous) -> Evaluate | None:
    name = node.name.lower()
    special = _CALLS.get(name)
    if special is not None:
        return special(node)
    plain = functions.BY_NAME.get(name)
    return None if plain is None else _strictly(plain, node.expressions)


_CALLS: dict[str, Callable[[exp.Anonymous], Evaluate | None]] = {
    "current_setting": _setting,
    "gen_random_uuid": _random,
    "uuid_generate_v4": _random,
    "jsonb_build_object": _object,
    "json_build_object": _object,
    "jsonb_build_array": _list,
    "json_build_array": _list,
    "statement_timestamp": _now,
    "transaction_timestamp": _now,
    "clock_timestamp": _now,
}

_BUILDERS: dict[type[exp.Expr], Callable[[Any], Evaluate | None]] = {
    exp.Literal: _literal,
    exp.Null: lambda node: _fixed(None),
    exp.Boolean: lambda node: _fixed(node.this),
    exp.Placeholder: _placeholder,
    exp.Paren: _paren,
    exp.AtTimeZone: lambda node: _paren(node) if functions.is_utc(node.args["zone"].name) else None,
    exp.CurrentTimestamp: _now,
    exp.Localtimestamp: _now,
    exp.CurrentDate: _today,
    exp.Cast: _cast,
    exp.Interval: _interval,
    exp.Array: _array,
    exp.Coalesce: _coalesce,
    exp.Nullif: _nullif,
    exp.Greatest: _extreme(max),
    exp.Least: _extreme(min),
    exp.Concat: _concat,
    exp.Case: _case,
    exp.Is: _is,
    exp.And: _and,
    exp.Or: _or,
    exp.Extract: _extract,
}

_STRICT: dict[type[exp.Expr], Callable[..., Any]] = {
    exp.Neg: arithmetic.negative,
    exp.Add: arithmetic.add,
    exp.Sub: arithmetic.subtract,
    exp.Mul: arithmetic.multiply,
    exp.Div: arithmetic.divide,
    exp.Mod: arithmetic.remainder,
    exp.Pow: arithmetic.power,
    exp.Not: lambda value: not value,
    exp.EQ: arithmetic.equal,
    exp.NEQ: lambda a, b: not arithmetic.equal(a, b),
    exp.LT: lambda a, b: arithmetic.before(a, b),
    exp.GT: lambda a, b: arithmetic.before(b, a),
    exp.LTE: lambda a, b: not arithmetic.before(b, a),
    exp.GTE: lambda a, b: not arithmetic.before(a, b),
    exp.DPipe: functions.joined,
    exp.Lower: functions.lower,
    exp.Upper: functions.upper,
    exp.Trim: lambda text: text.strip(" "),
    exp.Length: len,
    exp.Abs: abs,
    exp.Floor: functions.floor,
    exp.Ceil: functions.ceiling,
    exp.Round: functions.rounded,
    exp.Left: lambda text, count: text[:count],
    exp.Right: lambda text, count: text[-count:] if count else "",
    exp.Substring: functions.substring,
}
