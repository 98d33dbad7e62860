"""Columns that would be copied from each other for ever."""

from __future__ import annotations

from collections.abc import Iterator

from optimizer.dataset.planning.recipes import After, DatasetPlan, Link, Referenced, TablePlan, Within
from optimizer.model.names import TableName

Node = tuple[TableName, str]


def circular(plan: DatasetPlan) -> str | None:
    """A circle of columns, for people; None where there is none."""
    finished: set[Node] = set()
    for table in plan.tables:
        for column in table.columns:
            circle = _follow(plan, (table.name, column.name), [], finished)
            if circle:
                return " -> ".join(f"{name}.{column}" for name, column in circle)
    return None


def _follow(plan: DatasetPlan, node: Node, path: list[Node], finished: set[Node]) -> list[Node] | None:
    if node in path:
        return [*path[path.index(node) :], node]
    if node in finished:
        return None
    for needed in _needed(plan, node):
        circle = _follow(plan, needed, [*path, node], finished)
        if circle:
            return circle
    finished.add(node)
    return None


def _needed(plan: DatasetPlan, node: Node) -> Iterator[Node]:
    """The columns that must be known to make this one."""
    table = plan.table(node[0])
    recipe = table.column(node[1]).recipe
    if isinstance(recipe, After):
        yield (table.name, recipe.base)
    elif isinstance(recipe, Referenced):
        link = table.link(recipe.link)
        assert link.parent is not None
        yield (link.parent, recipe.column)
        yield from _matched(table, link)


def _matched(table: TablePlan, link: Link) -> Iterator[Node]:
    if isinstance(link.choice, Within) and link.parent is not None:
        for own, theirs in link.choice.matches:
            yield (table.name, own)
            yield (link.parent, theirs)
