"""The trees of SQL expressions out of a schema: checks, predicates of indexes, expressions of keys. Pure."""

from __future__ import annotations

from functools import lru_cache

from sqlglot import exp
from sqlglot.errors import SqlglotError

from optimizer.queries.tree import DIALECT


@lru_cache(maxsize=1024)
def tree_of(text: str) -> exp.Expr | None:
    """The expression's tree, not to be changed; None where sqlglot has none."""
    try:
        trees = DIALECT.parse(text)
    except SqlglotError:
        return None
    return trees[0] if len(trees) == 1 else None
