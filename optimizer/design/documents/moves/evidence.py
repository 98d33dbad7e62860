"""What the moves of documents look at besides statements and schema: how large arrays get."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from optimizer.design.documents.growth import Growth
from optimizer.design.moves.evidence import Evidence, statements_of
from optimizer.model.names import TableName
from optimizer.model.schema import Schema
from optimizer.model.workload import Workload

ENGINE = "mongo"

GrowthOf = Callable[[TableName, str], Growth]
"""How large the arrays get that hold a child's rows, by the child and the name of its foreign key."""


@dataclass(frozen=True)
class DocumentEvidence(Evidence):
    """All that speaks for or against a structure of documents."""

    growth: GrowthOf


def evidence(workload: Workload, schema: Schema, growth: GrowthOf) -> DocumentEvidence:
    """The evidence of a workload."""
    return DocumentEvidence(workload, schema, statements_of(workload, schema, ENGINE), growth)
