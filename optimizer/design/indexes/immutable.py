"""Whether an expression can stand in an index: PostgreSQL takes immutable ones only.

Only what is clearly not immutable is told here; the server judges the rest when the index is built.
"""

from __future__ import annotations

import re

from optimizer.model.schema import Table

_NEVER = re.compile(
    r"\b(now|random|clock_timestamp|statement_timestamp|transaction_timestamp|timeofday|gen_random_uuid"
    r"|uuidv7|uuidv4|current_setting|nextval|age\s*\(\s*[^,()]+\s*\)|concat|concat_ws|format)\s*\("
    r"|\bcurrent_(date|time|timestamp|user|role)\b|\blocaltime(stamp)?\b",
    re.IGNORECASE,
)
_ONE_ARGUMENT_TSVECTOR = re.compile(r"\bto_tsvector\s*\(\s*(?!'|cast\s*\(\s*')", re.IGNORECASE)
_NEEDS_ZONE = re.compile(r"\b(date_trunc|extract|date_part|to_char|cast)\s*\(|::|\bdate\s*\(", re.IGNORECASE)
_HAS_ZONE = re.compile(r"\bat\s+time\s+zone\b|\btimezone\s*\(", re.IGNORECASE)
_TRUNC_WITH_ZONE = re.compile(r"\bdate_trunc\s*\(\s*'[^']*'\s*,[^,]+,\s*'", re.IGNORECASE)


def why_not_immutable(expression: str, table: Table) -> str | None:
    """Why no index can be made on the expression, None where nothing speaks against it.

    Sources: the volatility that pg_proc tells of each of these functions.
    """
    if found := _NEVER.search(expression):
        return f"{found.group(0).rstrip('( ')} isn't immutable"
    if _ONE_ARGUMENT_TSVECTOR.search(expression):
        return "to_tsvector must name its configuration, as in to_tsvector('english', ...)"
    if _NEEDS_ZONE.search(expression) and not _zone_is_settled(expression):
        for column in table.columns:
            if column.type.base == "timestamptz" and re.search(rf"\b{re.escape(column.name)}\b", expression):
                return f"it depends on the session's time zone ({column.name} is timestamptz)"
    return None


def _zone_is_settled(expression: str) -> bool:
    return any(pattern.search(expression) for pattern in (_HAS_ZONE, _TRUNC_WITH_ZONE))
