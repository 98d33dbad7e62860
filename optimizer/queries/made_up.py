"""Columns whose values a server makes up where a statement gives none."""

from __future__ import annotations

import re

from optimizer.model.schema import Column

_MADE_UP = re.compile(
    r"\b(now|clock_timestamp|statement_timestamp|transaction_timestamp|timeofday|random|gen_random_uuid"
    r"|uuidv[47]|uuid_generate_v\w+|nextval|txid_current|pg_current_xact_id)\("
    r"|\b(CURRENT_(DATE|TIME|TIMESTAMP|USER|ROLE)|LOCALTIME|LOCALTIMESTAMP|SESSION_USER)\b",
    re.IGNORECASE,
)


def made_up(column: Column) -> bool:
    """Whether the server makes the column's values up where a statement gives none (now(), sequences)."""
    return column.identity or bool(column.default and _MADE_UP.search(column.default))
