"""The wide columns that are kept outside of their rows, and those that are there already or never will be."""

from __future__ import annotations

import random
from dataclasses import replace

import polars as pl
import pytest

from optimizer.design.tables.moves.toast import toasts
from optimizer.model.schema import Schema, TableKind
from optimizer.model.tables import Toast
from tests.conftest import WriteDataset
from tests.design.tables.storage_moves import offered
from tests.queries.schemas import table

POSTS = table("posts", "id int8!; title text!; body text; hits int4")
SCHEMA = Schema((POSTS,))
LIST = "SELECT id, title FROM posts WHERE hits > :n"
PAGE = "SELECT body FROM posts WHERE id = :id"
HIT = "UPDATE posts SET hits = hits + 1 WHERE id = :id"


def _rows(length: int, letters: str = "ab") -> dict[str, pl.DataFrame]:
    draw = random.Random(1)
    bodies = ["".join(draw.choices(letters, k=length)) if n % 5 else None for n in range(100)]
    frame = pl.DataFrame({"id": range(100), "title": ["t"] * 100, "body": bodies, "hits": [1] * 100})
    return {"posts": frame}


def test_what_fits_only_once_it_is_compressed_goes_out(dataset: WriteDataset) -> None:
    queries = {"list": LIST, "page": PAGE, "hit": HIT}
    [offer], left = offered(toasts, SCHEMA, dataset, _rows(3000), queries, page=0.5)
    assert offer.structure == Toast(POSTS.name, "body", 128)
    assert (
        offer.because == "fewer bytes read by list, hit; fetched from outside by page; 2,400 bytes on average"
    )
    assert not left


@pytest.mark.parametrize(
    ("length", "letters", "page", "reason"),
    [
        (1500, "ab", 0.1, "most rows have less than 2,032 bytes: PostgreSQL leaves them as they are"),
        (30_000, "ab", 0.1, "its long values are outside of the rows already"),
        (3000, "".join(map(chr, range(33, 127))), 0.1, "its long values are outside of the rows already"),
        (3000, "ab", 1.0, "50% of the table's statements read it"),
    ],
)
def test_what_is_left_out(dataset: WriteDataset, length: int, letters: str, page: float, reason: str) -> None:
    found, left = offered(
        toasts, SCHEMA, dataset, _rows(length, letters), {"list": LIST, "page": PAGE}, page=page
    )
    assert (found, left) == ([], {"posts.body outside of its rows": reason})


def test_a_partitioned_table_is_left_out(dataset: WriteDataset) -> None:
    schema = Schema((replace(POSTS, kind=TableKind.PARTITIONED),))
    found, left = offered(toasts, schema, dataset, _rows(3000), {"list": LIST})
    assert not found
    assert "partitioned" in left["posts.body outside of its rows"]


@pytest.mark.parametrize(("length", "sql"), [(50, LIST), (3000, PAGE), (3000, "SELECT 1")])
def test_nothing_is_gained(dataset: WriteDataset, length: int, sql: str) -> None:
    assert offered(toasts, SCHEMA, dataset, _rows(length), {"one": sql}) == ([], {})
