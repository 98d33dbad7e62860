"""What the moves of tables look at besides statements and schema: the rows that there are."""

from __future__ import annotations

from dataclasses import dataclass

from optimizer.dataset.dataset import Dataset
from optimizer.design.moves.evidence import Evidence, statements_of
from optimizer.model.schema import Schema
from optimizer.model.workload import Workload

ENGINE = "postgres"


@dataclass(frozen=True)
class TableEvidence(Evidence):
    """All that speaks for or against a structure of tables."""

    dataset: Dataset


def evidence(workload: Workload, schema: Schema, dataset: Dataset) -> TableEvidence:
    """The evidence of a workload."""
    return TableEvidence(workload, schema, statements_of(workload, schema, ENGINE), dataset)
