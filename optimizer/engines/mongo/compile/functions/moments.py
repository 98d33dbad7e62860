"""Dates, timestamps and intervals: dates and timestamps are Dates in UTC, intervals milliseconds."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

from sqlglot import exp

from optimizer.engines.mongo.compile.comparands import leaf
from optimizer.engines.mongo.compile.constants.evaluation import evaluator
from optimizer.engines.mongo.compile.constants.functions import is_utc
from optimizer.engines.mongo.compile.constants.given import Evaluate, is_fixed
from optimizer.engines.mongo.compile.errors import NotCompiled
from optimizer.engines.mongo.compile.translator import Builder, Translator
from optimizer.engines.mongo.compile.types import INTEGERS, MOMENTS, TIMESTAMP, is_a
from optimizer.model.schema import ColumnType
from optimizer.queries.intervals import Interval, parse

_UNITS = ("year", "quarter", "month", "week", "day", "hour", "minute", "second")


def concerns(node: exp.Expr, e: Translator) -> bool:
    """True for a sum or difference with a moment in it."""
    return any(is_a(e.type(side), MOMENTS) for side in (node.this, node.expression))


def add(node: exp.Expr, e: Translator, sign: int) -> Any:
    """A moment and an interval, a date and days; `sign` -1 takes them off."""
    moment, other = node.this, node.expression
    if not is_a(e.type(moment), MOMENTS):
        moment, other = other, moment
    start = e.value(moment, TIMESTAMP)
    if is_a(e.type(moment), ("date",)) and is_a(e.type(other), INTEGERS):
        return {"$dateAdd": {"startDate": start, "unit": "day", "amount": _signed(e.value(other), sign)}}
    evaluate = evaluator(other)
    if evaluate is None:
        return {"$add" if sign > 0 else "$subtract": [start, e.value(other)]}
    return later(start, other, evaluate, sign)


def _signed(value: Any, sign: int) -> Any:
    if isinstance(value, int):
        return value * sign
    return value if sign > 0 else {"$multiply": [value, -1]}


def later(start: Any, node: exp.Expr, evaluate: Evaluate, sign: int) -> Any:
    """A moment and an interval, which `evaluate` gives; `sign` -1 takes it off."""

    def interval(value: Any) -> Interval:
        made = parse(value) if isinstance(value, str) else value
        if isinstance(made, timedelta):
            made = Interval(ms=Decimal(round(made / timedelta(milliseconds=1))))
        return made if sign > 0 else -made

    if is_fixed(node):
        fixed = interval(evaluate({}))
        return _moved(start, fixed.months, round(fixed.ms))
    months = leaf(node, lambda values: _part(evaluate(values), lambda v: interval(v).months), "months")
    ms = leaf(node, lambda values: _part(evaluate(values), lambda v: round(interval(v).ms)), "milliseconds")
    return _moved(start, months if _may_have_months(node) else 0, ms)


def _part(value: Any, of: Callable[[Any], int]) -> int | None:
    return None if value is None else of(value)


def _may_have_months(node: exp.Expr) -> bool:
    for part in node.find_all(exp.Interval, exp.Cast):
        evaluate = evaluator(part) if is_fixed(part) else None
        made = evaluate({}) if evaluate else None
        if not isinstance(made, Interval) or made.months:
            return True
    return False


def _moved(start: Any, months: Any, ms: Any) -> Any:
    """Months first, then the rest, as PostgreSQL does; past a month's end it is the month's last day."""
    if months != 0:
        start = {"$dateAdd": {"startDate": start, "unit": "month", "amount": months}}
    return start if ms == 0 else {"$add": [start, ms]}


def subtract(node: exp.Expr, e: Translator) -> Any:
    """Two dates (days), two moments (an interval), or a moment and an interval or days."""
    left, right = e.type(node.this), e.type(node.expression)
    if is_a(left, ("date",)) and is_a(right, ("date",)):
        ends = {"startDate": e.value(node.expression), "endDate": e.value(node.this)}
        return {"$dateDiff": {**ends, "unit": "day"}}
    if is_a(right, MOMENTS):
        return {"$subtract": [e.value(node.this, TIMESTAMP), e.value(node.expression)]}
    return add(node, e, -1)


def _truncated(node: exp.Anonymous, e: Translator) -> Any:
    unit = _word(node, node.expressions[0])
    if unit not in _UNITS:
        raise NotCompiled(node, f"$dateTrunc has no unit {unit!r}")
    if len(node.expressions) > 2:
        raise NotCompiled(node, "only UTC is known here: leave the zone out")
    return truncated(e.value(node.expressions[1], TIMESTAMP), unit)


def truncated(value: Any, unit: str) -> dict[str, Any]:
    """date_trunc: weeks begin on Monday, in MongoDB on Sunday if not told."""
    week = {"startOfWeek": "monday"} if unit == "week" else {}
    return {"$dateTrunc": {"date": value, "unit": unit, **week}}


def _word(node: exp.Expr, part: exp.Expr) -> str:
    if not isinstance(part, exp.Literal | exp.Var):
        raise NotCompiled(node, "the unit has to be a literal")
    return part.name.lower()


def _extract(node: exp.Extract, e: Translator) -> Any:
    return part_of(node, node.name.lower(), node.expression, e)


def _date_part(node: exp.Anonymous, e: Translator) -> Any:
    return part_of(node, _word(node, node.expressions[0]), node.expressions[1], e)


_PARTS = {
    "year": "$year",
    "month": "$month",
    "day": "$dayOfMonth",
    "hour": "$hour",
    "minute": "$minute",
    "doy": "$dayOfYear",
    "isodow": "$isoDayOfWeek",
    "week": "$isoWeek",
    "isoyear": "$isoWeekYear",
}


def part_of(node: exp.Expr, unit: str, source: exp.Expr, e: Translator) -> Any:
    """A part of a moment; of an interval only its length (epoch)."""
    value, type = e.value(source, TIMESTAMP), e.type(source)
    if is_a(type, ("interval",)) and unit != "epoch":
        raise NotCompiled(node, "of an interval only the epoch is known")
    if is_a(type, ("time",)):
        raise NotCompiled(node, "a time of day is stored as text")
    if unit in _PARTS:
        return {_PARTS[unit]: value}
    if unit == "epoch":
        return {"$divide": [value if is_a(type, ("interval",)) else {"$toLong": value}, 1000]}
    if unit == "dow":
        return {"$subtract": [{"$dayOfWeek": value}, 1]}
    if unit == "quarter":
        return {"$ceil": {"$divide": [{"$month": value}, 3]}}
    if unit == "second":
        return {"$add": [{"$second": value}, {"$divide": [{"$millisecond": value}, 1000]}]}
    raise NotCompiled(node, f"{unit} isn't known")


_FORMATS = (
    ("YYYY", "%Y"),
    ("IYYY", "%G"),
    ("HH24", "%H"),
    ("MM", "%m"),
    ("DDD", "%j"),
    ("DD", "%d"),
    ("MI", "%M"),
    ("SS", "%S"),
    ("MS", "%L"),
    ("IW", "%V"),
    ("ID", "%u"),
)


def _printed(node: exp.Anonymous, e: Translator) -> Any:
    source, pattern = node.expressions
    if not isinstance(pattern, exp.Literal) or not is_a(e.type(source), MOMENTS):
        raise NotCompiled(node, "to_char is known for moments and literal patterns")
    return {"$dateToString": {"date": e.value(source), "format": _format(node, pattern.name)}}


def _format(node: exp.Expr, pattern: str) -> str:
    made, rest = "", pattern
    while rest:
        known = next(((token, code) for token, code in _FORMATS if rest.startswith(token)), None)
        if known is None and rest[0].isalpha():
            raise NotCompiled(node, f"the pattern {pattern!r} has parts that $dateToString hasn't")
        token, code = known or (rest[0], rest[0])
        made, rest = made + code, rest[len(token) :]
    return made


def _zoned(node: exp.AtTimeZone, e: Translator) -> Any:
    zone = node.args["zone"]
    if not isinstance(zone, exp.Literal) or not is_utc(zone.name):
        raise NotCompiled(node, "moments are in UTC; other zones aren't known")
    return e.value(node.this, TIMESTAMP)


def day_of(value: Any, type: ColumnType | None) -> Any:
    """A moment's day."""
    return value if is_a(type, ("date",)) else truncated(value, "day")


def _day(node: exp.Anonymous, e: Translator) -> Any:
    return day_of(e.value(node.expressions[0], TIMESTAMP), e.type(node.expressions[0]))


NODES: dict[type[exp.Expr], Builder] = {exp.Extract: _extract, exp.AtTimeZone: _zoned}

CALLS: dict[str, Builder] = {
    "date_trunc": _truncated,
    "date_part": _date_part,
    "date": _day,
    "to_char": _printed,
}
