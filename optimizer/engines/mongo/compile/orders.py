"""Values that MongoDB puts in another order than SQL: enums are in that of their labels."""

from __future__ import annotations

from typing import Any

from sqlglot import exp

from optimizer.design.documents.sorting import sorts_alike
from optimizer.engines.mongo.compile.errors import NotCompiled
from optimizer.engines.mongo.compile.translator import unless_null
from optimizer.engines.mongo.compile.types import is_a
from optimizer.model.schema import ColumnType

_ENUM = ("enum",)


def in_order(tree: exp.Expr, value: Any, type: ColumnType | None, nullable: bool) -> Any:
    """The value of `tree` as something that MongoDB orders as SQL does: of an enum its place, null of null.

    NotCompiled for a type that has no such thing; values of an unknown type stay as they are.
    """
    if type is None or sorts_alike(type):
        return value
    if not is_a(type, _ENUM):
        raise NotCompiled(tree, f"MongoDB puts values of type {type.sql} in another order")
    place = {"$indexOfArray": [list(type.labels), value]}
    return unless_null(value, nullable, place)


def ordered_value(made: Any, type: ColumnType | None) -> Any:
    """What `in_order` was made of: of a place its label."""
    return {"$arrayElemAt": [list(type.labels), made]} if type is not None and is_a(type, _ENUM) else made
