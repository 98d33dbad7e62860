"""A query's pipeline, as what is around it takes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from optimizer.engines.mongo.compile.opening import Link, Stage
from optimizer.engines.mongo.compile.scope import Field


@dataclass(frozen=True)
class Rows:
    """A query's pipeline: its collection, its stages, and where its columns are in the resulting documents.

    `columns` are in the order of the select list. `link` and `let` are what a `$lookup` around it does with
    the outer documents, where it is correlated. `empty` is the row of an aggregate without GROUP BY that
    found nothing.
    """

    collection: str
    stages: tuple[Stage, ...]
    columns: tuple[tuple[str, Field], ...] = ()
    link: Link | None = None
    let: Mapping[str, str] = field(default_factory=dict)
    empty: tuple[Any, ...] | None = None

    @property
    def fields(self) -> dict[str, Field]:
        return dict(self.columns)

    @property
    def nothing(self) -> dict[str, Any]:
        """The document that stands for nothing found, where there is one."""
        paths = (found.path for _, found in self.columns)
        return dict(zip(paths, self.empty or (), strict=True))

    def lookup(self, name: str) -> Stage:
        """The `$lookup` of these rows into an array `name`; a server refuses `let` without a pipeline."""
        body: dict[str, Any] = {"from": self.collection}
        if self.link is not None:
            body |= {"localField": self.link.local, "foreignField": self.link.foreign}
        if self.stages or self.link is None:
            body |= {"let": dict(self.let)} if self.let else {}
            body["pipeline"] = list(self.stages)
        return {"$lookup": {**body, "as": name}}
