"""CASE, COALESCE and their like."""

from __future__ import annotations

from typing import Any

from sqlglot import exp

from optimizer.engines.mongo.compile.orders import in_order, ordered_value
from optimizer.engines.mongo.compile.translator import Builder, Translator


def _case(node: exp.Case, e: Translator) -> Any:
    type, default = e.type(node), node.args.get("default")
    otherwise = None if default is None else e.value(default, type)
    branches = [(_test(node, branch, e), e.value(branch.args["true"], type)) for branch in node.args["ifs"]]
    if len(branches) == 1:
        return {"$cond": [*branches[0], otherwise]}
    cases = [{"case": test, "then": then} for test, then in branches]
    return {"$switch": {"branches": cases, "default": otherwise}}


def _test(node: exp.Case, branch: exp.If, e: Translator) -> Any:
    if node.this is None:
        return e.is_true(branch.this)
    return e.is_true(exp.EQ(this=node.this.copy(), expression=branch.this.copy()))


def _coalesce(node: exp.Coalesce, e: Translator) -> Any:
    """Parts after the first that can't be null are never reached."""
    type, parts = e.type(node), []
    for part in (node.this, *node.expressions):
        parts.append(e.value(part, type))
        if not e.nullable(part):
            break
    return parts[0] if len(parts) == 1 else {"$ifNull": parts}


def _nullif(node: exp.Nullif, e: Translator) -> Any:
    equal = exp.EQ(this=node.this.copy(), expression=node.expression.copy())
    return {"$cond": [e.is_true(equal), None, e.value(node.this)]}


def _extreme(operator: str) -> Builder:
    """`$max` and `$min` leave nulls out, as GREATEST and LEAST do."""

    def build(node: exp.Expr, e: Translator) -> Any:
        type = e.type(node)
        parts = (node.this, *node.expressions)
        ordered = [in_order(part, e.value(part, type), type, e.nullable(part)) for part in parts]
        return ordered_value({operator: ordered}, type)

    return build


NODES: dict[type[exp.Expr], Builder] = {
    exp.Case: _case,
    exp.Coalesce: _coalesce,
    exp.Nullif: _nullif,
    exp.Greatest: _extreme("$max"),
    exp.Least: _extreme("$min"),
}
