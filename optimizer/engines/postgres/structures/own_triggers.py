"""The triggers of the user's own text. Pure."""

from __future__ import annotations

import re

from optimizer.engines.postgres.scripts.script import Statement, statements
from optimizer.model.names import TableName
from optimizer.model.query import SourceText

_MAKES_A_TRIGGER = re.compile(r"CREATE\s+(?:OR\s+REPLACE\s+)?(?:CONSTRAINT\s+)?TRIGGER\s", re.IGNORECASE)
_ANY_UPDATE = re.compile(
    r"\s(?:BEFORE|AFTER)\s(?:(?!\sON\s).)*?\bUPDATE\b(?!\s+OF\b)", re.IGNORECASE | re.DOTALL
)


def fired_by_updates(table: TableName, kept: str, source: SourceText) -> str:
    """Why updates of the table can't keep something there (`a copy`): the text makes a trigger that each of
    them fires, whatever it changes. Empty where it makes none."""
    if any(_is_one(statement, table) for statement in statements(source)):
        return f"a trigger of {table} would fire whenever {kept} changes"
    return ""


def _is_one(statement: Statement, table: TableName) -> bool:
    makes = _MAKES_A_TRIGGER.match(statement.text)
    return bool(makes and table.name in statement.names and _ANY_UPDATE.search(statement.text))
