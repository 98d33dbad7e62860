"""The SELECTs of a workload that put rows of a table together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlglot import exp

from optimizer.design.tables.evidence import ENGINE, TableEvidence
from optimizer.model.query import Query, SourceText
from optimizer.model.schema import Schema, Table
from optimizer.queries.extract import facts
from optimizer.queries.grouped import Grouped, grouping, read_grouped, sources
from optimizer.queries.parameters import UnreadableSql
from optimizer.queries.tree import find_table, qualified, unqualified


@dataclass(frozen=True)
class GroupedRead:
    """A grouped SELECT of a query, and one of its tables: what it asks of it, or why totals can't tell it."""

    query: Query
    table: Table
    asked: Grouped | str


def read_queries(evidence: TableEvidence) -> Iterator[tuple[Query, exp.Query]]:
    """Each read that is rewritten for structures, as a qualified tree."""
    for query in evidence.workload.queries:
        for source in query.statements if ENGINE not in query.overrides else ():
            tree = _tree(source, evidence.schema)
            if tree is not None:
                yield query, tree


def grouped_reads(evidence: TableEvidence) -> Iterator[tuple[GroupedRead, ...]]:
    """For each grouped SELECT its tables, those with most rows first: totals of one of them may answer it."""
    for query, tree in read_queries(evidence):
        for select in tree.find_all(exp.Select):
            if grouping(select):
                found = [
                    GroupedRead(query, table, read_grouped(select, alias, table))
                    for alias, table in tables_of(select, evidence.schema)
                ]
                yield tuple(sorted(found, key=lambda one: -evidence.dataset.table(one.table.name).rows))


def tables_of(select: exp.Select, schema: Schema) -> Iterator[tuple[str, Table]]:
    """The schema's tables among the sources of a SELECT, with their aliases."""
    for source in sources(select):
        table = find_table(source, schema) if isinstance(source, exp.Table) else None
        if table is not None:
            yield source.alias_or_name, table


def _tree(source: SourceText, schema: Schema) -> exp.Query | None:
    known = facts(source.text, schema)
    if not known.complete or known.is_write:
        return None
    try:
        tree = unqualified(source.text)
        if not isinstance(tree, exp.Query) or tree.find(exp.Lock):
            return None
        found = qualified(tree, schema)
        return found if isinstance(found, exp.Query) else None
    except UnreadableSql:
        return None
