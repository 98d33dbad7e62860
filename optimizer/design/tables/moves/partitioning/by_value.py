"""A partition for each of a few values: a statement that asks for one reads its partition alone."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from optimizer.design.moves.offer import LeftOut, Offer
from optimizer.design.moves.sources import POINTS
from optimizer.design.tables.evidence import TableEvidence
from optimizer.design.tables.moves.partitioning.offering import offered, refused, why_not
from optimizer.design.tables.moves.partitioning.reading import Reading, reading
from optimizer.design.tables.moves.partitioning.spread import distinct, values
from optimizer.model.schema import Check, Column, Table
from optimizer.model.tables import LIST, Partition
from optimizer.queries.expressions import read_expression
from optimizer.queries.facts import Predicate
from optimizer.queries.parameters import UnreadableSql

MOST_VALUES = 12

_TYPES = frozenset({"enum", "text", "varchar", "int2", "int4", "int8"})


def by_value(evidence: TableEvidence) -> Iterator[Offer | LeftOut]:
    """For each table the column with few values by which the largest share of the mix asks for a part."""
    for table in evidence.schema.tables:
        found = {
            column.name: reading(evidence, table, column.name, _narrows)
            for column in table.columns
            if column.type.base in _TYPES and not column.type.array and _is_plain(table, column)
        }
        asked = [name for name, one in found.items() if one.part and _is_small(evidence, table, name)]
        column = max(asked, key=lambda name: found[name].share, default=None)
        if column is not None:
            yield _offer(evidence, table, table.by_name[column], found[column])


def _offer(evidence: TableEvidence, table: Table, column: Column, found: Reading) -> Offer | LeftOut:
    reason = why_not(evidence, table, column)
    if reason:
        return refused(table, column.name, "by the values of", reason, found)
    bounds = _declared(table, column) or distinct(evidence, table, column.name)
    return offered(evidence, table, Partition(table.name, LIST, column.name, bounds), found, "")


def _is_plain(table: Table, column: Column) -> bool:
    """True where the column names neither a row nor a parent."""
    named = {name for key in table.foreign_keys for name in key.columns}
    return column.name not in named and not table.is_unique(frozenset({column.name}))


def _is_small(evidence: TableEvidence, table: Table, name: str) -> bool:
    declared = _declared(table, table.by_name[name])
    return 2 <= (len(declared) if declared else values(evidence, table, name)) <= MOST_VALUES


def _declared(table: Table, column: Column) -> tuple[str, ...]:
    """The labels of an enum, or the list of a check; none where the schema doesn't say."""
    if column.type.labels:
        return column.type.labels
    lists = (_listed(check, column) for check in table.checks if check.columns == (column.name,))
    return next((found for found in lists if found), ())


def _listed(check: Check, column: Column) -> tuple[str, ...]:
    """The values of `column IN (...)`, which PostgreSQL prints as `= ANY (ARRAY[...])`."""
    try:
        tree = read_expression(check.expression).unnest()
    except UnreadableSql:
        return ()
    if isinstance(tree, exp.In):
        members = tree.expressions
    elif isinstance(tree, exp.EQ) and isinstance(tree.expression, exp.Any):
        array = tree.expression.find(exp.Array)
        members = array.expressions if array else []
    else:
        return ()
    bare = [_bare(member) for member in members]
    subject = _bare(tree.this)
    if not isinstance(subject, exp.Column) or subject.name != column.name:
        return ()
    literals = [member for member in bare if isinstance(member, exp.Literal)]
    return tuple(literal.this for literal in literals) if len(literals) == len(members) else ()


def _bare(tree: exp.Expr) -> exp.Expr:
    while isinstance(tree, exp.Cast | exp.Paren):
        tree = tree.this
    return tree


def _narrows(predicate: Predicate, column: str) -> bool:
    return predicate.term.column == column and predicate.operator in POINTS
