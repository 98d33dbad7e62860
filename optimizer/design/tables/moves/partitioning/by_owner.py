"""Partitions by whom rows belong to: where nearly every statement is about one tenant, it reads one part."""

from __future__ import annotations

from collections.abc import Iterator

from optimizer.design.moves.offer import LeftOut, Offer
from optimizer.design.moves.sources import POINTS
from optimizer.design.tables.evidence import TableEvidence
from optimizer.design.tables.moves.partitioning.offering import offered, refused, why_not
from optimizer.design.tables.moves.partitioning.reading import Reading, reading
from optimizer.design.tables.moves.partitioning.spread import rows, values
from optimizer.model.schema import Table
from optimizer.model.tables import HASH, Partition
from optimizer.queries.facts import Predicate

FEW, MANY = 8, 16
MANY_ROWS = 1_000_000
"""From so many rows on there are more partitions."""

LEAST_COVERED = 0.9
"""The share of the searches that name the owner; each of the others looks into every partition."""

LEAST_OWNERS = 10
"""Owners for each partition, so that they come out about equally large."""


def by_owner(evidence: TableEvidence) -> Iterator[Offer | LeftOut]:
    """For each table the parent's key by which (nearly) all statements look for rows."""
    for table in evidence.schema.tables:
        owners = dict.fromkeys(key.columns[0] for key in table.foreign_keys if len(key.columns) == 1)
        own = {key.columns for key in table.keys}
        found = {name: reading(evidence, table, name, _narrows) for name in owners if (name,) not in own}
        fit = [name for name, one in found.items() if one.part and one.covered >= LEAST_COVERED]
        column = max(fit, key=lambda name: found[name].share, default=None)
        if column is not None:
            yield _offer(evidence, table, column, found[column])


def _offer(evidence: TableEvidence, table: Table, column: str, found: Reading) -> Offer | LeftOut:
    reason = why_not(evidence, table, table.by_name[column])
    modulus = MANY if rows(evidence, table) >= MANY_ROWS else FEW
    if not reason and (owners := values(evidence, table, column)) < LEAST_OWNERS * modulus:
        reason = f"{owners} different values can't be spread evenly over {modulus} partitions"
    if reason:
        return refused(table, column, "by hash of", reason, found)
    return offered(evidence, table, Partition(table.name, HASH, column, modulus=modulus), found, "")


def _narrows(predicate: Predicate, column: str) -> bool:
    return predicate.term.column == column and predicate.operator in POINTS
