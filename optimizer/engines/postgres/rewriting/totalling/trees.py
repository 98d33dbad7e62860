"""Pieces of SELECTs that the rules for totals look at and put together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from sqlglot import exp

from optimizer.engines.postgres.rewriting.selects import Joined, Select, conditions_of
from optimizer.engines.postgres.rewriting.terms import column, is_column
from optimizer.engines.postgres.rewriting.totalling.answered import aggregates
from optimizer.engines.postgres.rewriting.totalling.family import Family
from optimizer.model.schema import Schema, Table
from optimizer.queries import grouped
from optimizer.queries.tree import find_table

_WHOLE = frozenset({"this", "db", "alias"})


def has_only(tree: exp.Expr, *parts: str) -> bool:
    """True where a tree has nothing but these parts."""
    return {name for name, part in tree.args.items() if part} <= set(parts)


def lone_child(tree: exp.Select, family: Family, schema: Schema) -> str | None:
    """The alias of the family's child where a SELECT is from it alone."""
    source = tree.args.get("from_")
    if source is None or tree.args.get("joins") or tree.args.get("laterals"):
        return None
    return source.this.alias_or_name if is_all_of(source.this, family.child, schema) else None


def is_all_of(node: exp.Expr, table: Table, schema: Schema) -> bool:
    """True for a source that is all rows of a table, no sample and no single part."""
    if not isinstance(node, exp.Table) or not isinstance(node.this, exp.Identifier) or not node.db:
        return False
    found = find_table(node, schema)
    return found is not None and found.name == table.name and has_only(node, *_WHOLE)


def compared(condition: exp.Expr, alias: str, name: str) -> exp.Expr | None:
    """What a column is compared with for equality."""
    if isinstance(condition, exp.EQ):
        for side, other in (
            (condition.this, condition.expression),
            (condition.expression, condition.this),
        ):
            if is_column(side.unnest(), alias, name):
                found: exp.Expr = other.unnest()
                return found
    return None


def key_values(conditions: Sequence[exp.Expr], alias: str, names: Sequence[str]) -> list[exp.Expr] | None:
    """What a key's columns are compared with, where that is all that the conditions say."""
    if len(conditions) != len(names):
        return None
    found = [next(filter(None, (compared(c, alias, name) for c in conditions)), None) for name in names]
    return [one for one in found if one is not None] if None not in found else None


def parent_of(
    tree: exp.Select, child: str, family: Family, around: Sequence[Select]
) -> tuple[Select, Joined] | None:
    """The row of a SELECT around this one whose children, all of them, its rows are."""
    values = key_values(conditions_of(tree), child, family.key.columns)
    columns = [value for value in values or () if isinstance(value, exp.Column)]
    names = [value.name for value in columns]
    aliases = {value.table for value in columns}
    if len(aliases) != 1 or tuple(names) != family.key.referenced or aliases == {child}:
        return None
    [alias] = aliases
    for select in around:
        if alias in sources(select.tree):
            joined = select.tables.get(alias)
            fits = joined is not None and joined.table.name == family.parent.name
            return (select, joined) if joined is not None and fits else None
    return None


def around(tree: exp.Expr, schema: Schema) -> Iterator[Select]:
    """The SELECTs around a tree, the nearest first."""
    found = tree.find_ancestor(exp.Select)
    while found is not None:
        yield Select(found, schema)
        found = found.find_ancestor(exp.Select)


def sources(tree: exp.Select) -> frozenset[str]:
    """The aliases of a SELECT's sources."""
    return frozenset(node.alias_or_name for node in source_nodes(tree))


def source_nodes(tree: exp.Select) -> list[exp.Expr]:
    """A SELECT's sources, in their order."""
    return [*grouped.sources(tree), *(tree.args.get("laterals") or ())]


def is_grouped_by_key(tree: exp.Select, child: str, family: Family) -> bool:
    """True where a SELECT is grouped by the child's key, and by nothing else."""
    group = tree.args.get("group")
    if group is None or not has_only(group, "expressions"):
        return False
    terms = {(t.table, t.name) if isinstance(t, exp.Column) else None for t in group.expressions}
    return terms == {(child, name) for name in family.key.columns}


def may_be_missing(select: Select, parent: Joined) -> bool:
    """True where an outer join may leave the parent without a row."""
    return parent.left or not select.is_plain


def may_show(select: Select, parent: Joined, place: exp.Expr) -> bool:
    """True where any column of the parent may stand at that place: the SELECT isn't grouped, or it is by the
    parent's primary key, or the place is within an aggregate."""
    tree = select.tree
    if not tree.args.get("group") and not any(any(aggregates(part)) for part in parts(tree)):
        return True
    aggregate = place.find_ancestor(exp.AggFunc, exp.Select)
    if isinstance(aggregate, exp.AggFunc):
        return aggregate.find_ancestor(exp.Select) is tree
    group = tree.args.get("group")
    key = parent.table.primary_key
    named = {
        term.name
        for term in (group.expressions if group else ())
        if isinstance(term, exp.Column) and term.table == parent.alias
    }
    if key is None or group is None or not has_only(group, "expressions"):
        return False
    return set(key.columns) <= named


def parts(tree: exp.Select) -> Iterator[exp.Expr]:
    """The expressions over a SELECT's rows: what is shown, HAVING, ORDER BY."""
    yield from tree.expressions
    yield from (tree.args[name] for name in ("having", "order") if tree.args.get(name))


def put(place: exp.Expr, value: exp.Expr) -> None:
    """Put an expression where another one is; a shown one keeps its name."""
    name = place.args.get("alias")
    if isinstance(name, exp.TableAlias):
        name = name.this
    if name:
        place.replace(exp.Alias(this=value, alias=name.copy()))
    else:
        place.replace(value if isinstance(value, exp.Column | exp.Func) else exp.Paren(this=value))


def free_alias(root: exp.Expr, wanted: str) -> str:
    """A name that no source of the statement has, and no column refers to."""
    nodes = root.find_all(exp.Table, exp.Subquery, exp.Lateral, exp.CTE)
    taken = {node.alias_or_name for node in nodes} | {column.table for column in root.find_all(exp.Column)}
    name, number = wanted, 2
    while name in taken:
        name, number = f"{wanted}_{number}", number + 1
    return name


def rename_columns(trees: Iterable[exp.Expr], alias: str, to: str, names: dict[str, str]) -> None:
    """Let the columns of one source be those of another one."""
    for tree in trees:
        for node in list(tree.find_all(exp.Column)):
            if node.table == alias and node.name in names:
                node.replace(column(to, names[node.name]))
