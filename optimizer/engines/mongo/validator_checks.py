"""CHECK constraints as JSON schemas. Pure.

A check holds where it isn't false, and a rule about a column is true of null: so AND is every rule, OR is any
of them, and the opposite of a rule lets null pass as well. NOT goes down to the comparisons.
"""

from __future__ import annotations

from decimal import Decimal
from functools import reduce
from typing import Any

from bson.decimal128 import Decimal128
from sqlglot import exp

from optimizer.dataset.constraints.literals import NUMBERS, literal
from optimizer.engines.mongo.validator_patterns import of_like, of_regex
from optimizer.engines.mongo.validator_sql import (
    Columns,
    call,
    column_of,
    constant,
    constants,
    length_of,
    members,
    text_of,
    trimmed,
)
from optimizer.engines.mongo.validator_types import Rule
from optimizer.engines.mongo.values import decimal128
from optimizer.model.schema import Column
from optimizer.queries.shapes import MIRRORED, TEXT_TYPES

_Leaf = tuple[Column, Rule] | None
_NULL: Rule = {"bsonType": "null"}
_COMPARED = (exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE)
_KINDS: dict[str, list[str]] = {
    "object": ["object"],
    "array": ["array"],
    "string": ["string"],
    "number": ["int", "long", "double"],
    "boolean": ["bool"],
}


def rule_of_check(node: exp.Expr, columns: Columns) -> Rule | None:
    """A rule for the object that holds these columns, which refuses it exactly where the check is false.

    None where JSON schemas have no words for it.
    """
    return _rule(node, columns, wanted=True)


def tightened(rule: Rule, other: Rule) -> Rule:
    """Both rules as one: the narrower of two limits; under `allOf` where they say another keyword twice."""
    if "allOf" in rule and set(rule) == {"allOf"}:
        return {"allOf": [*rule["allOf"], other]}
    found = dict(rule)
    for end, sign in (("minimum", 1), ("maximum", -1)):
        exclusive = f"exclusive{end.capitalize()}"
        if end in rule and end in other:
            one, two = (sign * _decimal(limits[end]) for limits in (rule, other))
            narrower = other if (two, exclusive in other) > (one, exclusive in rule) else rule
            found = {k: v for k, v in found.items() if k not in (end, exclusive)}
            found |= {k: v for k, v in narrower.items() if k in (end, exclusive)}
            other = {k: v for k, v in other.items() if k not in (end, exclusive)}
    if set(other) & set(found):
        return {"allOf": [found, other]}
    return found | other


def _decimal(value: Any) -> Decimal:
    return value.to_decimal() if isinstance(value, Decimal128) else Decimal(value)


def _rule(node: exp.Expr, columns: Columns, *, wanted: bool) -> Rule | None:
    """The rule that the condition isn't the opposite of `wanted`."""
    node = node.unnest()
    if isinstance(node, exp.Not):
        return _rule(node.this, columns, wanted=not wanted)
    if isinstance(node, exp.And | exp.Or):
        parts = [_rule(part, columns, wanted=wanted) for part in node.flatten()]
        found = [part for part in parts if part is not None]
        every = isinstance(node, exp.And) is wanted
        return _together(found, every=every) if len(found) == len(parts) else None
    if node.args.get("negate"):
        plain = node.copy()
        plain.set("negate", False)
        return _rule(plain, columns, wanted=not wanted)
    if isinstance(node, exp.Is) and isinstance(node.expression, exp.Null):
        column = column_of(node.this, columns)
        return None if column is None else _about(column, _NULL if wanted else {"not": _NULL})
    leaf = _leaf(node, columns)
    return None if leaf is None else _about(leaf[0], leaf[1] if wanted else _opposite(leaf[1]))


def _about(column: Column, rule: Rule) -> Rule:
    return {"properties": {column.name: rule}}


def _opposite(rule: Rule) -> Rule:
    if set(rule) == {"not"}:
        return {"enum": [*rule["not"]["enum"], None]}
    if set(rule) == {"enum"}:
        return {"not": {"enum": [value for value in rule["enum"] if value is not None]}}
    return {"anyOf": [_NULL, {"not": rule}]}


def _together(parts: list[Rule], *, every: bool) -> Rule:
    names = {name for part in parts for name in part.get("properties", {})}
    if len(names) == 1 and all(set(part) == {"properties"} for part in parts):
        name = names.pop()
        inner = [part["properties"][name] for part in parts]
        return {"properties": {name: reduce(tightened, inner) if every else {"anyOf": inner}}}
    return {"allOf" if every else "anyOf": parts}


def _leaf(node: exp.Expr, columns: Columns) -> _Leaf:
    match node:
        case exp.In() if not node.args.get("query"):
            return _listed(node.this, list(node.expressions), columns)
        case exp.Between():
            return _between(node, columns)
        case exp.Like() | exp.ILike() | exp.RegexpLike() | exp.RegexpILike():
            return _matched(node, columns)
        case exp.Column():
            column = column_of(node, columns)
            flag = column is not None and column.type.base == "bool" and not column.type.array
            return (column, {"enum": [True, None]}) if column is not None and flag else None
    return _comparison(node, columns) if isinstance(node, _COMPARED) else None


def _comparison(node: exp.Expr, columns: Columns) -> _Leaf:
    kind: type[exp.Expr] = type(node)
    left, right = node.this, node.expression
    if left.find(exp.Column) is None:
        kind, left, right = MIRRORED.get(kind, kind), right, left
    listed = members(right)
    if listed is not None:
        return _of_list(kind, left, right, listed, columns)
    column = column_of(left, columns)
    if column is None:
        return _of_function(kind, left, right, columns)
    value = constant(right, column)
    if value is None:
        return None
    if kind is exp.EQ:
        return column, {"enum": [value, None]}
    if kind is exp.NEQ:
        return column, {"not": {"enum": [value]}}
    number = literal(right, column.type)
    if column.type.base not in NUMBERS or not isinstance(number, Decimal):
        return None
    return column, _limit(kind, _number(number))


def _of_list(
    kind: type[exp.Expr], left: exp.Expr, right: exp.Expr, nodes: list[exp.Expr], columns: Columns
) -> _Leaf:
    """`= ANY (ARRAY[...])`, and `<> ALL (ARRAY[...])`."""
    every = isinstance(right, exp.Anonymous) and right.name.upper() == "ALL"
    found = _listed(left, nodes, columns)
    if found is None or (kind, every) not in {(exp.EQ, False), (exp.NEQ, True)}:
        return None
    return (found[0], _opposite(found[1])) if every else found


def _of_function(kind: type[exp.Expr], left: exp.Expr, right: exp.Expr, columns: Columns) -> _Leaf:
    """A comparison of a length, of a number of elements, of the kind of a JSON value, of a text's blanks."""
    text = text_of(right)
    if text is None:
        return None
    if (column := call(left, "jsonb_typeof", columns)) is not None:
        return (column, {"bsonType": [*_KINDS[text], "null"]}) if kind is exp.EQ and text in _KINDS else None
    if (column := trimmed(left, columns)) is not None:
        return (column, {"pattern": "[^ ]"}) if kind is exp.NEQ and text == "" else None
    if not text.isdigit():
        return None
    size = int(text)
    if (column := length_of(left, columns)) is not None:
        return _sized(column, _size(kind, size, "minLength", "maxLength"))
    if (column := call(left, "cardinality", columns)) is not None:
        return _sized(column, _size(kind, size, "minItems", "maxItems"))
    column = call(left, "array_length", columns)
    if column is not None and kind in (exp.LT, exp.LTE) and size > 0:
        return _sized(column, _size(kind, size, "minItems", "maxItems"))
    return _filled(kind, size, left, columns)


def _filled(kind: type[exp.Expr], size: int, left: exp.Expr, columns: Columns) -> _Leaf:
    """`length(btrim(x)) > 0`: something beside blanks."""
    inner = left.this if isinstance(left, exp.Length) else None
    if isinstance(left, exp.Anonymous) and left.name.lower() == "char_length" and left.expressions:
        inner = left.expressions[0]
    column = trimmed(inner, columns) if isinstance(inner, exp.Expr) else None
    some = (kind, size) in {(exp.GT, 0), (exp.GTE, 1)}
    return (column, {"pattern": "[^ ]"}) if column is not None and some else None


def _sized(column: Column, rule: Rule | None) -> _Leaf:
    return None if rule is None else (column, rule)


def _size(kind: type[exp.Expr], size: int, least: str, most: str) -> Rule | None:
    over, under = {least: size + 1}, {most: size - 1} if size else None
    if kind is exp.EQ:
        return {least: size, most: size}
    if kind is exp.NEQ:
        return {"anyOf": [under, over]} if under else over
    if kind in (exp.GT, exp.GTE):
        return over if kind is exp.GT else {least: size}
    return under if kind is exp.LT else {most: size}


def _limit(kind: type[exp.Expr], value: Any) -> Rule:
    name = "minimum" if kind in (exp.GT, exp.GTE) else "maximum"
    exclusive = {f"exclusive{name.capitalize()}": True} if kind in (exp.GT, exp.LT) else {}
    return {name: value, **exclusive}


def _number(value: Decimal) -> Any:
    """The constant as it reads best: a whole number as an integer."""
    is_whole = value == value.to_integral_value() and abs(value) < 1 << 31
    return int(value) if is_whole else decimal128(value)


def _between(node: exp.Between, columns: Columns) -> _Leaf:
    column = column_of(node.this, columns)
    if column is None or column.type.base not in NUMBERS or column.type.array:
        return None
    low, high = (literal(node.args[end], column.type) for end in ("low", "high"))
    if not isinstance(low, Decimal) or not isinstance(high, Decimal):
        return None
    return column, {"minimum": _number(low), "maximum": _number(high)}


def _listed(tree: exp.Expr, nodes: list[exp.Expr], columns: Columns) -> _Leaf:
    column = column_of(tree, columns)
    values = constants(nodes, column) if column is not None else None
    return (column, {"enum": [*values, None]}) if column is not None and values is not None else None


def _matched(node: exp.Expr, columns: Columns) -> _Leaf:
    column, text = column_of(node.this, columns), text_of(node.expression)
    if column is None or text is None or column.type.base not in TEXT_TYPES:
        return None
    read = of_like if isinstance(node, exp.Like | exp.ILike) else of_regex
    pattern = read(text, isinstance(node, exp.ILike | exp.RegexpILike))
    return None if pattern is None else (column, {"pattern": pattern})
