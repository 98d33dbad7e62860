"""JSON paths: the keys that lead to what an expression, or the document of a containment, speaks of."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from sqlglot import exp

_ARROWS = (exp.JSONExtract, exp.JSONExtractScalar)
_HASHES = (exp.JSONBExtract, exp.JSONBExtractScalar)
_BUILDERS = frozenset({"jsonb_build_object", "json_build_object"})


def json_path(tree: exp.Expr) -> tuple[str, ...]:
    """The keys of `data -> 'a' ->> 'b'` or `data #>> '{a,b}'`, casts and functions around it taken off."""
    for node in tree.walk(bfs=True):
        if isinstance(node, (*_ARROWS, *_HASHES, exp.Bracket)):
            return _keys(node)
    return ()


def _keys(node: exp.Expr) -> tuple[str, ...]:
    node = node.unnest()
    if isinstance(node, _ARROWS):
        return (*_keys(node.this), *steps(node.expression))
    if isinstance(node, _HASHES):
        return (*_keys(node.this), *node.expression.name.strip("{}").split(","))
    if isinstance(node, exp.Bracket):
        return (*_keys(node.this), *(key.name for key in node.expressions if isinstance(key, exp.Literal)))
    return ()


def steps(tree: exp.Expr) -> tuple[str, ...]:
    """The keys of an arrow's right side; none where it is no constant."""
    if isinstance(tree, exp.JSONPath):
        parts = [part for part in tree.expressions if not isinstance(part, exp.JSONPathRoot)]
        return tuple(str(part.this) for part in parts)
    return (tree.name,) if isinstance(tree, exp.Literal) else ()


def document_path(way: Sequence[exp.Expr]) -> tuple[str, ...]:
    """The keys under which a parameter stands in `jsonb_build_object('a', jsonb_build_object('b', :p))`."""
    found: list[str] = []
    for below, step in pairwise(way):
        if isinstance(step, exp.Anonymous) and step.name.lower() in _BUILDERS:
            keys = step.expressions
            place = next((n for n, member in enumerate(keys) if member is below), 0)
            if place % 2:
                found.insert(0, keys[place - 1].name)
    return tuple(found)
