"""What a `$lookup` that the classic engine runs does for each document: the search that it makes, explained.

Its own explanation names no index before it has run, and running it once without an index takes as long as
reading the other collection. So the search is explained by itself, for a value that is there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from optimizer.engines.mongo.commands import Command
from optimizer.engines.mongo.explanations import Explanations
from optimizer.engines.mongo.plans import Seen

_DOCUMENTS = 2
"""How many documents go through a join that has to be run to be seen."""

_APART: Mapping[str, Any] = {"$_internalInhibitOptimization": {}}

Stage = Mapping[str, Any]


def joins(explanations: Explanations, command: Command, hidden: int) -> list[Seen]:
    """The searches of the last `hidden` joins of a pipeline, those of a `$unionWith` among them."""
    stages = _lookups(command["pipeline"])
    found = stages[len(stages) - hidden :]
    if all(_is_search(lookup) for lookup in found):
        return [_search(explanations, lookup) for lookup in found]
    shortened = {**command, "pipeline": limited(command["pipeline"])}
    return [explanations.run(shortened)]


def _lookups(pipeline: Sequence[Stage]) -> list[Stage]:
    found: list[Stage] = []
    for stage in pipeline:
        if "$lookup" in stage:
            found.append(stage["$lookup"])
        union = stage.get("$unionWith")
        if isinstance(union, Mapping):
            found += _lookups(union.get("pipeline", ()))
    return found


def _is_search(lookup: Stage) -> bool:
    """True for a join by one field whose pipeline knows nothing of the document it is made for."""
    return "foreignField" in lookup and not lookup.get("let")


def _search(explanations: Explanations, lookup: Stage) -> Seen:
    name, field = lookup["from"], lookup["foreignField"]
    first = {"$match": {field: {"$eq": explanations.value(name, field)}}}
    pipeline = [first, *lookup.get("pipeline", ())]
    explained = {"aggregate": name, "pipeline": pipeline, "cursor": {}}
    seen = explanations.plan(explained)
    more = joins(explanations, explained, seen.hidden) if seen.hidden else []
    texts = " ".join([seen.text, *(one.text for one in more)])
    names = (*seen.indexes, *(index for one in more for index in one.indexes))
    return Seen(f"(join {name}: {texts})", names)


def limited(pipeline: Sequence[Stage]) -> list[Stage]:
    """The pipeline with few documents before its first join, those of a `$unionWith` too.

    Each join is kept apart from what is around it: of one that takes a `$unwind` in, 6.0.5 leaves out what
    it did for the last document, and of one that runs in the slot-based engine all of it.
    """
    made: list[Stage] = []
    joined = False
    for stage in pipeline:
        if not joined and ("$lookup" in stage or "$graphLookup" in stage):
            made += [{"$limit": _DOCUMENTS}, _APART]
            joined = True
        made.append(_limited_union(stage))
        if "$lookup" in stage:
            made.append(_APART)
    return made


def _limited_union(stage: Stage) -> Stage:
    union = stage.get("$unionWith")
    if not isinstance(union, Mapping) or "pipeline" not in union:
        return stage
    return {"$unionWith": {**union, "pipeline": limited(union["pipeline"])}}
