"""What speaks for and against a child's rows in their parent's document."""

from __future__ import annotations

from collections.abc import Iterator

from optimizer.design.documents.growth import Growth
from optimizer.design.documents.moves.evidence import DocumentEvidence
from optimizer.design.moves.evidence import Relation, Statement
from optimizer.design.moves.naming import children_field
from optimizer.design.moves.offer import LeftOut, Offer, Use, left_out
from optimizer.design.moves.sources import (
    has_key,
    is_led_by,
    is_pinned,
    is_restricted,
    pairs,
    sources_of,
)
from optimizer.model.documents import Embed
from optimizer.model.names import TableName
from optimizer.queries.facts import Write, WriteKind

LARGEST_BYTES = 4 << 20
"""A quarter of what MongoDB takes as a document: documents grow."""

LARGEST_ELEMENTS = 5_000


def embeddings(evidence: DocumentEvidence, relation: Relation, *, many: bool) -> Iterator[Offer | LeftOut]:
    """The child embedded in this parent, where some query gains by it and nothing stands in the way."""
    gains = tuple(_gains(evidence, relation))
    if not gains:
        return
    structure = Embed(
        relation.child.name, relation.parent.name, relation.key.name, children_field(relation), many
    )
    subject = f"{relation.child.name} embedded in {relation.parent.name} by {relation.key.name}"
    if reason := _obstacle(evidence, relation):
        yield left_out(subject, reason, gains)
        return
    growth = evidence.growth(relation.child.name, relation.key.name)
    if reason := _too_large(growth):
        yield left_out(subject, reason, gains)
    else:
        note = f"{growth.mean:.1f} rows a parent, {growth.largest:,} at most" if many else ""
        yield Offer(structure, gains, tuple(_costs(evidence, relation)), note)


def _gains(evidence: DocumentEvidence, relation: Relation) -> Iterator[Use]:
    for statement in evidence.statements:
        yield from _read_with_parent(statement, relation)
        yield from _read_by_key(statement, relation)
    yield from _written_together(evidence, relation)


def _read_with_parent(statement: Statement, relation: Relation) -> Iterator[Use]:
    for child, parent in pairs(statement, relation):
        if is_led_by(statement, parent.alias, child.alias) or not is_restricted(statement):
            yield Use(statement.query, f"read with {relation.parent.name} in")


def _read_by_key(statement: Statement, relation: Relation) -> Iterator[Use]:
    columns = relation.key.columns
    for source in sources_of(statement, relation.child.name):
        own_key = has_key(statement, source, relation) and not relation.is_one_to_one
        if is_pinned(statement.block_of[source.alias], source.alias, columns) and not own_key:
            yield Use(statement.query, f"found by {', '.join(columns)} in")


def _written_together(evidence: DocumentEvidence, relation: Relation) -> Iterator[Use]:
    """The transactions that add a child and write its parent: what would be one document's write."""
    child, parent = relation.child.name, relation.parent.name
    added = {query.name: query for query, write in evidence.writes() if _is(write, child, WriteKind.INSERT)}
    for query, write in evidence.writes():
        together = _is(write, parent, WriteKind.INSERT) or _is(write, parent, WriteKind.UPDATE)
        if child != parent and together and query.name in added:
            yield Use(query, f"written with {parent} in")


def _is(write: Write, table: TableName, kind: WriteKind) -> bool:
    return write.table == table and write.kind is kind


def _costs(evidence: DocumentEvidence, relation: Relation) -> Iterator[Use]:
    """The queries that come to the child's rows by another way than their parent."""
    for statement in evidence.statements:
        gaining = {use.query.name for use in _read_with_parent(statement, relation)}
        for source in sources_of(statement, relation.child.name):
            by_key = is_pinned(statement.block_of[source.alias], source.alias, relation.key.columns)
            if not (gaining or by_key or has_key(statement, source, relation)):
                yield Use(statement.query, f"read without {relation.parent.name} in")


def _obstacle(evidence: DocumentEvidence, relation: Relation) -> str:
    child, key = relation.child, relation.key
    if child.name == relation.parent.name:
        return "its rows refer to rows of the same table"
    for other in evidence.referring(child.name):
        return f"{other.child.name} refers to it ({other.key.name}), and can't refer to a part of a document"
    for column in relation.columns:
        if not column.not_null:
            return f"{column.name} may be null, and a row without a parent would have no home"
    for query, write in evidence.writes():
        moved = write.kind is WriteKind.UPDATE and write.table == child.name
        if moved and set(write.columns) & set(key.columns):
            return f"{query.name} moves rows from one parent to another"
    return ""


def _too_large(growth: Growth) -> str:
    if growth.bytes <= LARGEST_BYTES and growth.largest <= LARGEST_ELEMENTS:
        return ""
    return (
        f"the largest parent has {growth.largest:,} of them, {growth.bytes / 2**20:.1f} MB"
        f" (at most {LARGEST_ELEMENTS:,} and {LARGEST_BYTES >> 20} MB, a quarter of what a document may have)"
    )
