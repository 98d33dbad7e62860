"""The stages of a pipeline, with those of the pipelines within it. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Body = Mapping[str, Any]

_READING = {"$lookup": "from", "$graphLookup": "from", "$unionWith": "coll"}


def stages(pipeline: Sequence[Any]) -> Iterator[tuple[str, Body]]:
    """Each stage's name and what it says; a `$unionWith` always as an object, empty where it is none.

    What is no stage is passed over: the server refuses it.
    """
    for stage in pipeline:
        for name, said in stage.items() if isinstance(stage, Mapping) else ():
            body: Body = said if isinstance(said, Mapping) else {}
            if name == "$unionWith" and isinstance(said, str):
                body = {"coll": said}
            yield name, body
            for inner in _inner(name, body):
                yield from stages(inner)


def _inner(name: str, body: Body) -> Iterator[Sequence[Any]]:
    found = body.values() if name == "$facet" else (body.get("pipeline"),)
    return (one for one in found if isinstance(one, list | tuple))


def collection(name: str, body: Body) -> str:
    """The collection that a stage reads; empty where it reads none, or brings its own rows (`$documents`)."""
    named = body.get(_READING.get(name, ""), "")
    return named if isinstance(named, str) else ""
