"""Turns the drafts of a table's links into links: which generator picks the parents."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from generators.constant import Constant
from generators.generator import Generator
from generators.nullable import Nullable
from generators.pairs import UniquePairs
from generators.references import PerParent, Pick
from generators.tree import Tree
from optimizer.dataset.constraints.distinct import Digits
from optimizer.dataset.planning.choosers import Distinct, PairSide, TreePart
from optimizer.dataset.planning.linking import Draft, Linking
from optimizer.dataset.planning.recipes import Chosen, Link, Within
from optimizer.dataset.planning.uniqueness import ROWS_PER_GROUP, Unique
from optimizer.model.names import TableName

TREE = "(tree)"
_SMALL = 5_000  # a table of so few rows is one tree (of categories), a larger one many (of comments)
_ROOTS = 0.5


@dataclass(frozen=True)
class Shape:
    """What links are made from: the table's rows and skew, the rows of all tables, sizes of combinations."""

    table: TableName
    rows: int
    skew: str
    parents: Mapping[TableName, int]
    combinations: Mapping[str, Digits]


def links(linking: Linking, unique: Unique, shape: Shape) -> tuple[Link, ...]:
    """All links of the table, those of groups that are in no table last."""
    pairs = _pairs(linking, unique, shape)
    made = [
        Link(d.name, d.target, shape.parents[d.target], _choice(d, unique, shape, pairs))
        for d in linking.drafts.values()
    ]
    return (*made, *(_group(name, shape) for name in unique.grouped.values()))


def tree(draft: Draft, rows: int) -> Tree:
    """The tree that a table's reference to itself makes."""
    roots = None if rows < _SMALL else max(1, round(rows * (draft.nulls or _ROOTS)))
    return Tree(rows, roots=roots)


def _choice(draft: Draft, unique: Unique, shape: Shape, pairs: Mapping[str, Generator]) -> Chosen | Within:
    parents = shape.parents[draft.target]
    if not parents or not shape.rows:
        return Chosen(Constant(None))
    if draft.matches and (draft.strict or not _told_apart(draft, unique)):
        return Within(draft.matches, draft.nulls, draft.may_lack, draft.strict, _differs_in(draft, unique))
    if draft.name in pairs:
        return Chosen(pairs[draft.name])
    if draft.target == shape.table:
        return Chosen(TreePart(tree(draft, shape.rows), "parent", TREE, rooted=not draft.may_lack))
    generator = _free(draft, unique, shape, parents)
    return Chosen(Nullable(generator, draft.nulls) if draft.nulls else generator)


def _told_apart(draft: Draft, unique: Unique) -> bool:
    return draft.name in unique.links or any(draft.name in names for names in unique.combined)


def _differs_in(draft: Draft, unique: Unique) -> str | None:
    """The other link of a key over two, in which rows with the same parent need different ones here."""
    pairs = [names for names in unique.combined if draft.name in names and len(names) == 2]
    return next((other for names in pairs for other in names if other != draft.name), None)


def _free(draft: Draft, unique: Unique, shape: Shape, parents: int) -> Generator:
    if draft.name in unique.links:
        return Distinct(parents)
    if draft.name in shape.combinations:
        return shape.combinations[draft.name]
    if draft.counted:
        return PerParent.of_rows(parents, shape.rows, shape.skew)
    return Pick(parents, "zipf")


def _pairs(linking: Linking, unique: Unique, shape: Shape) -> dict[str, Generator]:
    """Both sides of keys over two references, the counted one left."""
    made: dict[str, Generator] = {}
    for names in unique.combined:
        if len(names) != 2 or not all(name in linking.drafts for name in names):
            continue
        left, right = sorted((linking.drafts[n] for n in names), key=lambda d: not d.counted)
        if left.strict or right.strict:
            continue
        sizes = (shape.parents[left.target], shape.parents[right.target])
        skew = shape.skew if left.counted else "none"
        pairs = UniquePairs(*sizes, shape.rows, skew, "zipf")
        name = f"{left.name}, {right.name}"
        made |= {left.name: PairSide(pairs, 0, name), right.name: PairSide(pairs, 1, name)}
    return made


def _group(name: str, shape: Shape) -> Link:
    groups = max(1, shape.rows // ROWS_PER_GROUP)
    return Link(name, None, groups, Chosen(PerParent.of_rows(groups, shape.rows, "zipf")))
