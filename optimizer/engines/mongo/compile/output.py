"""The last `$project`, and a pipeline as the operation that runs it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlglot import exp

from optimizer.engines.mongo.compile.expressions import nullable, selected, type_of
from optimizer.engines.mongo.compile.filters import all_of
from optimizer.engines.mongo.compile.opening import Stage
from optimizer.engines.mongo.compile.ordering import fresh
from optimizer.engines.mongo.compile.scope import Field, Scope
from optimizer.engines.mongo.program import Aggregate, Find

Items = Sequence[tuple[str, exp.Expr]]
"""The select list: names, and what they stand for."""

_IN_FIND = ("$match", "$sort", "$skip", "$limit", "$project")
"""The stages that a find does too, in the order in which it does them."""


def projected(items: Items, scope: Scope, *, nested: bool) -> tuple[Stage, tuple[tuple[str, Field], ...]]:
    """The `$project` of a select list, and where each column is after it.

    Fields at the top keep their names. Those below are kept where they are (`nested`: a find does that
    without computing), or else get the column's name. No two outputs share a path.
    """
    plain = {name: scope.find(tree) for name, tree in items if isinstance(tree, exp.Column)}
    kept = {f.path for f in plain.values() if f is not None and _stays(f, nested)}
    kept = {path for path in kept if not any(path.startswith(f"{other}.") for other in kept)}
    taken = {"_id", *(path.split(".")[0] for path in kept)}
    body: dict[str, Any] = {}
    columns = []
    for name, tree in items:
        found = scope.find(tree) if isinstance(tree, exp.Column) else None
        if found is not None and found.path in kept:
            body[found.path] = 1
            columns.append((name, found))
        else:
            path = fresh(name, taken)
            body[path] = selected(tree, scope)
            columns.append((name, Field(path, type_of(tree, scope), nullable(tree, scope))))
    if "_id" not in body:
        body["_id"] = 0
    return {"$project": body}, tuple(columns)


def _stays(found: Field, nested: bool) -> bool:
    return not found.is_variable and (nested or "." not in found.path)


def tidied(stages: Sequence[Stage]) -> tuple[Stage, ...]:
    """The stages with neighbouring filters made one, which an index can answer together."""
    made: list[Stage] = []
    for stage in stages:
        if made and "$match" in stage and "$match" in made[-1]:
            made[-1] = {"$match": all_of([made[-1]["$match"], stage["$match"]])}
        elif (
            made and "$set" in stage and "$set" in made[-1] and not _depends(stage["$set"], made[-1]["$set"])
        ):
            made[-1] = {"$set": {**made[-1]["$set"], **stage["$set"]}}
        else:
            made.append(stage)
    return tuple(made)


def _depends(later: Mapping[str, Any], earlier: Mapping[str, Any]) -> bool:
    """True where one `$set` reads or writes a field that the other has set."""
    text = str(later)
    return any(name in later or f"${name}" in text for name in earlier)


def as_operation(collection: str, stages: Sequence[Stage]) -> Find | Aggregate:
    """A find where that does all that the stages do, else an aggregate."""
    names = [next(iter(stage)) for stage in stages]
    if names != [name for name in _IN_FIND if name in names]:
        return Aggregate(collection, tuple(stages))
    parts: dict[str, Any] = {name: stage[name] for name, stage in zip(names, stages, strict=True)}
    sort: Mapping[str, int] = parts.get("$sort", {})
    return Find(
        collection,
        parts.get("$match", {}),
        parts.get("$project"),
        tuple(sort.items()),
        parts.get("$skip", 0),
        parts.get("$limit", 0),
    )
