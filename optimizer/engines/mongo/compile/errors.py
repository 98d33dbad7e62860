"""What the compiler can't say in MongoDB's language."""

from __future__ import annotations

from sqlglot import exp

from optimizer.queries.tree import to_sql

ADVICE = "write the statement for MongoDB by hand, as `aggregate` and `pipeline` under its `mongo:`"


class NotCompiled(Exception):
    """A part of a statement that has no translation: `node` is its SQL text, `why` the reason for people."""

    def __init__(self, node: exp.Expr | str, why: str) -> None:
        self.node = to_sql(node) if isinstance(node, exp.Expr) else node
        self.why = why
        super().__init__(f"{self.node}: {why}; {ADVICE}")
