"""A session's connection to TimescaleDB."""

from __future__ import annotations

from collections.abc import Sequence

from optimizer.engines.postgres.connection import Connection, Prepared


class TimescaleConnection(Connection):
    """See Connection: no statement runs by a plan that an earlier execution has left.

    TimescaleDB 2.23 as WebAssembly, as it answered: once rows are inserted into a chunk that was stored by
    columns as a whole, a plan made before that goes on reading its columns alone, and those rows are missing
    from the answer. Statements with parameters are planned at each execution; those without are made to be.
    """

    def __init__(self, conninfo: str, role: str | None) -> None:
        super().__init__(conninfo, role)
        self.cursors.prepare_threshold = None

    def plan_anew(self, steps: Sequence[Prepared]) -> bool:
        if any(not step.types for step in steps):
            self.command(b"DISCARD PLANS")
        return False
