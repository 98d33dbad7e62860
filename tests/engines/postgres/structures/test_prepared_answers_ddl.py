"""The statements that make summaries and materialized views, as they are delivered. No server."""

from __future__ import annotations

from pathlib import Path

import pytest

from optimizer.engines.postgres.layout import TableLayout
from optimizer.model.names import TableName
from optimizer.model.structure import Structure
from optimizer.model.tables import SummaryTable
from tests.engines.postgres.rewriting.test_materialized import view_of
from tests.engines.postgres.rewriting.test_summaries import ORDERS, SCHEMA

GOLDEN = Path(__file__).parent / "golden"
SUMMARY = SummaryTable(
    ORDERS.name,
    TableName("public", "orders_by_user_id_at_day"),
    (("user_id", "user_id"), ("at_day", "date_trunc('day', at)")),
    (("total_count", "count", "total"), ("total_sum", "sum", "total"), ("at_max", "max", "at")),
    "row_count",
)
VIEW = view_of(
    "SELECT u.city, date_trunc('day', o.at) AS day, COUNT(*) AS n FROM orders o JOIN users u ON u.id ="
    " o.user_id"
    " WHERE o.status <> 'cancelled' AND u.city IS NOT NULL GROUP BY u.city, date_trunc('day', o.at)",
    "sales_of_city",
)


@pytest.mark.parametrize(
    ("file", "structure"),
    [("summary.sql", SUMMARY), ("materialized_view.sql", VIEW)],
    ids=["summary", "view"],
)
def test_the_ddl_is_as_it_was(file: str, structure: Structure) -> None:
    [(_, made)] = TableLayout(SCHEMA, frozenset({structure})).realised
    parts = {"define": made.define, "fill": made.fill, "refresh": made.refresh, "undo": made.undo}
    text = "\n".join(
        f"-- {part}\n" + "".join(f"{statement};\n" for statement in statements)
        for part, statements in parts.items()
        if statements
    )
    assert text == (GOLDEN / file).read_text()
