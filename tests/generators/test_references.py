from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generators.errors import SpecError
from generators.pairs import UniquePairs
from generators.references import SKEWS, PerParent, Pick
from generators.stream import Stream
from generators.tree import Tree
from generators.zipf import HOTTEST_SHARE

STREAM = Stream(11, "orders", "user_id")


@settings(max_examples=80, deadline=None)
@given(
    parents=st.integers(1, 400),
    mean=st.floats(0, 20),
    skew=st.sampled_from(SKEWS),
    seed=st.integers(0, 1000),
)
def test_counts_are_exact_and_drawn_so(parents: int, mean: float, skew: str, seed: int) -> None:
    stream, plan = Stream(seed, "t", "c"), PerParent(parents, mean, skew)
    counts = plan.counts(stream)
    drawn = plan.draw(stream, 0, plan.total).to_numpy()
    assert plan.total == round(parents * mean) == counts.sum()
    assert counts.min() >= 0
    assert np.bincount(drawn, minlength=parents).tolist() == counts.tolist()


@settings(max_examples=30, deadline=None)
@given(parents=st.integers(1, 60), mean=st.floats(0, 9), skew=st.sampled_from(SKEWS))
def test_ordinals_count_the_children_of_each_parent(parents: int, mean: float, skew: str) -> None:
    plan = PerParent(parents, mean, skew)
    rows = pl.DataFrame(
        {"p": plan.draw(STREAM, 0, plan.total), "o": plan.ordinals(STREAM, 0, plan.total)},
        schema={"p": pl.Int64, "o": pl.Int64},
    )
    for _, children in rows.group_by("p"):
        assert sorted(children["o"].to_list()) == list(range(len(children)))


@settings(max_examples=40, deadline=None)
@given(parents=st.integers(1, 50), most=st.integers(1, 10), skew=st.sampled_from(SKEWS), data=st.data())
def test_no_parent_gets_more_than_most(parents: int, most: int, skew: str, data: st.DataObject) -> None:
    rows = data.draw(st.integers(0, parents * most))
    counts = PerParent.of_rows(parents, rows, skew, most).counts(STREAM)
    assert counts.sum() == rows
    assert counts.max(initial=0) <= most


def test_even_counts_differ_by_one_at_most() -> None:
    counts = PerParent(1000, 2.5).counts(STREAM)
    assert set(counts.tolist()) == {2, 3}


def test_zipf_is_skewed_but_bounded() -> None:
    counts = np.sort(PerParent(20_000, 8.0, "zipf").counts(STREAM))[::-1]
    assert 0.01 < counts[0] / counts.sum() <= HOTTEST_SHARE + 0.001
    assert counts[:200].sum() / counts.sum() > 0.2
    assert np.median(counts) < 8


def test_hot_parents_are_not_the_first_rows() -> None:
    counts = PerParent(20_000, 8.0, "zipf").counts(STREAM)
    assert np.median(np.argsort(counts)[-100:]) > 2000


def test_children_of_a_parent_are_not_neighbours() -> None:
    drawn = PerParent(1000, 50.0).draw(STREAM, 0, 50_000).to_numpy()
    assert np.count_nonzero(np.diff(drawn) == 0) < 200


@pytest.mark.parametrize("skew", ["none", "zipf"])
def test_pick_stays_among_the_parents(skew: str) -> None:
    drawn = Pick(77, skew).draw(STREAM, 0, 20_000)
    assert (drawn.min(), drawn.max(), drawn.n_unique()) == (0, 76, 77)


def test_more_children_than_allowed_is_an_error() -> None:
    with pytest.raises(SpecError, match="101 rows, but 10 parents with at most 10 each"):
        PerParent.of_rows(10, 101, "none", 10)


@settings(max_examples=60, deadline=None)
@given(
    left=st.integers(1, 60),
    right=st.integers(1, 60),
    skews=st.tuples(st.sampled_from(SKEWS), st.sampled_from(("none", "zipf"))),
    data=st.data(),
)
def test_pairs_differ(left: int, right: int, skews: tuple[str, str], data: st.DataObject) -> None:
    rows = data.draw(st.integers(0, left * right))
    lefts, rights = UniquePairs(left, right, rows, *skews).draw(STREAM, 0, rows)
    assert len(lefts) == len(set(zip(lefts, rights, strict=True))) == rows
    assert not rows or (0 <= min(lefts) <= max(lefts) < left and 0 <= min(rights) <= max(rights) < right)


def test_pairs_can_have_frequent_right_sides() -> None:
    _, rights = UniquePairs(5000, 2000, 20_000, "none", "zipf").draw(STREAM, 0, 20_000)
    assert np.bincount(rights.to_numpy()).max() > 150


def test_too_many_pairs_are_an_error() -> None:
    with pytest.raises(SpecError, match="only 6 different pairs"):
        UniquePairs(2, 3, 7)


@settings(max_examples=60, deadline=None)
@given(nodes=st.integers(1, 300), branching=st.integers(1, 9), seed=st.integers(0, 99))
def test_tree_is_consistent(nodes: int, branching: int, seed: int) -> None:
    stream, tree = Stream(seed, "categories", "parent_id"), Tree(nodes, branching)
    rows = tree.frame(stream).rows(named=True)
    assert sorted([r["lft"] for r in rows] + [r["rgt"] for r in rows]) == list(range(1, 2 * nodes + 1))
    for at, row in enumerate(rows):
        inside = sum(row["lft"] < other["lft"] < row["rgt"] for other in rows)
        assert row["rgt"] - row["lft"] == 2 * inside + 1
        if row["parent"] is None:
            assert row["depth"] == 0
            continue
        parent = rows[row["parent"]]
        assert row["parent"] < at
        assert row["depth"] == parent["depth"] + 1
        assert parent["lft"] < row["lft"] < row["rgt"] < parent["rgt"]


def test_tree_paths_lead_from_the_root() -> None:
    tree = Tree(40, 3)
    frame, paths = tree.frame(STREAM), tree.paths(STREAM, pl.Series([f"c{n}" for n in range(40)]), "/")
    for at, (parent, path) in enumerate(zip(frame["parent"], paths, strict=True)):
        assert path == (f"c{at}" if parent is None else f"{paths[parent]}/c{at}")


def test_siblings_are_counted() -> None:
    frame = Tree(60, 4).frame(STREAM)
    for _, siblings in frame.group_by("parent"):
        assert sorted(siblings["ordinal"].to_list()) == list(range(len(siblings)))
