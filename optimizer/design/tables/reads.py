"""Which statements can be written in other words."""

from __future__ import annotations

from sqlglot import exp

from optimizer.design.moves.evidence import Statement


def is_rewritable(statement: Statement) -> bool:
    """True for a read that locks no rows: writes, and reads that lock, stay as they are written."""
    if statement.facts.is_write:
        return False
    trees = (scope.expression for names in statement.names for scope in names.scopes)
    return not any(tree.find(exp.Lock) for tree in trees)
