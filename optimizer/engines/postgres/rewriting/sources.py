"""The sources of a statement as it was written, names not yet resolved."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from sqlglot import exp


@dataclass(frozen=True, eq=False)
class Source:
    """A source under its name; `table` where it is a table and no common table expression.

    `named_only`: a star alone doesn't stand for it (`old` and `new` in RETURNING). `renamed`: its columns
    have other names (`t AS x (a, b)`), or it is several tables in parentheses.
    """

    alias: str
    table: exp.Table | None
    named_only: bool = False
    renamed: bool = False


def of_statement(node: exp.Expr) -> tuple[Source, ...]:
    """The sources of a SELECT or of a write, in the order in which a star gives their columns."""
    match node:
        case exp.Select():
            return tuple(_of_from(node))
        case exp.Insert():
            return _target(node, node.this)
        case exp.Update():
            return (*_target(node, node.this), *_of_from(node))
        case exp.Delete():
            using = (source for one in node.args.get("using") or () for source in _of_node(one))
            return (*_target(node, node.this), *using)
        case exp.Merge():
            return (*_of_node(node.args["using"]), *_target(node, node.this))
    return ()


def visible(node: exp.Expr) -> Iterator[Source]:
    """The sources that a node can name, the nearest ones first."""
    inner, holder = node, node.parent
    while holder is not None:
        outside = inner.arg_key == "with_" or (
            isinstance(holder, exp.Insert) and inner.arg_key == "expression"
        )
        if not outside:
            yield from of_statement(holder)
        inner, holder = holder, holder.parent


def _target(node: exp.Expr, target: exp.Expr | None) -> tuple[Source, ...]:
    """The table that is written, and the names that RETURNING has for its rows."""
    inner = target.this if isinstance(target, exp.Schema) else target
    if not isinstance(inner, exp.Table):
        return ()
    names = ("old", "new", "excluded") if isinstance(node, exp.Insert) else ("old", "new")
    own = Source(inner.alias_or_name, inner)
    return (own, *(Source(name, inner, named_only=True) for name in names if name != own.alias))


def _of_from(node: exp.Expr) -> Iterator[Source]:
    first = node.args.get("from_")
    if first is not None:
        yield from _of_node(first.this)
    for join in node.args.get("joins") or ():
        yield from _of_node(join.this)
    for lateral in node.args.get("laterals") or ():
        yield from _of_node(lateral)


def _of_node(node: exp.Expr) -> Iterator[Source]:
    """A source, and those in the parentheses or behind it that it holds."""
    inner = node.this if isinstance(node, exp.Subquery | exp.Paren) else None
    if isinstance(inner, exp.Table | exp.Subquery):
        for source in _of_node(inner):
            yield replace(source, alias=node.alias, renamed=True) if node.alias else source
    else:
        is_table = isinstance(node, exp.Table) and isinstance(node.this, exp.Identifier)
        table = node if isinstance(node, exp.Table) and is_table and not _is_common(node) else None
        yield Source(node.alias_or_name, table, renamed=_renames(node))
    for join in node.args.get("joins") or ():
        yield from _of_node(join.this)


def _renames(node: exp.Expr) -> bool:
    """True for `t AS x (a, b)`."""
    alias = node.args.get("alias")
    return alias is not None and bool(alias.args.get("columns"))


def _is_common(table: exp.Expr) -> bool:
    """True where the name is that of a common table expression that is known here."""
    if not isinstance(table, exp.Table) or table.db:
        return False
    inner: exp.Expr = table
    holder = table.parent
    while holder is not None:
        if isinstance(holder, exp.With):
            earlier = [cte.alias for cte in holder.expressions]
            if not holder.args.get("recursive"):
                earlier = earlier[: next(n for n, cte in enumerate(holder.expressions) if cte is inner)]
            if table.name in earlier:
                return True
        else:
            with_ = holder.args.get("with_")
            if (
                with_ is not None
                and with_ is not inner
                and table.name in {c.alias for c in with_.expressions}
            ):
                return True
        inner, holder = holder, holder.parent
    return False
