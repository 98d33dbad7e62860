"""The words of TimescaleDB's two generations: 2.18 speaks of a columnstore, what came before of compression.

Newer servers take the old words too. Statements are without semicolons.
"""

from __future__ import annotations

from dataclasses import dataclass

from optimizer.engines.postgres.structures.triggers import full_name
from optimizer.model.hypertables import Columnstore, span
from optimizer.model.names import TableName
from optimizer.queries.quoting import quote_identifier, quote_literal, quote_table

COLUMNSTORE_VERSION = (2, 18)


@dataclass(frozen=True, slots=True)
class Dialect:
    """`columnstore`: the server has the words of 2.18 and later."""

    columnstore: bool = True

    def stored_by_columns(self, table: TableName, store: Columnstore) -> str:
        """The statement that says how old chunks are stored."""
        words = ("enable_columnstore", "segmentby", "orderby")
        if not self.columnstore:
            words = ("compress", "compress_segmentby", "compress_orderby")
        order = ", ".join(
            f"{quote_identifier(name)}{' DESC' if down else ''}" for name, down in store.order_by
        )
        options = [f"timescaledb.{words[0]}"]
        if store.segment_by:
            by = ", ".join(quote_identifier(name) for name in store.segment_by)
            options.append(f"timescaledb.{words[1]} = {quote_literal(by)}")
        options.append(f"timescaledb.{words[2]} = {quote_literal(order)}")
        return f"ALTER TABLE {quote_table(table)} SET (\n  " + ",\n  ".join(options) + "\n)"

    def store_policy(self, table: TableName, store: Columnstore) -> str:
        """The statement that lets the server store old chunks by columns from now on."""
        name, after = quote_literal(full_name(table)), interval(store.after_s)
        if self.columnstore:
            return f"CALL add_columnstore_policy({name}, after => {after})"
        return f"SELECT add_compression_policy({name}, compress_after => {after})"


def dialect_of(version: str) -> Dialect:
    """The words of a version of the extension (`2.23.0`, `2.23.0-dev`)."""
    parts = version.split("-")[0].split(".")
    return Dialect(tuple(int(part) for part in parts[:2]) >= COLUMNSTORE_VERSION)


def interval(seconds: float) -> str:
    """Seconds as a literal of SQL."""
    whole = int(seconds)
    return f"INTERVAL {quote_literal(span(whole))}" if whole == seconds else f"INTERVAL '{seconds:g} seconds'"


def retention_policy(table: TableName, seconds: float) -> str:
    """The statement that lets the server drop chunks whose rows are all older than this."""
    return (
        f"SELECT add_retention_policy({quote_literal(full_name(table))}, drop_after => {interval(seconds)})"
    )
