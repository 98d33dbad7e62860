"""A constant expression as a function of the binding.

Values are Python's: int, Decimal, float, bool, str, datetime (UTC, without a zone), date, UUID, Interval,
lists, and JSON as dicts and lists. A parameter without a cast has the value that its binding gives.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sqlglot import exp

from optimizer.engines.mongo.compile.constants import arithmetic, functions, given
from optimizer.engines.mongo.compile.constants.casts import cast, json_value
from optimizer.engines.mongo.compile.constants.given import Evaluate, fixed
from optimizer.engines.mongo.compile.constants.operators import STRICT
from optimizer.engines.mongo.program import Values
from optimizer.queries.intervals import parse


def evaluator(node: exp.Expr) -> Evaluate | None:
    """The function that computes a constant's value; None where the expression isn't constant."""
    build = _BUILDERS.get(type(node))
    if build is not None:
        return build(node)
    strict = STRICT.get(type(node))
    if strict is not None:
        return _strictly(strict, [part for part in node.iter_expressions() if isinstance(part, exp.Expr)])
    return _call(node) if isinstance(node, exp.Anonymous) else None


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


def _paren(node: exp.Expr) -> Evaluate | None:
    return evaluator(node.this)


def _cast(node: exp.Expr) -> Evaluate | None:
    inner, to = evaluator(node.this), node.args["to"]
    if inner is None:
        return None
    evaluate = inner
    return lambda values: cast(evaluate(values), to)


def _interval(node: exp.Expr) -> Evaluate | None:
    unit = node.args.get("unit")
    try:
        return fixed(parse(node.name, unit.name if unit else ""))
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


def _bucket(node: exp.Anonymous) -> Evaluate | None:
    """time_bucket with an offset or origin at most; a text as the third argument is a time zone."""
    parts = node.expressions
    if len(parts) not in (2, 3) or any(isinstance(part, exp.Kwarg) for part in parts):
        return None
    zoned = len(parts) > 2 and isinstance(parts[2].unnest(), exp.Literal | exp.Placeholder)
    return None if zoned else _strictly(functions.bucketed, parts)


def _call(node: exp.Anonymous) -> Evaluate | None:
    name = node.name.lower()
    special = _CALLS.get(name)
    if special is not None:
        return special(node)
    plain = functions.BY_NAME.get(name)
    return None if plain is None else _strictly(plain, node.expressions)


_CALLS: dict[str, Callable[[exp.Anonymous], Evaluate | None]] = {
    "current_setting": given.setting,
    "gen_random_uuid": given.random_uuid,
    "uuid_generate_v4": given.random_uuid,
    "jsonb_build_object": _object,
    "json_build_object": _object,
    "jsonb_build_array": _list,
    "json_build_array": _list,
    "statement_timestamp": given.moment,
    "transaction_timestamp": given.moment,
    "clock_timestamp": given.moment,
    "time_bucket": _bucket,
}

_BUILDERS: dict[type[exp.Expr], Callable[[Any], Evaluate | None]] = {
    exp.Literal: given.literal,
    exp.Null: lambda node: fixed(None),
    exp.Boolean: lambda node: fixed(node.this),
    exp.Placeholder: given.parameter,
    exp.Paren: _paren,
    exp.AtTimeZone: lambda node: _paren(node) if functions.is_utc(node.args["zone"].name) else None,
    exp.CurrentTimestamp: given.moment,
    exp.Localtimestamp: given.moment,
    exp.CurrentDate: given.today,
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
