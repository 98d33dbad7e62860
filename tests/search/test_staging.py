"""A finalist is what the server made of a design."""

from __future__ import annotations

from optimizer.model.design import Design
from optimizer.model.index import Index, IndexKey
from optimizer.model.names import TableName
from optimizer.search.finals.staging import build_until
from tests.search.final import Final, final

__all__ = ["final"]

POSTS = TableName("public", "posts")
BY_TITLE, REFUSED = (
    Index(POSTS, (IndexKey(name, name),), name=f"by_{name}") for name in ("title", "nowhere")
)


def test_an_index_that_is_refused_is_no_part_of_the_design(final: Final) -> None:
    made = build_until(final.cleanup, final.stage, "one", Design(frozenset({BY_TITLE, REFUSED})))
    assert made.design == Design(frozenset({BY_TITLE}))
    assert made.definitions.keys() == made.built.keys() == {BY_TITLE}
    assert made.bytes == made.load.bytes + made.built[BY_TITLE].bytes
    assert made.built[BY_TITLE].bytes > 0
