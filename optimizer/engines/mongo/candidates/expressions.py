"""SQL expressions that are a field of a document all the same."""

from __future__ import annotations

from sqlglot import exp

from optimizer.engines.mongo.sql_trees import tree_of
from optimizer.queries.paths import json_path

_ARROWS = (exp.JSONExtract, exp.JSONExtractScalar, exp.JSONBExtract, exp.JSONBExtractScalar, exp.Bracket)


def field_below(text: str, *, through_lower: bool = False) -> tuple[str | None, tuple[str, ...]]:
    """The column that an expression reads, and the keys below it (data, (a, b) for `data -> 'a' ->> 'b'`).

    No column where it is anything else. With `through_lower` also the column within `lower(...)`.
    """
    node = _bare(tree_of(text), through_lower)
    keys: tuple[str, ...] = ()
    if isinstance(node, _ARROWS):
        keys = json_path(node)
        while isinstance(node, _ARROWS):
            node = _bare(node.this, through_lower=False)
        if not keys or not all(_is_plain(key) for key in keys):
            return None, ()
    return (node.name, keys) if isinstance(node, exp.Column) else (None, ())


def is_lower_case(text: str) -> bool:
    """True for `lower(...)`."""
    return isinstance(_bare(tree_of(text), through_lower=False), exp.Lower)


def is_negated(text: str | None) -> bool:
    """True for `x IS NOT NULL` and the like."""
    node = tree_of(text) if text else None
    return isinstance(node, exp.Is) and bool(node.args.get("negate"))


def _bare(node: exp.Expr | None, through_lower: bool) -> exp.Expr | None:
    kinds: tuple[type[exp.Expr], ...] = (exp.Paren, exp.Cast)
    kinds += (exp.Lower,) if through_lower else ()
    while node is not None and isinstance(node, kinds):
        node = node.this
    return node


def _is_plain(key: str) -> bool:
    """True for a key that may stand in a path; a number would be an array's element."""
    return bool(key) and not key.isdigit() and "." not in key and not key.startswith("$")
