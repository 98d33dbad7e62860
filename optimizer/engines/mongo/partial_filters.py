"""Partial filters: which documents an index is on, in as much of the match language as they may have. Pure.

`partialFilterExpression` may have $eq, $gt, $gte, $lt, $lte, $in, $type, $exists: true, $and and $or; no $ne,
no $not, no $expr. The planner reads such an index only where the query's own filter implies the partial one,
which it sees by comparing values: `{a: "x"}` implies `{a: {$gte: ""}}`, but not `{a: {$type: "string"}}`, and
`{a: {$ne: null}}` implies neither (tried on 6.0.5).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bson import json_util
from bson.binary import Binary, UuidRepresentation
from bson.json_util import JSONMode, JSONOptions

from optimizer.model.schema import ColumnType

_JSON: JSONOptions = JSONOptions(
    json_mode=JSONMode.RELAXED, tz_aware=False, uuid_representation=UuidRepresentation.STANDARD
)
_NUMBERS = frozenset({"int2", "int4", "int8", "float4", "float8", "numeric", "interval"})
_DATES = frozenset({"timestamp", "timestamptz", "date"})
_BINARIES = frozenset({"uuid", "bytea"})
_DOCUMENTS = frozenset({"json", "jsonb", "point"})


def text_of(condition: Mapping[str, Any]) -> str:
    """The filter as canonical JSON: relaxed extended JSON with sorted keys."""
    return json_util.dumps(condition, json_options=_JSON, sort_keys=True)


def parsed(text: str) -> dict[str, Any]:
    """The filter that `text_of` wrote."""
    read: dict[str, Any] = json_util.loads(text, json_options=_JSON)
    return read


def present(path: str, type: ColumnType) -> dict[str, Any] | None:
    """A filter that holds where a column isn't null; None where there is none that the planner can use."""
    least = _least(type)
    return None if least is None else {path: {"$gte": least}}


def _least(type: ColumnType) -> Any:
    """The least value of the BSON type: a comparison is true for values of its own type only."""
    if type.array or type.base in _DOCUMENTS:
        return None
    if type.base in _NUMBERS:
        return -math.inf
    if type.base in _DATES:
        return datetime(1, 1, 1)
    if type.base in _BINARIES:
        return Binary(b"", 0)
    return False if type.base == "bool" else ""
