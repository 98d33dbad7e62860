from __future__ import annotations

from typing import Any

import pytest

from optimizer.engines.mongo.compile.touched import collections_of
from optimizer.engines.mongo.program import Aggregate
from optimizer.engines.mongo.stages import collection, stages

OTHERS = {"$lookup": {"from": "others", "localField": "a", "foreignField": "b", "as": "c"}}


@pytest.mark.parametrize(
    ("stage", "names"),
    [
        ({"$match": {"from": "others"}}, ["$match"]),
        (OTHERS, ["$lookup"]),
        ({"$lookup": {"from": "a", "pipeline": [OTHERS]}}, ["$lookup", "$lookup"]),
        ({"$lookup": {"pipeline": [{"$documents": []}]}}, ["$lookup", "$documents"]),
        ({"$unionWith": "others"}, ["$unionWith"]),
        ({"$unionWith": {"coll": "a", "pipeline": ({"$unionWith": "others"},)}}, ["$unionWith"] * 2),
        ({"$facet": {"one": [{"$limit": 1}], "two": [OTHERS]}}, ["$facet", "$limit", "$lookup"]),
        ({"$graphLookup": {"from": "others"}}, ["$graphLookup"]),
        ("others", []),
    ],
)
def test_stages_within_stages(stage: Any, names: list[str]) -> None:
    assert [name for name, _ in stages([stage])] == names


@pytest.mark.parametrize(
    ("stage", "read"),
    [
        ({"$project": {"from": "others", "coll": "others"}}, set()),
        ({"$lookup": {"pipeline": [{"$documents": []}]}}, set()),
        ({"$unionWith": "others"}, {"others"}),
        ({"$facet": {"one": [OTHERS]}}, {"others"}),
        ({"$lookup": {"from": "a", "pipeline": [{"$unionWith": {"coll": "b"}}]}}, {"a", "b"}),
        ({"$graphLookup": {"from": "others"}}, {"others"}),
    ],
)
def test_the_collections_that_stages_read(stage: Any, read: set[str]) -> None:
    assert {collection(name, body) for name, body in stages([stage])} - {""} == read
    assert collections_of([Aggregate("own", [stage])]) == {"own"} | read
