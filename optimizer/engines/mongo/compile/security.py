"""Row-level security as conditions on a table's rows.

Where it can't be told which one column a policy compares, the condition is one that has no translation: a
statement that reads the table isn't compiled, rather than shown rows that a policy hides.
"""

from __future__ import annotations

from sqlglot import exp

from optimizer.model.names import TableName
from optimizer.model.schema import Schema, Table
from optimizer.model.workload import SessionSettings
from optimizer.queries.row_security import comparisons


def secured(schema: Schema, session: SessionSettings) -> dict[TableName, tuple[exp.Expr, ...]]:
    """The conditions that a role sees rows by, by secured table, over columns without a table."""
    return {
        table.name: (_condition(table, schema, session),)
        for table in schema.tables
        if table.row_security and session.role is not None
    }


def _condition(table: Table, schema: Schema, session: SessionSettings) -> exp.Expr:
    found = [_equality(table, *one) for one in comparisons(table, schema, session)]
    if len(found) == 1:
        return found[0]
    return exp.Anonymous(this="ROW_LEVEL_SECURITY", expressions=[exp.column(table.columns[0].name)])


def _equality(table: Table, column: str, setting: str) -> exp.Expr:
    """`column = current_setting('setting')::type`."""
    current = exp.Anonymous(this="CURRENT_SETTING", expressions=[exp.Literal.string(setting)])
    cast = exp.cast(current, table.by_name[column].type.sql, dialect="postgres")
    return exp.EQ(this=exp.column(column), expression=cast)
