"""LIKE and ILIKE of any value, as a regular expression."""

from __future__ import annotations

from typing import Any

from sqlglot import exp

from optimizer.engines.mongo.compile import patterns
from optimizer.engines.mongo.compile.comparands import chosen
from optimizer.engines.mongo.compile.compare.logic import all_of
from optimizer.engines.mongo.compile.translator import Translator, is_given
from optimizer.engines.mongo.compile.types import TEXT


def like(node: exp.Expr, e: Translator, wanted: bool) -> Any:
    """`[NOT] LIKE` and `ILIKE`, with an ESCAPE or without."""
    escape = "\\"
    if isinstance(node, exp.Escape):
        escape, node = node.expression.name, node.this
    wanted = wanted is not bool(node.args.get("negate"))
    regex = chosen(
        node.expression, lambda p: None if p is None else _as_regex(p, escape, node), TEXT, "pattern"
    )
    value = e.value(node.this, TEXT)
    found = {"$regexMatch": {"input": value, "regex": regex}}
    if wanted:
        return found
    given = [is_given(value)] if e.nullable(node.this) else []
    known = [is_given(e.value(node.expression))] if e.nullable(node.expression) else []
    return all_of([*given, *known, {"$not": [found]}])


def _as_regex(pattern: str, escape: str, node: exp.Expr) -> Any:
    return patterns.as_regex(pattern, escape, caseless=isinstance(node, exp.ILike))
