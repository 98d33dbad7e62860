"""Rows of a child as an array in their parent's document: what is used together is one document."""

from __future__ import annotations

from collections.abc import Iterator

from optimizer.design.documents.moves.embedding import embeddings
from optimizer.design.documents.moves.evidence import DocumentEvidence
from optimizer.design.moves.offer import LeftOut, Offer


def embeds(evidence: DocumentEvidence) -> Iterator[Offer | LeftOut]:
    """An array for each foreign key that lets a parent have several children."""
    for relation in evidence.relations:
        if not relation.is_one_to_one:
            yield from embeddings(evidence, relation, many=True)
