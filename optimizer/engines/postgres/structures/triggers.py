"""Trigger functions. They run with the rights of their owner, who owns the tables: row-level security and
missing grants of the role that writes don't keep copies and totals from being kept."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from optimizer.model.names import TableName
from optimizer.queries.quoting import quote_identifier, quote_literal, quote_table

EVENTS = ("INSERT", "UPDATE", "DELETE", "TRUNCATE")
"""All that `statement_trigger` is for."""


def full_name(table: TableName) -> str:
    """A table or function with its schema, always: a trigger function searches none but pg_catalog."""
    return f"{quote_identifier(table.schema)}.{quote_identifier(table.name)}"


def function(name: TableName, body: str, declared: str = "", stable: bool = False, options: str = "") -> str:
    """A trigger function of these statements, each with its semicolon and indented by two spaces.

    `declared` are its variables, `options` PL/pgSQL's own (`#variable_conflict use_column`). A stable one
    doesn't see what the statement that fires it has done so far.
    """
    kind = "LANGUAGE plpgsql STABLE" if stable else "LANGUAGE plpgsql"
    lines = [
        f"CREATE FUNCTION {quote_table(name)}() RETURNS trigger {kind}",
        "SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$",
        *([options] if options else []),
        *(["DECLARE", declared] if declared else []),
        *("BEGIN", body, "END"),
    ]
    return "\n".join(lines) + "\n$$"


def trigger(name: str, events: str, table: TableName, calls: TableName, condition: str = "") -> str:
    """A row trigger; `events` are as in CREATE TRIGGER (`BEFORE INSERT OR UPDATE OF user_id`)."""
    when = f"WHEN ({condition}) " if condition else ""
    return (
        f"CREATE TRIGGER {quote_identifier(name)} {events} ON {quote_table(table)}\n"
        f"  FOR EACH ROW {when}EXECUTE FUNCTION {quote_table(calls)}()"
    )


def statement_trigger(name: str, event: str, table: TableName, calls: TableName) -> str:
    """A trigger for each statement of one of EVENTS, after it.

    The function sees the statement's rows as the tables `added` and `removed`.
    """
    seen = {
        "INSERT": "REFERENCING NEW TABLE AS added ",
        "UPDATE": "REFERENCING OLD TABLE AS removed NEW TABLE AS added ",
        "DELETE": "REFERENCING OLD TABLE AS removed ",
    }
    return (
        f"CREATE TRIGGER {quote_identifier(name)} AFTER {event} ON {quote_table(table)}\n"
        f"  {seen.get(event, '')}FOR EACH STATEMENT EXECUTE FUNCTION {quote_table(calls)}()"
    )


def dropped(names: Iterable[str], table: TableName, calls: TableName) -> tuple[str, ...]:
    """What takes a table's triggers and their function away."""
    return (
        *(f"DROP TRIGGER {quote_identifier(name)} ON {quote_table(table)}" for name in names),
        f"DROP FUNCTION {quote_table(calls)}()",
    )


def disagreement(table: TableName, key: str, kept: str, right: str) -> str:
    """The line of text about a row that isn't kept right; the others are lists of values."""
    return (
        f"format('%s %s has %s instead of %s', {quote_literal(str(table))}, "
        f"ROW({key})::text, ROW({kept})::text, ROW({right})::text)"
    )


def listed(names: Sequence[str], prefix: str = "") -> str:
    """Columns, quoted and separated by commas, each after the prefix (`NEW.`)."""
    return ", ".join(f"{prefix}{quote_identifier(name)}" for name in names)


def paired(left: Sequence[str], right: Sequence[str], alias: str, other: str) -> str:
    """`alias.left = other.right` for each pair of columns."""
    return " AND ".join(
        f"{alias}.{quote_identifier(mine)} = {other}.{quote_identifier(theirs)}"
        for mine, theirs in zip(left, right, strict=True)
    )
