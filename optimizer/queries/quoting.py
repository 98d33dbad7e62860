"""Names and texts as they must stand in SQL."""

from __future__ import annotations

import re

from optimizer.model.names import TableName
from optimizer.queries.keywords import QUOTED_WORDS

_UNQUOTED = re.compile(r"[a-z_][a-z0-9_$]*\Z")


def quote_identifier(name: str) -> str:
    """The name as it must stand in SQL, quoted only where it has to be."""
    if _UNQUOTED.match(name) and name not in QUOTED_WORDS:
        return name
    return '"' + name.replace('"', '""') + '"'


def quote_literal(text: str) -> str:
    """The text as a string in SQL."""
    return "'" + text.replace("'", "''") + "'"


def quote_table(table: TableName) -> str:
    """The table as it must stand in SQL; tables of `public` go without their schema."""
    prefix = "" if table.schema == "public" else f"{quote_identifier(table.schema)}."
    return prefix + quote_identifier(table.name)
