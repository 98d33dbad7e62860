"""What the compiler can't say in MongoDB's language."""

from __future__ import annotations

from sqlglot import exp

from optimizer.queries.tree import to_sql

ADVICE = "write the statement for MongoDB by hand, as `aggregate` and `pipeline` under its `mongo:`"
WRITE_ADVICE = "write the statement otherwise: one that writes can't be given by hand under `mongo:`"


class NotCompiled(Exception):
    """A part of a statement that has no translation.

    `node` is its SQL text, `why` the reason for people, `advice` what they can do.
    """

    def __init__(self, node: exp.Expr | str, why: str, advice: str = ADVICE) -> None:
        self.node = to_sql(node) if isinstance(node, exp.Expr) else node
        self.why = why
        self.advice = advice
        super().__init__(f"{self.node}: {why}; {advice}")
