"""The statements that an application has to send otherwise."""

from __future__ import annotations

from collections.abc import Mapping

NAME = "queries.sql"

_HEAD = """\
-- The statements that are sent to this server in other words than the workload file has them: for the winning
-- design's structures, or for a function that the server lacks (time_bucket). All others stay as they are.
-- Their answers on this design were compared with those of the baseline on PostgreSQL.
"""


def queries_sql(rewritten: Mapping[str, tuple[str, ...]]) -> str:
    """The statements by the names of their queries, each with its semicolon; parameters are `:name`."""
    parts = [
        f"\n-- {name}\n" + "".join(f"{statement};\n" for statement in statements)
        for name, statements in rewritten.items()
    ]
    return _HEAD + "".join(parts)
