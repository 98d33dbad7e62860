"""Operators and functions of SQL on a binding's values that are null where one of the values is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlglot import exp

from optimizer.engines.mongo.compile.constants import arithmetic, functions

STRICT: dict[type[exp.Expr], Callable[..., Any]] = {
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
