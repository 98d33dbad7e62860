"""Covering, prefixes and merges of indexes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.design.indexes.covering import covers, reversed_key, same_reading
from optimizer.design.indexes.merging import merge
from optimizer.design.indexes.prefixes import prefixes
from optimizer.model.index import Index, IndexKey
from optimizer.model.names import TableName

ORDERS = TableName("public", "orders")


def index(*keys: str, **rest: Any) -> Index:
    """An index over keys such as `user_id` or `created_at desc`."""
    parsed = []
    for text in keys:
        name, *direction = text.split()
        parsed.append(IndexKey(name, name, descending=direction == ["desc"]))
    return replace(Index(ORDERS, tuple(parsed)), **rest)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (index("a", "b"), index("a")),
        (index("a", "b"), index("a", "b")),
        (index("a", "b desc"), index("a desc", "b")),
        (index("a"), index("a desc")),
        (index("a", "b"), index("a", include=("b",))),
        (index("a", include=("b", "c")), index("a", include=("c",))),
        (index("a", unique=True), index("a")),
        (index("a", "b", where="c = 1"), index("a", where="c = 1")),
        (Index(ORDERS, (IndexKey("a", "a", True, True),)), index("a")),
    ],
)
def test_covered(a: Index, b: Index) -> None:
    assert covers(a, b)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (index("a"), index("a", "b")),
        (index("a", "b"), index("b")),
        (index("a", "b desc"), index("a", "b")),
        (index("a", "b"), index("a", "b", where="c = 1")),
        (index("a", where="c = 1"), index("a")),
        (index("a"), index("a", include=("b",))),
        (index("a", "b"), index("a", unique=True)),
        (index("a"), index("a", method="hash")),
        (index("a", method="gin"), index("a")),
        (index("a"), replace(index("a"), table=TableName("audit", "orders"))),
        (index("a"), Index(ORDERS, (IndexKey("a", "a", opclass="text_pattern_ops"),))),
        (index("a"), Index(ORDERS, (IndexKey("a", "a", False, True),))),
    ],
)
def test_not_covered(a: Index, b: Index) -> None:
    assert not covers(a, b)


def test_prefixes_are_bare_and_shorter() -> None:
    assert prefixes(index("a", "b desc", "c", include=("d",), name="x")) == (index("a"), index("a", "b desc"))
    assert prefixes(index("a")) == ()
    assert prefixes(index("a", "b", unique=True)) == ()
    assert prefixes(index("a", "b", method="gin")) == ()


def test_merge_extends_the_prefix_and_unites_the_included() -> None:
    merged = merge(index("a", include=("b", "d")), index("a", "b", include=("c",)))
    assert merged == index("a", "b", include=("c", "d"))


def test_merge_reads_the_shorter_one_backwards() -> None:
    assert merge(index("a desc"), index("a", "b desc")) == index("a", "b desc")


@pytest.mark.parametrize(
    "other", [index("b"), index("a", where="c = 1"), index("a", method="hash"), index("a", unique=True)]
)
def test_merge_of_what_has_no_common_front(other: Index) -> None:
    assert merge(index("a", "c"), other) is None


COLUMNS = st.lists(st.sampled_from("abcd"), min_size=1, max_size=4, unique=True)


@st.composite
def indexes(draw: st.DrawFn) -> Index:
    names = draw(COLUMNS)
    keys = tuple(IndexKey(name, name, draw(st.booleans())) for name in names)
    include = tuple(name for name in draw(COLUMNS) if name not in names)
    where = draw(st.sampled_from([None, "e = 1"]))
    return Index(ORDERS, keys, include=include, where=where)


@given(indexes(), indexes())
def test_a_merged_index_covers_both(a: Index, b: Index) -> None:
    merged = merge(a, b)
    if merged is None:
        assert not covers(a, b)
        assert not covers(b, a)
    else:
        assert covers(merged, a)
        assert covers(merged, b)


@given(indexes(), indexes(), indexes())
def test_covering_is_transitive(a: Index, b: Index, c: Index) -> None:
    if covers(a, b) and covers(b, c):
        assert covers(a, c)


@given(indexes())
def test_an_index_covers_its_prefixes_and_itself_turned_round(a: Index) -> None:
    assert all(covers(a, prefix) for prefix in prefixes(a))
    assert same_reading(a, replace(a, keys=tuple(reversed_key(key) for key in a.keys)))
