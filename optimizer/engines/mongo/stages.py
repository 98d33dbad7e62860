"""The stages of a pipeline, with those of the pipelines within it. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Body = Mapping[str, Any]


def stages(pipeline: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, Body]]:
    """Each stage's name and what it says; a `$unionWith` always as an object, empty where it is none."""
    for stage in pipeline:
        for name, said in stage.items():
            body: Body = said if isinstance(said, Mapping) else {}
            if name == "$unionWith" and isinstance(said, str):
                body = {"coll": said}
            yield name, body
            inner = body.get("pipeline", ())
            yield from stages(inner if isinstance(inner, list | tuple) else ())


def collection(body: Body) -> str:
    """The collection that a `$lookup`, `$graphLookup` or `$unionWith` reads; empty where it reads none."""
    named = body.get("from", body.get("coll", ""))
    return named if isinstance(named, str) else ""
