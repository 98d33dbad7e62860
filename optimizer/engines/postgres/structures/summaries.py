"""A table of groups and their totals, kept by triggers of the table whose rows they are.

A statement's changes are added up by group and put in with one INSERT ... ON CONFLICT in the order of the
key: concurrent statements lock a summary's rows in the same order, and each adds to what the other has
committed. What can't be told from a change is read from the table again by a statement of its own, which
sees all that was committed before the row was locked: an extreme that has gone, a sum that was NaN.
"""

from __future__ import annotations

from optimizer.engines.postgres.structures.columns import spelled, with_table
from optimizer.engines.postgres.structures.counting.kept import BIGINT
from optimizer.engines.postgres.structures.counting.sum import NUMERIC, SUM_TYPES
from optimizer.engines.postgres.structures.grants import readable_like
from optimizer.engines.postgres.structures.naming import object_name
from optimizer.engines.postgres.structures.realisation import Realisation
from optimizer.engines.postgres.structures.summary_changes import body
from optimizer.engines.postgres.structures.summary_texts import SummaryTexts
from optimizer.engines.postgres.structures.triggers import (
    EVENTS,
    disagreement,
    dropped,
    function,
    listed,
    paired,
    statement_trigger,
)
from optimizer.model.names import TableName
from optimizer.model.schema import Column, Key, Schema, Table
from optimizer.model.tables import SummaryTable
from optimizer.queries.grains import read_grain
from optimizer.queries.quoting import quote_identifier, quote_table

_OPTIONS = "#variable_conflict use_column"
"""A table may have a column `found`, which PL/pgSQL has a variable of that name for."""


def summaries(structure: SummaryTable, schema: Schema) -> Realisation:
    """See Realisation."""
    base = schema.by_name[structure.table]
    table = _table(structure, base)
    calls = TableName(base.name.schema, object_name(base.name.name, "into", structure.name.name))
    texts = SummaryTexts(structure, base)
    triggers = {event: object_name(calls.name, event.lower()) for event in EVENTS}
    return Realisation(
        schema=with_table(schema, table),
        define=(
            _created(table),
            function(calls, body(texts), options=_OPTIONS),
            *(statement_trigger(triggers[event], event, base.name, calls) for event in EVENTS),
        ),
        readable=(readable_like(table.name, [base.name]),),
        fill=(f"INSERT INTO {quote_table(table.name)} ({texts.columns})\n{texts.groups_of_table()}",),
        disagreements=(_disagreements(structure, texts),),
        undo=(
            *dropped(triggers.values(), base.name, calls),
            f"DROP TABLE {quote_table(table.name)}",
        ),
        triggered={base.name: frozenset({table.name})},
    )


def _table(structure: SummaryTable, base: Table) -> Table:
    groups = tuple(_group(name, expression, base) for name, expression in structure.groups)
    totals = tuple(_total(*total, base) for total in structure.totals)
    rows = Column(structure.rows, BIGINT, not_null=True)
    key = Key(object_name(structure.name.name, "pkey"), tuple(group.name for group in groups), primary=True)
    return Table(structure.name, (*groups, rows, *totals), (key,))


def _group(name: str, expression: str, base: Table) -> Column:
    grain = read_grain(expression)
    collation = None if grain.unit else base.by_name[grain.column].collation
    return Column(name, grain.type(base), not_null=True, collation=collation)


def _total(name: str, function_: str, of: str, base: Table) -> Column:
    column = base.by_name[of]
    match function_:
        case "count":
            return Column(name, BIGINT, not_null=True)
        case "sum":
            return Column(name, SUM_TYPES.get(column.type.base, NUMERIC), not_null=True)
    return Column(name, column.type)


def _created(table: Table) -> str:
    lines = [spelled(column, "NOT NULL" if column.not_null else "") for column in table.columns]
    key = table.keys[0]
    lines.append(f"CONSTRAINT {quote_identifier(key.name)} PRIMARY KEY ({listed(key.columns)})")
    inside = ",\n".join(f"  {line}" for line in lines)
    return f"CREATE TABLE {quote_table(table.name)} (\n{inside}\n)"


def _disagreements(structure: SummaryTable, texts: SummaryTexts) -> str:
    groups = [name for name, _ in structure.groups]
    totals = [structure.rows, *(name for name, _, _ in structure.totals)]
    key = ", ".join(f"coalesce(k.{quote_identifier(n)}, r.{quote_identifier(n)})" for n in groups)
    kept, right = listed(totals, "k."), listed(totals, "r.")
    return (
        f"SELECT {disagreement(structure.name, key, kept, right)}\n"
        f"FROM {quote_table(structure.name)} k\nFULL JOIN (\n{texts.groups_of_table()}\n) r "
        f"ON {paired(groups, groups, 'k', 'r')}\nWHERE ROW({kept}) IS DISTINCT FROM ROW({right})"
    )
