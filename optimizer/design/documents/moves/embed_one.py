"""The one row of a child as a subdocument of its parent."""

from __future__ import annotations

from collections.abc import Iterator

from optimizer.design.documents.moves.embedding import embeddings
from optimizer.design.documents.moves.evidence import DocumentEvidence
from optimizer.design.moves.offer import LeftOut, Offer


def single_embeds(evidence: DocumentEvidence) -> Iterator[Offer | LeftOut]:
    """A subdocument for each foreign key that lets a parent have one child at most."""
    for relation in evidence.relations:
        if relation.is_one_to_one:
            yield from embeddings(evidence, relation, many=False)
