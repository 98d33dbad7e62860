"""Where a statement asks for totals of children: subqueries, derived tables, grouped joins, single tables."""
