"""Generators' mappings (under `data`, `params` and `session`), judged before the columns' types are known.

A mapping passes where it is right for a column of some type; the dataset's plan judges it for its own column.
What names a function of the user's is left to the plan: it imports the user's module.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from generators.errors import SpecError
from generators.shape import ColumnShape
from generators.spec import from_spec
from optimizer.errors import Problem
from optimizer.workload.document import Document, Key

_BASES = ("any", "text", "time", "interval", "int8range", "daterange")
"""Types that between them take every kind of mapping."""


def spec_problems(document: Document) -> Iterator[Problem]:
    """One problem for each mapping that no column could have."""
    for path, spec in _specs(document.data):
        error = None if _names_function(spec) else _error(spec, str(path[-1]))
        if error:
            place = (*path, *error.path)
            missing = len(error.path) == 1 and error.path[0] not in spec
            position = document.position(path) if missing else document.key_position(place)
            yield Problem(f"{path[-1]!r}: {error.message}", position, error.hint)


def _specs(data: Mapping[Any, Any]) -> Iterator[tuple[tuple[Key, ...], Mapping[str, Any]]]:
    for key, spec in _mapping(data.get("data")).items():
        if isinstance(spec, dict) and spec:
            yield ("data", key), spec
    for key, spec in _mapping(_mapping(data.get("session")).get("settings")).items():
        if _is_generator(spec):
            yield ("session", "settings", key), spec
    queries = data.get("queries")
    for number, query in enumerate(queries if isinstance(queries, list) else ()):
        for key, spec in _mapping(_mapping(query).get("params")).items():
            if _is_generator(spec):
                yield ("queries", number, "params", key), spec


def _mapping(value: Any) -> Mapping[Any, Any]:
    return value if isinstance(value, dict) else {}


def _is_generator(spec: Any) -> bool:
    return isinstance(spec, dict) and bool(spec) and not {"new", "column", "now", "value"} & spec.keys()


def _names_function(spec: Any) -> bool:
    if isinstance(spec, dict):
        return "generator" in spec or any(map(_names_function, spec.values()))
    return isinstance(spec, list) and any(map(_names_function, spec))


def _error(spec: Mapping[str, Any], name: str) -> SpecError | None:
    """None where some type takes the mapping, else the error that tells best where it is wrong."""
    errors: list[SpecError] = []
    for base in _BASES:
        try:
            from_spec(spec, ColumnShape(name, base))
        except SpecError as error:
            errors.append(error)
        else:
            return None
    return next((error for error in errors if error.path), errors[0])
