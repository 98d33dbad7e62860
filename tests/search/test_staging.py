"""A finalist is what the server made of a design."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from optimizer.engines.postgres.database import PostgresDatabase
from optimizer.engines.values import BuiltIndex, Progress
from optimizer.model.design import Design
from optimizer.model.index import Index, IndexKey
from optimizer.model.names import TableName
from optimizer.search.finals.staging import build_until
from tests.search.final import Final, final

__all__ = ["final"]

BY_TITLE = Index(TableName("public", "posts"), (IndexKey("title", "title"),), name="by_title")


def test_an_index_that_is_refused_is_no_part_of_the_design(
    final: Final, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = replace(BY_TITLE, name="refused", method="hash")
    real = PostgresDatabase.build

    def build(self: PostgresDatabase, indexes: Sequence[Index], progress: Progress) -> tuple[BuiltIndex, ...]:
        kept = real(self, [index for index in indexes if index != refused], progress)
        return (*kept, *(BuiltIndex(index, error="no") for index in indexes if index == refused))

    monkeypatch.setattr(PostgresDatabase, "build", build)
    made = build_until(final.cleanup, final.stage, "one", Design(frozenset({BY_TITLE, refused})))
    assert made.design == Design(frozenset({BY_TITLE}))
    assert made.definitions.keys() == made.built.keys() == {BY_TITLE}
    assert made.bytes == made.load.bytes + made.built[BY_TITLE].bytes
    assert made.built[BY_TITLE].bytes > 0
