"""AND and OR of aggregation expressions that are true or false."""

from __future__ import annotations

from typing import Any


def all_of(parts: list[Any]) -> Any:
    """`$and` of expressions, flat."""
    flat = [inner for part in parts for inner in _inner("$and", part) if inner is not True]
    if False in flat:
        return False
    return flat[0] if len(flat) == 1 else ({"$and": flat} if flat else True)


def any_of(parts: list[Any]) -> Any:
    """`$or` of expressions, flat."""
    flat = [inner for part in parts for inner in _inner("$or", part) if inner is not False]
    if any(part is True for part in flat):
        return True
    return flat[0] if len(flat) == 1 else ({"$or": flat} if flat else False)


def _inner(operator: str, part: Any) -> list[Any]:
    return list(part[operator]) if isinstance(part, dict) and list(part) == [operator] else [part]
