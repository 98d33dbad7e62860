"""Filters of the match language, put together as a person would write them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

Filter = dict[str, Any]

NEVER: Filter = {"_id": {"$in": []}}
"""The filter that no document matches; it examines none, where `$expr: false` examines all (6.0.5).

The one that all match is {}.
"""


def all_of(filters: Iterable[Mapping[str, Any]]) -> Filter:
    """The documents that match every filter: one document of fields where they don't collide, else `$and`."""
    merged: Filter = {}
    rest: list[Filter] = []
    for one in _flat(filters):
        for key, value in one.items():
            if not _put(merged, key, value):
                rest.append({key: value})
    if merged.get("_id") == NEVER["_id"] or NEVER in rest:
        return dict(NEVER)
    if len(rest) == 1 and "$and" in rest[0]:
        return {**merged, **rest[0]}
    return {**merged, "$and": rest} if rest else merged


def any_of(filters: Iterable[Mapping[str, Any]]) -> Filter:
    """The documents that match at least one filter."""
    branches: list[Filter] = []
    for one in filters:
        alone = list(one) == ["$or"] and isinstance(one["$or"], list)
        branches.extend(one["$or"] if alone else [dict(one)])
    branches = [branch for branch in branches if branch != NEVER]
    if not branches or {} in branches:
        return {} if branches else dict(NEVER)
    return branches[0] if len(branches) == 1 else {"$or": branches}


def no_arrays(paths: Iterable[str]) -> Filter:
    """The documents with no array at any of these paths: a filter would look into its elements."""
    found = [{path: {"$type": "array"}} for path in paths]
    return {"$nor": found} if found else {}


def _flat(filters: Iterable[Mapping[str, Any]]) -> Iterable[Mapping[str, Any]]:
    for one in filters:
        if list(one) == ["$and"] and isinstance(one["$and"], list):
            yield from one["$and"]
        else:
            yield one


def _put(merged: Filter, key: str, value: Any) -> bool:
    """Put a field's condition beside what is there; False where that would lose something."""
    if key == "$and":
        return False
    if key not in merged:
        merged[key] = value
        return True
    there = merged[key]
    if there == value:
        return True
    if key == "$nor":
        merged[key] = [*there, *(one for one in value if one not in there)]
        return True
    if key == "$expr":
        merged[key] = {"$and": [*_conjuncts(there), *_conjuncts(value)]}
        return True
    if key.startswith("$") or not (_is_operators(there) and _is_operators(value)):
        return False
    return _put_operators(merged, key, value)


def _put_operators(merged: Filter, key: str, value: Mapping[str, Any]) -> bool:
    there = merged[key]
    excluded = [*_excluded(there), *_excluded(value)]
    mine = {name: v for name, v in there.items() if name not in ("$ne", "$nin")}
    other = {name: v for name, v in value.items() if name not in ("$ne", "$nin")}
    if mine.keys() & other.keys():
        return False
    merged[key] = {**mine, **other, **_excluding(excluded)}
    return True


def _excluded(operators: Mapping[str, Any]) -> list[Any]:
    single = [operators["$ne"]] if "$ne" in operators else []
    return [*single, *operators.get("$nin", [])]


def _excluding(values: list[Any]) -> Filter:
    """`$ne`, or `$nin` with null last."""
    unique = [value for n, value in enumerate(values) if value not in values[:n] and value is not None]
    unique += [None] if None in values else []
    if not unique:
        return {}
    return {"$ne": unique[0]} if len(unique) == 1 else {"$nin": unique}


def excluding(values: Iterable[Any]) -> Filter:
    """The operators that keep out these values: `$ne` for one, `$nin` for several, null last."""
    return _excluding(list(values))


def _is_operators(value: Any) -> bool:
    return isinstance(value, dict) and bool(value) and all(key.startswith("$") for key in value)


def _conjuncts(expression: Any) -> list[Any]:
    alone = isinstance(expression, dict) and list(expression) == ["$and"]
    return list(expression["$and"]) if alone else [expression]
