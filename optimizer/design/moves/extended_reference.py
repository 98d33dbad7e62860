"""A few columns of a parent copied into its children: their join disappears, and one index serves both."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from optimizer.design.moves.evidence import Evidence, Relation
from optimizer.design.moves.naming import parent_field
from optimizer.design.moves.offer import LeftOut, Offer, Use, left_out
from optimizer.design.moves.sources import pairs
from optimizer.model.denormalisation import ExtendedReference
from optimizer.model.schema import Column, Table
from optimizer.queries.facts import WriteKind
from optimizer.queries.row_security import compared_columns

MOST_COLUMNS = 4
LONGEST_TEXT = 500
"""Characters of the longest text that is copied."""

_TEXTS = frozenset({"text", "varchar", "bpchar"})
_WIDE = frozenset({"json", "jsonb", "bytea", "tsvector", "xml"})

Columns = tuple[str, ...]


def extended_references(evidence: Evidence) -> Iterator[Offer | LeftOut]:
    """For each foreign key the sets of columns that some query reads of the parent beside the child.

    All of them together where they are few enough; one set by itself too where it spares a write.
    """
    for relation in evidence.relations:
        wanted = _wanted(evidence, relation)
        fit: dict[Columns, tuple[Use, ...]] = {}
        for columns, gains in wanted.items():
            reason = _obstacle(relation.parent, columns)
            if reason:
                subject = f"{', '.join(columns)} of {relation.parent.name} copied to {relation.child.name}"
                yield left_out(subject, reason, gains)
            else:
                fit[columns] = gains
        for columns in _sets(evidence, relation, fit):
            yield _offer(evidence, relation, columns, fit)


def _wanted(evidence: Evidence, relation: Relation) -> dict[Columns, tuple[Use, ...]]:
    """Which columns of the parent are read with the child, and the queries that read exactly those."""
    found: dict[Columns, tuple[Use, ...]] = {}
    for statement in evidence.statements:
        for child, parent in pairs(statement, relation):
            columns = _ordered(relation.parent, set(parent.columns) - set(relation.key.referenced))
            if columns and child.alias not in statement.outer:
                how = f"read with {relation.child.name} in"
                found[columns] = (*found.get(columns, ()), Use(statement.query, how))
    return found


def _obstacle(parent: Table, columns: Columns) -> str:
    if len(columns) > MOST_COLUMNS:
        return f"{len(columns)} columns are read, and {MOST_COLUMNS} are copied at most"
    wide = [name for name in columns if _is_wide(parent.by_name[name])]
    return f"{', '.join(wide)} may be too long to be copied to every row" if wide else ""


def _is_wide(column: Column) -> bool:
    kind = column.type
    if kind.base in _TEXTS:
        return kind.array or kind.length is None or kind.length > LONGEST_TEXT
    return kind.array or kind.base in _WIDE


def _sets(evidence: Evidence, relation: Relation, fit: dict[Columns, tuple[Use, ...]]) -> Iterator[Columns]:
    """The sets worth offering: together, or by themselves where that spares a write."""
    together = _ordered(relation.parent, {name for columns in fit for name in columns})
    if together and len(together) <= MOST_COLUMNS:
        yield together
        costs = len(_costs(evidence, relation, together))
        yield from (c for c in fit if c != together and len(_costs(evidence, relation, c)) < costs)
    else:
        yield from fit


def _offer(
    evidence: Evidence, relation: Relation, columns: Columns, fit: dict[Columns, tuple[Use, ...]]
) -> Offer:
    gains = tuple(use for wanted, uses in fit.items() if set(wanted) <= set(columns) for use in uses)
    copied = _ordered(relation.parent, {*columns, *_secured(evidence, relation)})
    structure = ExtendedReference(
        relation.child.name, relation.parent.name, relation.key.name, parent_field(relation), copied
    )
    return Offer(structure, gains, _costs(evidence, relation, copied))


def _secured(evidence: Evidence, relation: Relation) -> set[str]:
    """What row-level security looks at in the parent, so that the copy is hidden where the parent is."""
    return set(compared_columns(relation.parent, evidence.schema, evidence.workload.session)) - set(
        relation.key.referenced
    )


def _costs(evidence: Evidence, relation: Relation, columns: Iterable[str]) -> tuple[Use, ...]:
    copied = set(columns)
    return tuple(
        Use(query, "copies rewritten by")
        for query, write in evidence.writes()
        if write.kind is WriteKind.UPDATE
        and write.table == relation.parent.name
        and copied & set(write.columns)
    )


def _ordered(table: Table, names: set[str]) -> Columns:
    return tuple(column.name for column in table.columns if column.name in names)
