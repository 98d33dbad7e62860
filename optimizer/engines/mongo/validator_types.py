"""The types of columns as JSON schemas of MongoDB's own kind (`bsonType`). Pure."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from optimizer.engines.mongo.values import decimal128
from optimizer.model.schema import Column, ColumnType

Rule = dict[str, Any]

WHOLE = ["int", "long"]
_MAX_DIGITS = 34
_SHORT = (-(1 << 15), (1 << 15) - 1)
_JSON = ["object", "array", "string", "int", "long", "double", "bool"]
_POINT: Rule = {
    "bsonType": "object",
    "required": ["type", "coordinates"],
    "additionalProperties": False,
    "properties": {
        "type": {"enum": ["Point"]},
        "coordinates": {"bsonType": "array", "minItems": 2, "maxItems": 2, "items": {"bsonType": "number"}},
    },
}
_PLAIN: dict[str, Rule] = {
    "int2": {"bsonType": "int", "minimum": _SHORT[0], "maximum": _SHORT[1]},
    "int4": {"bsonType": "int"},
    "int8": {"bsonType": WHOLE},
    "float4": {"bsonType": "double"},
    "float8": {"bsonType": "double"},
    "bool": {"bsonType": "bool"},
    "uuid": {"bsonType": "binData"},
    "bytea": {"bsonType": "binData"},
    "timestamp": {"bsonType": "date"},
    "timestamptz": {"bsonType": "date"},
    "date": {"bsonType": "date"},
    "time": {"bsonType": "string", "pattern": r"^[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}\z"},
    "interval": {"bsonType": WHOLE},
    "json": {"bsonType": _JSON},
    "jsonb": {"bsonType": _JSON},
    "point": _POINT,
}
"""What isn't here is a string. A long may come as an int: drivers send the shorter one where it fits."""


def rule_of(column: Column) -> Rule:
    """What the column's values have to be: of its type, and null only where it may be."""
    rule = _of_type(column.type)
    return rule if column.not_null else nullable(rule)


def nullable(rule: Rule) -> Rule:
    """The rule, or null: the other keywords say nothing of a null but for `enum`."""
    kinds = rule.get("bsonType")
    found = dict(rule)
    if kinds is not None:
        found["bsonType"] = [*(kinds if isinstance(kinds, list) else [kinds]), "null"]
    if "enum" in found:
        found["enum"] = [*found["enum"], None]
    return found


def why_not_exact(column: Column) -> str | None:
    """What the rule doesn't tell apart, or can't hold; None where it is exact."""
    kind = column.type
    if kind.base in {"json", "jsonb"} and column.not_null:
        return "JSON's own null is refused where SQL's is"
    if kind.base == "numeric" and (kind.precision is None or kind.precision > _MAX_DIGITS):
        return f"numbers of more than {_MAX_DIGITS} digits are rounded"
    return None


def _of_type(kind: ColumnType) -> Rule:
    if kind.array:
        return {"bsonType": "array", "items": nullable(_of_type(replace(kind, array=False)))}
    if kind.base == "numeric":
        return _numeric(kind)
    if kind.base in _PLAIN:
        return dict(_PLAIN[kind.base])
    rule: Rule = {"bsonType": "string"}
    if kind.labels:
        return {"enum": list(kind.labels)}
    return rule if kind.length is None else {**rule, "maxLength": kind.length}


def _numeric(kind: ColumnType) -> Rule:
    """Values are rounded to the scale before they are written, so the limits are those of rounded ones."""
    if kind.precision is None or kind.precision > _MAX_DIGITS:
        return {"bsonType": "decimal"}
    step = Decimal(1).scaleb(-(kind.scale or 0))
    most = Decimal(1).scaleb(kind.precision - (kind.scale or 0)) - step
    return {"bsonType": "decimal", "minimum": decimal128(-most), "maximum": decimal128(most)}
