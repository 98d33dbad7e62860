"""Expressions over one table's columns: read from their text, and told to be the same. Pure."""

from __future__ import annotations

from typing import Any, TypeAlias

from sqlglot import exp

from optimizer.queries.tree import unqualified

Shape: TypeAlias = tuple[Any, ...]
"""What an expression is, whatever its spelling: nested tuples, equal where the expressions are."""

_CONFIGURATION = "REGCONFIG"


def read_expression(text: str) -> exp.Expr:
    """The tree of an expression's text; UnreadableSql where it has none."""
    query = unqualified(f"SELECT {text}")
    tree: exp.Expr = query.expressions[0].unalias()
    return tree


def shape(tree: exp.Expr) -> Shape:
    """The expression without its columns' tables, its parentheses, and the case of its functions' names.

    The name of a text search configuration counts as the same with its cast and without it.
    """
    if isinstance(tree, exp.Paren) or _is_configuration(tree):
        return shape(tree.this)
    if isinstance(tree, exp.Column):
        return ("column", tree.name)
    parts = ((name, _part(tree, name, value)) for name, value in sorted(tree.args.items()))
    return (type(tree).__name__, *((name, part) for name, part in parts if not _is_nothing(part)))


def _is_nothing(part: Any) -> bool:
    return part is None or part is False or part == ()


def _part(tree: exp.Expr, name: str, value: Any) -> Any:
    if isinstance(value, exp.Expr):
        return shape(value)
    if isinstance(value, list):
        return tuple(_part(tree, name, one) for one in value)
    if isinstance(tree, exp.Anonymous) and name == "this" and isinstance(value, str):
        return value.lower()
    if isinstance(tree, exp.Identifier) and name == "quoted":
        return None
    return value if isinstance(value, str | int | float | bool | None) else str(value)


def _is_configuration(tree: exp.Expr) -> bool:
    if type(tree) is not exp.Cast or not isinstance(tree.this, exp.Literal):
        return False
    return str(tree.to.this).upper() == _CONFIGURATION
