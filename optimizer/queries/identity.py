"""A schema as a cache's key, by which object it is: hashing all of it takes longer than what is saved."""

from __future__ import annotations

from optimizer.model.schema import Schema


class SameSchema:
    """A schema, equal to nothing but itself."""

    __slots__ = ("schema",)

    def __init__(self, schema: Schema) -> None:
        self.schema = schema

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SameSchema) and self.schema is other.schema

    def __hash__(self) -> int:
        return id(self.schema)
